"""An order of KiotViet: as its webhook sends it (PascalCase, no phone), and as its API does (camelCase, with delivery).

Source: KiotViet's public API documentation, as in `kiotviet`. Its webhook's page lists no numbers of `Status`, so the
word decides, and the numbers of the API's page only where there is none.

Amounts (its page of orders, read 2026-11-29): `Total` is what the customer is to pay ("Khách cần trả") and
`TotalPayment` what was paid; discounts, taxes and surcharges are listed beside them and not added. The delivery's
`Price` is not said to be the buyer's. A sale at the counter is an invoice, not an order; an order taken by phone may
have the counter's channel, 0, too, so that says nothing. Not documented: whether `Total` holds the surcharges, a mark
of a test, and a link between an order and its copy.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.core.folding import fold
from bridge.core.marketplace import telling_channel
from bridge.core.model import Address, Item, Json, Order, OrderState, Payment, Person, Source
from bridge.platforms.shared.people import first_phone, given_phones, join_address
from bridge.platforms.shared.states import meaning_of, state_of, unknown_word
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_flag,
    find_instant,
    find_text,
    get_amount,
    get_id,
)

Path = tuple[str | int, ...]

# Words of StatusValue, without accents; all others (phiếu tạm, đã xác nhận …) are open.
_WORDS: tuple[tuple[str, OrderState], ...] = (
    ("huy", "cancelled"),
    ("khong giao", "failed"),
    ("tra hang", "returned"),
    ("chuyen hoan", "returned"),
    ("hoan thanh", "completed"),
    ("dang giao", "fulfilled"),
    ("da giao", "fulfilled"),
)
# What says nothing of an end: a word of KiotViet's own, and where there is none the numbers of the API's page.
_KNOWN = ("phieu tam", "1", "2", "3", "4", "5")
_NUMBERS: dict[str, OrderState] = {"2": "fulfilled", "3": "completed", "4": "cancelled"}


def read_order(raw: Json, place: Path, answer: Json, customer: Json, channels: Json, source: Source) -> Order:
    """The order at this place of the delivery, in the state that the API answered since, with its phone.

    Shapes   answer: GET /orders/{id}; customer: GET /customers/{id}; channels: GET /salechannel; None where they were
             not asked for.
    Errors   BadPayload, its pointer within the order
    """
    zone = ZoneInfo(source.timezone)
    here: Json = with_answer(find(raw, *place), answer)
    order_id = get_id(here, "Id")
    total, paid = get_amount(here, "Total"), find_amount(here, "TotalPayment") or Decimal(0)
    name, phone = find_text(here, "CustomerName"), delivery_phone(answer)
    own_phone = find_text(customer, "contactNumber")
    created = find_time(here, "PurchaseDate", zone)
    status, channel = find_text(here, "StatusValue"), find_text(here, "SaleChannelId")
    phones = given_phones(phone, own_phone)
    return Order(
        id=order_id,
        number=find_text(here, "Code") or order_id,
        state=_state(status, find_text(here, "Status"), source),
        currency="VND",
        total=total,
        payment=Payment(cod=find_flag(here, "UsingCod"), paid=total > 0 and paid >= total),
        status=status or find_text(here, "Status"),
        created_at=created,
        updated_at=find_time(here, "ModifiedDate", zone) or created,
        outstanding=max(total - paid, Decimal(0)),
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(here, "Description"),
        channel=telling_channel(find_text(here, "SaleChannelName"), _listed(channels, channel), channel),
        customer=Person(
            id=find_text(here, "CustomerId"),
            name=name or find_text(customer, "name"),
            phone=own_phone,
            email=find_text(customer, "email"),
        ),
        shipping=_read_delivery(here, phone),
        items=_read_items(here),
    )


def delivery_phone(answer: Json) -> str | None:
    """The phone of the delivery, in the API's answer about the order."""
    return find_text(answer, "orderDelivery", "contactNumber")


def unnamed_channel(here: Json) -> str | None:
    """The id of the sales channel, where it comes without its name. Ids are each retailer's own; 0 is the counter."""
    channel = find_text(here, "SaleChannelId")
    return None if channel == "0" or find_text(here, "SaleChannelName") else channel


def with_answer(here: Json, answer: Json) -> dict[str, Json]:
    """The order of the webhook, and over it the API's answer, under the webhook's names."""
    newer = _pascal(answer) if isinstance(answer, dict) else {}
    return {**(here or {}), **{name: value for name, value in newer.items() if value is not None}}


def _listed(channels: Json, channel: str | None) -> str | None:
    named = (one for _, one in each_line(channels, "data") if channel and find_text(one, "id") == channel)
    return next((find_text(one, "name") for one in named), None)


def find_time(document: Json, name: str, zone: tzinfo) -> datetime | None:
    return find_instant(document, name, zone=zone)


def _state(status: str | None, number: str | None, source: Source) -> OrderState:
    if status is None:
        return _NUMBERS.get(number or "", "open")
    return _named_state(status) or state_of(meaning_of(status, source))


def _named_state(status: str) -> OrderState | None:
    words = fold(status)
    return next((state for word, state in _WORDS if f" {word} " in f" {words} "), None)


def unknown_state(order: Order, source: Source) -> str | None:
    """The shop's word for the order's state, where nobody knows what it means."""
    status = order.status or ""
    return None if _named_state(status) else unknown_word(order.status, source, _KNOWN)


def _pascal(value: Json) -> Json:
    """The API's document with the names of the webhook's."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _pascal(inner) for name, inner in value.items()}
    return [_pascal(inner) for inner in value] if isinstance(value, list) else value


def _read_delivery(here: Json, phone: str | None) -> Address:
    names = ("Receiver", "Address", "WardName", "LocationName")
    receiver, street, ward, area = (find_text(here, "OrderDelivery", name) for name in names)
    return Address(
        name=receiver,
        phone=phone,
        address1=street,
        ward=ward,
        district=area,  # KiotViet writes province and district as one
        text=join_address(street, ward, area),
    )


def _read_items(here: Json) -> tuple[Item, ...]:
    found = []
    for at, line in each_line(here, "OrderDetails"):
        quantity = find_amount(here, *at, "Quantity")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=find_text(line, "ProductName") or find_text(line, "ProductCode") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(here, *at, "Price"),
                sku=find_text(line, "ProductCode"),
            )
        )
    return tuple(found)
