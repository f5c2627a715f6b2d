"""The order of a generic document, found field by field."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.core.folding import fold
from bridge.core.model import Address, BadPayload, Item, Json, Order, OrderState, Payment, Person, Source
from bridge.lib import jsonschema as schema
from bridge.lib.strictjson import parse_json
from bridge.platforms.generic.loose import parse_amount, parse_flag
from bridge.platforms.generic.paths import Place, find_field, find_place
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone, given_phones, join_address, spoken_name
from bridge.platforms.shared.states import Meaning, meaning_of, state_of
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import to_amount, to_id, to_text

NO_TIME = (
    "is not a time, or may mean two: write it such as 2026-11-25T14:05:33+07:00, 25/11/2026 14:05 or Unix seconds, or"
    " take the field out of the source's `fields`"
)
_TOPIC_STATES: dict[str, OrderState] = {"order.cancelled": "cancelled", "order.fulfilled": "fulfilled"}
_ADDRESS_LINES = ("address1", "address2", "ward", "district", "city", "province")
_LINE_FIELDS = ("title", "quantity", "price", "total", "variant", "sku")


def read_order_id(document: Json, source: Source) -> str:
    place = _find(document, "order.id", source)
    return to_id(place.value, place.path)


def read_time(document: Json, field: str, source: Source) -> datetime | None:
    place = _find(document, field, source)
    try:
        return (
            None
            if place.value is None
            else parse_time(place.value, ZoneInfo(source.timezone), day_first=source.country == "VN")
        )
    except (ValueError, OverflowError, OSError):
        pointer = schema.pointer(place.path)
        raise BadPayload(pointer, NO_TIME) from None


def read_order(document: Json, topic: str, order_id: str, source: Source) -> Order:
    """The order with what the source's fields, or our own names, find; BadPayload names the path that is missing."""
    currency = _read_currency(document, source)
    total = _read_amount(document, "order.total", source, currency)
    if total is None:
        raise BadPayload(schema.pointer(_find(document, "order.total", source).path), "is missing")
    outstanding = _read_amount(document, "order.outstanding", source, currency)
    shipping, billing = (_read_address(document, kind, source) for kind in ("shipping", "billing"))
    customer = _read_person(document, source, billing, shipping)
    own_phone = _text(document, "order.phone", source)
    phones = given_phones(own_phone, shipping.phone, billing.phone, customer.phone)
    return Order(
        id=order_id,
        number=_text(document, "order.number", source) or order_id,
        state=_read_state(document, topic, source),
        currency=currency,
        total=total,
        payment=_read_payment(document, topic, source, outstanding),
        status=_text(document, "order.status", source),
        created_at=read_time(document, "order.created_at", source),
        updated_at=read_time(document, "order.updated_at", source),
        outstanding=outstanding,
        phone=first_phone(phones, source),
        phones=phones,
        note=_text(document, "order.note", source),
        tags=_read_tags(_find(document, "order.tags", source).value),
        channel=_text(document, "order.channel", source),
        test=topic == "test" or parse_flag(_find(document, "order.test", source).value) is True,
        in_store=parse_flag(_find(document, "order.in_store", source).value) is True,
        parent=parent if (parent := _text(document, "order.parent", source)) not in ("0", order_id) else None,
        customer=customer,
        shipping=shipping,
        billing=billing,
        items=_read_items(document, source, currency),
    )


def _read_currency(document: Json, source: Source) -> str:
    place = _find(document, "order.currency", source)
    currency = to_text(place.value)
    if currency is None and source.country == "VN":
        return "VND"
    if currency is None:
        raise BadPayload(schema.pointer(place.path), "is missing: a currency such as VND")
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise BadPayload(schema.pointer(place.path), "is not a currency such as VND")
    return currency.upper()


def _meanings(document: Json, source: Source) -> tuple[Meaning, ...]:
    """What the words for the order's state mean, those that are known."""
    words = (_text(document, field, source) for field in ("order.state", "order.status"))
    return tuple(meaning for word in words if (meaning := meaning_of(word, source)) is not None)


def _read_state(document: Json, topic: str, source: Source) -> OrderState:
    states = map(state_of, _meanings(document, source))
    return next((state for state in states if state != "open"), _TOPIC_STATES.get(topic, "open"))


