"""Presets: what `generic` must know of a sender that many shops have, one file each; found by being there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

from bridge.core.model import Json, Source
from bridge.core.model.texts import Text

# Of these a source writes single entries, which stand above those of the preset; everything else it replaces whole.
MERGED = ("fields", "topics", "states")


@dataclass(frozen=True)
class Preset:
    """The settings of one kind of sender.

    maturity  documented: by its maker's pages; ours: the sender sends what it is told, and this is what to tell it
    fact      where its shape is documented
    settings  as they stand in a source's `settings`
    needs     what to set up in the sender
    traps     what goes wrong easily
    """

    title: str
    maturity: Literal["documented", "ours"]
    fact: str
    settings: Mapping[str, Json]
    needs: Text
    traps: Text


@cache
def preset_names() -> tuple[str, ...]:
    """The names of all presets; none of them is imported."""
    return tuple(sorted(module.name.replace("_", "-") for module in iter_modules(__path__)))


@cache
def find_preset(name: str) -> Preset | None:
    """The preset of this name, or None; the others are not imported."""
    module = name.replace("-", "_")
    found: Preset | None = import_module(f"{__name__}.{module}").PRESET if name in preset_names() else None
    return found


def completed(source: Source) -> Source:
    """Return the source with the settings of its preset under its own; as it is where it names none that is known."""
    preset = find_preset(str(source.settings["preset"])) if "preset" in source.settings else None
    if preset is None:
        return source
    own = source.settings
    merged = {key: {**preset.settings.get(key, {}), **own.get(key, {})} for key in MERGED}
    found = {**preset.settings, **own, **{key: value for key, value in merged.items() if value}}
    return replace(source, settings={key: value for key, value in found.items() if key != "preset"})
