"""The kinds of shop software: each folder but `shared` is found by being there, and holds one PLATFORM."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bridge.core.platform import Platform


def find_platform(name: str) -> Platform | None:
    """The platform of this name, or None."""
    return next((platform for platform in list_platforms() if platform.name == name), None)


@cache
def list_platforms() -> tuple[Platform, ...]:
    """All platforms, by name."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg and module.name != "shared")
    return tuple(_load(name) for name in names)


def _load(name: str) -> Platform:
    platform: Platform = import_module(f"{__name__}.{name}").PLATFORM
    return platform
