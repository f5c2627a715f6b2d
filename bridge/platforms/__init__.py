"""The kinds of shop software: each folder but `shared` is found by being there, and holds one PLATFORM."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.core.platform import Platform


def find_platform(name: str) -> Platform | None:
    """The platform of this name, or None; the others are not imported."""
    return _load(name) if name in list_names() else None


def is_carrier(name: str) -> bool:
    """Whether the platform of this name tells of parcels."""
    platform = find_platform(name)
    return platform is not None and platform.is_carrier


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
