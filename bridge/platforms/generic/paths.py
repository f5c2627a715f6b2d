"""Where a value stands in a document of unknown shape: "data.lines[0].name", or in our own field names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bridge.core.model import Json
from bridge.platforms.shared.values import find

_INDEX = re.compile(r"\[([0-9]{1,6})\]")

# Fields of the buyer that a flat document may name without saying whose they are.
_FLAT_CUSTOMER = ("customer.name", "customer.first_name", "customer.last_name", "customer.email")


@dataclass(frozen=True)
class Place:
    """A value with the path that led to it, so that an error can name the place."""

    value: Json
    path: tuple[str | int, ...]


@lru_cache(maxsize=4096)
def split_path(text: str) -> tuple[str | int, ...]:
    """The steps of a dotted path; "a[0].b" and "a.0.b" are one."""
    steps = _INDEX.sub(r".\1", text).strip(".").split(".")
    return tuple(int(step) if step.isascii() and step.isdigit() and len(step) < 7 else step for step in steps)


def find_place(document: Json, text: str) -> Place:
    """What stands at this path; a key that itself holds the dots comes first. The value is None if nothing does."""
    if isinstance(document, dict) and text in document:
        return Place(document[text], (text,))
    path = split_path(text)
    value = find(document, *path)
    if value is None and _has_number(text):
        # A number may be a key as well as a position.
        value = find(document, *map(str, path))
    return Place(value, path)


@lru_cache(maxsize=4096)
def _has_number(text: str) -> bool:
    return any(isinstance(step, int) for step in split_path(text))


def find_field(document: Json, field: str, fields: Mapping[str, str]) -> Place:
    """Our field in their document: where the source's `fields` say, else in our own names, nested or flat."""
    if fields:
        path = fields.get(field) or fields.get(field.removeprefix("order."))
        return find_place(document, path) if path else Place(None, split_path(field))
    names = own_names(document, field)
    found = [find_place(document, name) for name in names]
    return next((place for place in found if place.value is not None), found[-1])


def own_names(document: Json, field: str) -> tuple[str, ...]:
    """The names under which a document in our own words may hold this field, the likeliest first."""
    group, _, rest = field.partition(".")
    nested = isinstance(document, dict) and any(key == "order" or key.startswith("order.") for key in document)
    if group == "topic":
        return ("event.topic", "topic")
    if group == "order":
        return (field,) if nested else (field, rest)
    if nested:
        return (f"order.{field}", field)
    return (field, rest) if field in _FLAT_CUSTOMER else (field,)
