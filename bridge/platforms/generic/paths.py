"""Where a value stands in a document of unknown shape: "data.lines[0].name", or under our own field names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from bridge.core.folding import fold
from bridge.core.model import BadPayload, Json
from bridge.lib.strictjson import parse_json

# A list or an object with more than this is searched by its exact keys and positions alone: a body of 1 MB has room
# for 100,000 keys, and each field would look at all of them.
MOST_FOLDED = 500

# Fields of the buyer that a flat document may name without saying whose they are.
_FLAT_CUSTOMER = ("customer.name", "customer.first_name", "customer.last_name", "customer.email")

_STEP = re.compile(r"\[([^\]=]*)=([^\]]*)\]|\[([^\]]*)\]|([^.\[]+)")


@dataclass(frozen=True)
class Where:
    """A step into a list: the first entry whose `key` holds `value`."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


Step = str | int | Where


@dataclass(frozen=True)
class Place:
    """A value with the path that led to it, so that an error can name the place.

    `exists`: something stands there, if only null. A constant has no place in the document.
    `blocked_by`: the value at which the path ends too early: neither an object nor a list, or an object for a position.
    """

    value: Json
    path: tuple[str | int, ...]
    exists: bool = True
    blocked_by: Json = None


@lru_cache(maxsize=4096)
def split_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a dotted path: "a[0].b" and "a.0.b" are one, and so are "a[b]" and "a.b".

    "field_data[name=phone_number].values[0]" names an entry by one of its values.
    """
    return tuple(_step(*found.groups()) for found in _STEP.finditer(text) if found[0] != "[]")


class Document:
    """One document, in which values are found by paths; keys count as equal that differ in case and accents only."""

    def __init__(self, value: Json) -> None:
        self.value = value
        self._folded: dict[int, dict[str, str]] = {}
        self._parsed: dict[int, Json] = {}

    @cached_property
    def is_nested(self) -> bool:
        """Whether the order stands in the document under that name."""
        keys = self.value if isinstance(self.value, dict) else {}
        return any(key.lower() == "order" or key.startswith("order.") for key in keys)

    def find(self, text: str) -> Place:
        """Return what stands at this path; a key that itself is the whole text comes first. None if nothing does."""
        if isinstance(self.value, dict) and text in self.value:
            return Place(self.value[text], (text,))
        found = self._walk(split_path(text))
        if found.exists or not isinstance(self.value, dict):
            return found
        key = self._keys(self.value).get(fold(text))
        return found if key is None else Place(self.value[key], (key,))

    def _walk(self, steps: tuple[Step, ...]) -> Place:
        value = self.value
        path: list[str | int] = []
        for step in steps:
            value = self._opened(value) if isinstance(value, str) else value
            key = self._key(value, step)
            if key is None and path and _blocks(value, step):
                return Place(None, tuple(path), exists=False, blocked_by=value)
            if key is None:
                return _nowhere(steps)
            value = value[key]
            path.append(key)
        return Place(value, tuple(path)) if steps else _nowhere(())

    def _key(self, value: Json, step: Step) -> str | int | None:
        """The key or position to which the step leads, None where it leads nowhere."""
        if isinstance(value, dict) and not isinstance(step, Where):
            # A number may be a key as well as a position.
            name = str(step)
            return name if name in value else self._keys(value).get(fold(name))
        if isinstance(step, Where):
            entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            holding = (key for key, entry in list(entries)[:MOST_FOLDED] if self._holds(entry, step))
            return next(holding, None)
        return step if isinstance(value, list) and isinstance(step, int) and step < len(value) else None

    def _holds(self, entry: Json, where: Where) -> bool:
        key = self._key(entry, where.key) if isinstance(entry, dict) else None
        held = entry[key] if key is not None else None
        return isinstance(held, str | int) and fold(str(held)) == fold(where.value)

    def _keys(self, value: dict[str, Json]) -> dict[str, str]:
        """The object's keys by their folded form; the first of those that fold alike."""
        known = self._folded.get(id(value))
        if known is None:
            known = {fold(key): key for key in reversed(value) if fold(key)} if len(value) <= MOST_FOLDED else {}
            self._folded[id(value)] = known
        return known

    def _opened(self, value: str) -> Json:
        """What a text holds that is a JSON document itself, as forms and spreadsheets send one."""
        if value.lstrip()[:1] not in ("{", "["):
            return value
        if id(value) not in self._parsed:
            try:
                self._parsed[id(value)] = parse_json(value.encode("utf-8", "surrogatepass"))
            except BadPayload:
                self._parsed[id(value)] = None
        return self._parsed[id(value)]