def _read_payment(document: Json, topic: str, source: Source, outstanding: Decimal | None) -> Payment:
    method = _text(document, "order.payment.method", source)
    status = _text(document, "order.payment.status", source)
    cod = _find(document, "order.payment.cod", source).value
    named = is_cod((method, to_text(cod)), source)
    said_cod = parse_flag(cod)
    said_paid = parse_flag(_find(document, "order.payment.paid", source).value)
    is_paid = fold(status or "") in ("paid", "da thanh toan") or outstanding == 0
    return Payment(
        cod=named if said_cod is None else said_cod,
        paid=topic == "order.paid"
        or "paid" in _meanings(document, source)
        or (is_paid if said_paid is None else said_paid),
        method=method,
        status=status,
    )


def _read_person(document: Json, source: Source, billing: Address, shipping: Address) -> Person:
    first, last = (_text(document, f"customer.{name}", source) for name in ("first_name", "last_name"))
    whole = _text(document, "customer.name", source)
    name = whole or spoken_name(first, last, None, source.country)
    return Person(
        id=_text(document, "customer.id", source),
        name=name or billing.name or shipping.name,
        first_name=first,
        last_name=last,
        phone=_text(document, "customer.phone", source),
        email=_text(document, "customer.email", source),
    )


def _read_address(document: Json, kind: str, source: Source) -> Address:
    names = ("phone", "company", "first_name", "last_name", "postcode", "country", *_ADDRESS_LINES)
    found = {name: _text(document, f"{kind}.{name}", source) for name in names}
    name = _text(document, f"{kind}.name", source)
    spoken = spoken_name(found["first_name"], found["last_name"], None, found["country"] or source.country)
    text = _text(document, f"{kind}.text", source) or join_address(*(found[line] for line in _ADDRESS_LINES))
    return Address(name=name or spoken, text=text, **found)


def _read_items(document: Json, source: Source, currency: str) -> tuple[Item, ...]:
    place = _find(document, "items", source)
    value = _parse_lines(place) if isinstance(place.value, str) else place.value
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadPayload(schema.pointer(place.path), "is not a list of the order's lines")
    lines = [_read_item(line, (*place.path, position), source, currency) for position, line in enumerate(value)]
    return tuple(line for line in lines if line.quantity > 0)


def _parse_lines(place: Place) -> Json:
    """The lines of a form, whose values are all text: a JSON list, or a blank."""
    if not place.value.strip():
        return None
    try:
        return parse_json(place.value.encode())
    except BadPayload:
        raise BadPayload(schema.pointer(place.path), "is not a list of the order's lines") from None


def _read_item(line: Json, path: tuple[str | int, ...], source: Source, currency: str) -> Item:
    if not isinstance(line, dict):
        raise BadPayload(schema.pointer(path), "is not an object")
    fields = source.settings.get("fields", {})
    found = {field: find_place(line, fields.get(f"items.{field}", field)) for field in _LINE_FIELDS}
    places = {field: Place(place.value, (*path, *place.path)) for field, place in found.items()}
    quantity = to_amount(places["quantity"].value, places["quantity"].path)
    return Item(
        title=to_text(places["title"].value) or "",
        quantity=Decimal(1) if quantity is None else quantity,
        price=_amount(places["price"], currency),
        total=_amount(places["total"], currency),
        variant=to_text(places["variant"].value),
        sku=to_text(places["sku"].value),
    )


def _read_tags(value: Json) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text for text in map(to_text, parts) if text)


def _read_amount(document: Json, field: str, source: Source, currency: str) -> Decimal | None:
    return _amount(_find(document, field, source), currency)


def _amount(place: Place, currency: str) -> Decimal | None:
    if place.value is None or (isinstance(place.value, str) and not place.value.strip()):
        return None
    try:
        return parse_amount(place.value, currency)
    except ValueError:
        pointer = schema.pointer(place.path)
        raise BadPayload(
            pointer, "is not an amount, or may mean two: write digits, and a point before decimals"
        ) from None


def _text(document: Json, field: str, source: Source) -> str | None:
    return to_text(_find(document, field, source).value)


def _find(document: Json, field: str, source: Source) -> Place:
    return find_field(document, field, source.settings.get("fields", {}))
