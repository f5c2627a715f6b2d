"""The kinds of shop software: each folder but `shared` is found by being there, and holds one PLATFORM."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.core.model import Source
    from bridge.core.platform import Platform


def find_platform(name: str) -> Platform | None:
    """The platform of this name, or None; the others are not imported."""
    return _load(name) if name in list_names() else None


def is_carrier(name: str) -> bool:
    """Whether the platform of this name tells of parcels."""
    platform = find_platform(name)
    return platform is not None and platform.is_carrier


def title_of(name: str) -> str:
    """What the platform of this name is called; the name itself where there is none. It is not imported."""
    title = _written(name).get("title")
    return title.value if isinstance(title, ast.Constant) and isinstance(title.value, str) else name


def has_api(name: str) -> bool:
    """Whether orders of the platform of this name are fetched by its API; it is not imported."""
    return "api" in _written(name)


def parcels_of(live: Mapping[str, Source]) -> dict[str, tuple[str, ...]]:
    """Each carrier -> the sources that its `orders_of` names; without it the only shop there is."""
    carriers = {name for name, source in live.items() if is_carrier(source.platform)}
    shops = tuple(sorted(live.keys() - carriers))
    only = shops if len(shops) == 1 else ()
    named = {name: live[name].settings.get("orders_of") for name in sorted(carriers)}
    return {
        name: only if given is None else tuple(shop for shop in given if shop in shops) for name, given in named.items()
    }


@cache
def list_platforms() -> tuple[Platform, ...]:
    """All platforms, by name."""
    return tuple(_load(name) for name in list_names())


@cache
def list_names() -> tuple[str, ...]:
    """The names of all platforms; none is imported."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if module.ispkg and module.name != "shared"))


@cache
def _load(name: str) -> Platform:
    platform: Platform = import_module(f"{__name__}.{name}").PLATFORM
    return platform


@cache
def _written(name: str) -> Mapping[str, ast.expr]:
    """What the literal PLATFORM of this name is made of: a look-up needs two words of it, and none of its functions."""
    if name not in list_names():
        return {}
    module = ast.parse((Path(__file__).parent / name / "__init__.py").read_text(encoding="utf-8"))
    assigned = [node.value for node in module.body if isinstance(node, ast.Assign)]
    made = next(call for call in assigned if isinstance(call, ast.Call))
    return {word.arg: word.value for word in made.keywords if word.arg}
