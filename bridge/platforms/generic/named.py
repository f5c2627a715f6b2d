"""Numbers under names that people give to a phone: keys of the document or of its order, attributes in a list."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.core.model import Json
from bridge.core.phone_names import is_phone_name
from bridge.platforms.generic.given import Given
from bridge.platforms.generic.paths import MOST_FOLDED
from bridge.platforms.shared.values import find, to_text

_NAMES = ("name", "key", "label", "title")
_VALUES = ("value", "values")
# As a key this is the order's own number, which may have ten digits; as the name of an attribute it is a phone's.
_OF_THE_ORDER = ("number",)


def named_phones(given: Given) -> list[str | None]:
    """The texts whose name means the buyer's phone. Where the source's `fields` say what is what, only the names of its
    `phone_names` do.
    """
    more = given.source.settings.get("phone_names", ())
    if given.fields and not more:
        return []
    document = given.document.value
    pairs = [pair for place in (document, find(document, "order")) for pair in _pairs(place)]
    return [value for name, value in pairs if is_phone_name(name, more, only_more=bool(given.fields))]


def _pairs(place: Json) -> Iterator[tuple[str, str | None]]:
    if not isinstance(place, dict) or len(place) > MOST_FOLDED:
        return
    for key, value in place.items():
        if isinstance(value, list):
            yield from _attributes(value)
        elif key.strip().lower() not in _OF_THE_ORDER:
            yield key, to_text(value)


def _attributes(entries: list[Json]) -> Iterator[tuple[str, str | None]]:
    """{"name": "Zalo", "value": "0912…"}, also with a list of values, as forms of leads have them."""
    for entry in entries[:MOST_FOLDED]:
        if isinstance(entry, dict):
            name = next((text for key in _NAMES if (text := to_text(entry.get(key)))), None)
            value = next((entry[key] for key in _VALUES if key in entry), None)
            first = value[0] if isinstance(value, list) and value else value
            if name:
                yield name, to_text(first)
