"""The lines of an order: a list, a list as text, PHP's object for a list, or the names of things alone.

No order is lost for a line: what cannot be read is left out, and noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bridge.core.model import BadPayload, Item, Json, Note
from bridge.lib import jsonschema as schema
from bridge.lib.strictjson import parse_json
from bridge.platforms.generic.given import Given, read_amount
from bridge.platforms.generic.paths import Place, find_place, paths_of
from bridge.platforms.shared.values import to_amount, to_text

_LINE_FIELDS = ("title", "quantity", "price", "total", "variant", "sku")


def read_items(given: Given, currency: str) -> tuple[Item, ...]:
    place = given.place("items")
    lines = _lines(place.value)
    if lines is None or place.blocked_by is not None:
        given.notes.append(Note(schema.pointer(place.path), "is not a list of the order's lines"))
        return ()
    found = [_read_item(given, line, (*place.path, at), currency) for at, line in enumerate(lines)]
    return tuple(item for item in found if item is not None and item.quantity > 0)


def _lines(value: Json) -> list[Json] | None:
    """None for what is no list of lines."""
    if isinstance(value, str):
        text = value.strip()
        if text[:1] not in ("[", "{"):
            return [text] if text else []
        try:
            value = parse_json(text.encode("utf-8"))
        except BadPayload:
            return None
    if isinstance(value, dict):
        return list(value.values()) if all(isinstance(line, dict) for line in value.values()) else None
    return [] if value is None else value if isinstance(value, list) else None


def _read_item(given: Given, line: Json, path: tuple[str | int, ...], currency: str) -> Item | None:
    if isinstance(line, str):
        return Item(title=to_text(line) or "", quantity=Decimal(1))
    if not isinstance(line, dict):
        given.notes.append(Note(schema.pointer(path), "is not a line of an order"))
        return None
    for field in ("title", "variant", "sku"):
        place = _place_in(line, field, given.fields, path)
        if isinstance(place.value, dict | list):
            given.notes.append(Note(schema.pointer(place.path), "is not text"))
    places = {field: _place_in(line, field, given.fields, path) for field in _LINE_FIELDS}
    count = places["quantity"]
    quantity = given.around(lambda: to_amount(count.value, count.path), None)
    return Item(
        title=to_text(places["title"].value) or "",
        quantity=Decimal(1) if quantity is None else quantity,
        price=given.around(lambda: read_amount(places["price"], currency), None),
        total=given.around(lambda: read_amount(places["total"], currency), None),
        variant=to_text(places["variant"].value),
        sku=to_text(places["sku"].value),
    )


def _place_in(line: Json, field: str, fields: Mapping[str, Json], path: tuple[str | int, ...]) -> Place:
    names = paths_of(fields.get(f"items.{field}", field)) or (field,)
    found = [find_place(line, name) for name in names]
    place = next((one for one in found if one.value is not None), found[0])
    return Place(place.value, (*path, *place.path), place.exists)
