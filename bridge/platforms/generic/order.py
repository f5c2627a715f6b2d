"""The order of a generic document, found field by field."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from bridge.core.amount import currency_of
from bridge.core.model import Address, BadPayload, Json, Order, OrderState, Payment, Person
from bridge.lib import jsonschema as schema
from bridge.platforms.generic.given import Given
from bridge.platforms.generic.items import read_items
from bridge.platforms.generic.named import named_phones
from bridge.platforms.shared.bodies.loose import parse_amount, parse_flag
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone, given_phones, join_address, spoken_name
from bridge.platforms.shared.states import Meaning, meaning_of, state_of
from bridge.platforms.shared.values import to_id, to_text

_CLOSING: dict[str, OrderState] = {
    "order.cancelled": "cancelled",
    "order.fulfilled": "fulfilled",
    "delivery.delivered": "completed",
    "delivery.returned": "returned",
}
_TOPIC_STATES: dict[str, OrderState] = {
    **_CLOSING,
    "delivery.out": "fulfilled",
    "delivery.failed": "fulfilled",
    "delivery.returning": "fulfilled",
}
PHONES = ("order.phone", "shipping.phone", "billing.phone", "customer.phone")
_ADDRESS_LINES = ("address1", "address2", "ward", "district", "city", "province")


def read_order_id(given: Given) -> str:
    place = given.place("order.id")
    return to_id(place.value, place.path)


def read_order(given: Given, topic: str, order_id: str) -> Order:
    """The order with what the source's fields, or our own names, find.

    Errors   BadPayload names the path that is missing or unreadable
    """
    source = given.source
    # Nobody is called about the amount of a closed order: whatever else is missing, the message ends what waits.
    given.is_closing = topic in _CLOSING
    meaning = given.needed(lambda: meaning_in(given), None)
    given.is_closing = given.is_closing or state_of(meaning) not in ("open", "draft")
    currency = given.needed(lambda: _read_currency(given), "VND")
    total = given.needed(lambda: _read_total(given, currency), None)
    outstanding = given.needed(lambda: given.amount("order.outstanding", currency), None)
    shipping, billing = (_read_address(given, kind) for kind in ("shipping", "billing"))
    customer = _read_person(given, billing, shipping)
    phones = _read_phones(given)
    return Order(
        id=order_id,
        number=given.text("order.number") or order_id,
        state=_TOPIC_STATES.get(topic, "open") if state_of(meaning) == "open" else state_of(meaning),
        currency=currency,
        total=total,
        payment=_read_payment(given, topic == "order.paid" or meaning == "paid", outstanding),
        status=given.text("order.status"),
        created_at=given.needed(lambda: given.time("order.created_at"), None),
        updated_at=given.needed(lambda: given.time("order.updated_at"), None),
        outstanding=outstanding,
        phone=first_phone(phones, source),
        phones=phones,
        note=given.text("order.note"),
        tags=_read_tags(given.place("order.tags").value),
        channel=given.text("order.channel"),
        test=topic == "test" or given.flag("order.test") is True,
        in_store=given.flag("order.in_store") is True,
        parent=parent if (parent := given.text("order.parent")) not in ("0", order_id) else None,
        customer=customer,
        shipping=shipping,
        billing=billing,
        items=read_items(given, currency),
    )


def _read_phones(given: Given) -> tuple[str, ...]:
    """The numbers as given, then those under names that mean phone. BadPayload: there is none, and one is no text."""
    phones = given_phones(*map(given.text, PHONES), *named_phones(given))
    if not phones:
        given.needed(lambda: [*map(given.needed_text, PHONES)], None)
    return phones


def meaning_in(given: Given) -> Meaning | None:
    """What the words for the order's state mean, a closed state first; None where none is known."""
    words = (given.needed_text(field) for field in ("order.state", "order.status"))
    known = [meaning for word in words if (meaning := meaning_of(word, given.source)) is not None]
    return next((meaning for meaning in known if meaning != "open"), next(iter(known), None))


def _read_total(given: Given, currency: str) -> Decimal | None:
    """None where the document has no amount, as a lead has none; BadPayload where `fields` say that it has one."""
    total, place = given.amount("order.total", currency), given.place("order.total")
    if total is None and not place.exists and {"total", "order.total"} & given.fields.keys():
        problem = "is missing: write the path of the amount in `fields.total`, or take it out if orders have no amount"
        raise BadPayload(schema.pointer(place.path), problem)
    return total


def _read_currency(given: Given) -> str:
    place = given.place("order.currency")
    named = to_text(place.value)
    if named is None and given.source.country == "VN":
        return "VND"
    if named is None:
        raise BadPayload(schema.pointer(place.path), "is missing: a currency such as VND")
    currency = currency_of(named)
    if currency is None:
        raise BadPayload(schema.pointer(place.path), "is not a currency such as VND")
    return currency


def _read_payment(given: Given, is_marked_paid: bool, outstanding: Decimal | None) -> Payment:
    names = ("order.payment.method", "order.payment.status", "order.payment.cod")
    method, status, named_cod = (given.needed(partial(given.needed_text, name), None) for name in names)
    cod = given.place("order.payment.cod")
    named = is_cod((method, named_cod), given.source)
    given_cod, given_paid = _is_some(cod.value), given.flag("order.payment.paid")
    is_paid = meaning_of(status, given.source) == "paid" or outstanding == 0
    return Payment(
        cod=named if given_cod is None else given_cod,
        paid=is_marked_paid or (is_paid if given_paid is None else given_paid),
        method=method,
        status=status,
    )


def _is_some(value: Json) -> bool | None:
    """A word for yes or no, or an amount to collect: "420.000đ" is yes, 0 no."""
    said = None if isinstance(value, str) and not value.strip() else parse_flag(value)
    if said is not None or not isinstance(value, str):
        return said
    try:
        return parse_amount(value, "VND") > 0
    except ValueError:
        return None


def _read_person(given: Given, billing: Address, shipping: Address) -> Person:
    first, last = (given.text(f"customer.{name}") for name in ("first_name", "last_name"))
    name = given.text("customer.name") or spoken_name(first, last, None, given.source.country)
    return Person(
        id=given.text("customer.id"),
        name=name or billing.name or shipping.name,
        first_name=first,
        last_name=last,
        phone=given.text("customer.phone"),
        email=given.text("customer.email"),
    )


def _read_address(given: Given, kind: str) -> Address:
    names = ("phone", "company", "first_name", "last_name", "postcode", "country", *_ADDRESS_LINES)
    found = {name: given.text(f"{kind}.{name}") for name in names}
    country = found["country"] or given.source.country
    name = given.text(f"{kind}.name") or spoken_name(found["first_name"], found["last_name"], None, country)
    text = given.text(f"{kind}.text") or join_address(*(found[line] for line in _ADDRESS_LINES))
    return Address(name=name, text=text, **found)


def _read_tags(value: Json) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text for text in map(to_text, parts) if text)