@lru_cache(maxsize=4096)
def _nowhere(steps: tuple[Step, ...]) -> Place:
    return Place(None, tuple(one if isinstance(one, int) else str(one) for one in steps), exists=False)


def _blocks(value: Json, step: Step) -> bool:
    """Whether no document of the usual shape has this value where the step is to go on."""
    if isinstance(value, dict):
        return isinstance(step, int) and bool(value)
    return not isinstance(value, list) and value not in (None, "", False)


def find_place(document: Json, text: str) -> Place:
    return Document(document).find(text)


def find_field(document: Document, field: str, fields: Mapping[str, Json]) -> Place:
    """Return our field in their document: where the source's `fields` say, else in our own names, nested or flat.

    Shapes   fields: our field -> a path, a list of paths of which the first that is not blank counts, or a constant:
             {value: X}, a number, true or false
    """
    if not fields:
        found = [document.find(name) for name in own_names(document, field)]
        place = next((one for one in found if one.value is not None), None)
        place = place or next((one for one in found if one.blocked_by is not None), found[-1])
        # A flat document may say in words what we hold in parts: "payment": "COD", "customer": "Trần Thu Hà".
        return replace(place, blocked_by=None) if isinstance(place.blocked_by, str) else place
    named = fields.get(field, fields.get(field.removeprefix("order.")))
    if named is None:
        return Place(None, tuple(field.split(".")), exists=False)
    options = named if isinstance(named, list) else [named]
    found = [_option(document, field, option) for option in options]
    filled = (place for place in found if place.value is not None and str(place.value).strip())
    return next(filled, next((place for place in found if place.exists), found[0]))


def paths_of(named: Json) -> tuple[str, ...]:
    """The paths among what `fields` say of a field, without its constants."""
    options = named if isinstance(named, list) else [named]
    return tuple(option for option in options if isinstance(option, str))


def own_names(document: Document, field: str) -> tuple[str, ...]:
    """The names under which a document in our own words may hold this field, the likeliest first."""
    if field == "order.payment.method":
        said = [name for name in ("order.payment", "payment") if isinstance(document.find(name).value, str)]
        if said:  # "payment": "COD"
            return (field, field.removeprefix("order."), *said)
    return _names(field, document.is_nested)


@lru_cache(maxsize=256)
def _names(field: str, is_nested: bool) -> tuple[str, ...]:
    group, _, rest = field.partition(".")
    if group == "topic":
        return ("event.topic", "topic")
    if group == "order":
        return (field,) if is_nested else (field, rest)
    if is_nested:
        return (f"order.{field}", field)
    return (field, rest) if field in _FLAT_CUSTOMER else (field,)


def _option(document: Document, field: str, option: Json) -> Place:
    if isinstance(option, str):
        return document.find(option)
    return Place(option.get("value") if isinstance(option, dict) else option, tuple(field.split(".")))


def _step(key: str | None, value: str | None, inner: str | None, plain: str | None) -> Step:
    if key is not None and value is not None:
        return Where(key.strip(), value.strip())
    step = plain if plain is not None else inner or ""
    return int(step) if step.isascii() and step.isdigit() and len(step) < 7 else step
