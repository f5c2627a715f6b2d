"""An order of BigCommerce as its API answers it (orders v2), with its addresses and products.

Source: https://docs.bigcommerce.com, REST management API, orders v2, 2026-11-23. The status ids that it does not list
together are those of the API's own order_statuses. total_inc_tax holds delivery, handling, taxes and discounts;
refunded_amount went back, store_credit_amount and gift_certificate_amount were paid before (read 2026-11-29). An order
with several addresses is one order. Not documented: a mark of a test, and the order_source of its point of sale.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

from bridge.core.model import Address, BadPayload, Item, Json, Order, OrderState, Payment, Person, Source
from bridge.core.platform import Needs
from bridge.lib.jsonschema import pointer
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import find_phones_named, first_phone, given_phones, join_address, spoken_name
from bridge.platforms.shared.states import unknown_word
from bridge.platforms.shared.values import each_line, find, find_amount, find_flag, find_text, get_amount, get_id

# Pending, sent in part (the rest is still to come), awaiting payment, pickup, shipment or fulfilment, disputed, to be
# verified.
OPEN = ("1", "3", "7", "8", "9", "11", "12", "13")
STATES: dict[str, OrderState] = {
    "0": "draft",  # the buyer has not finished it
    "2": "fulfilled",
    "4": "refunded",
    "5": "cancelled",
    "6": "failed",
    "10": "completed",
}
PAID = ("captured", "paid", "partially refunded")
NOTHING = Decimal(0)

DECIDING = (
    *("id", "status_id", "is_deleted", "total_inc_tax", "refunded_amount", "store_credit_amount"),
    *("gift_certificate_amount", "currency_code*", "default_currency_code", "payment_method", "payment_status"),
    "order_source",
)
NEEDS = Needs(
    always=("/scope", "/data"),
    deciding=("/data/id", "/data/status", *(f"/fetched/order/{name}" for name in DECIDING)),
    phones=("/fetched/shipping_addresses", "/fetched/order/billing_address"),
)


def read_order(raw: Json, source: Source) -> Order:
    """The order in raw.fetched: order, shipping_addresses, products. BadPayload."""
    here = ("fetched", "order")
    found = find(raw, *here)
    if not isinstance(found, dict):
        raise BadPayload(pointer(here), "is not a JSON object")
    status, method = find_text(raw, *here, "status_id"), find_text(raw, *here, "payment_method")
    paid, created = find_text(raw, *here, "payment_status"), find_time(raw, *here, "date_created")
    bill, ship = (*here, "billing_address"), ("fetched", "shipping_addresses", 0)
    buyer, receiver = _read_address(raw, *bill), _read_address(raw, *ship)
    state: OrderState = STATES.get(status or "", "open")
    order_id = get_id(raw, *here, "id")
    forms = [find_phones_named(raw, source, *place, "form_fields") for place in (ship, bill)]
    phones = given_phones(receiver.phone, buyer.phone, *forms[0], *forms[1])
    total, left = _read_amounts(raw, here, paid in PAID)
    return Order(
        id=order_id,
        number=order_id,
        state="deleted" if find_flag(found, "is_deleted") else state,
        currency=_currency(raw, *here),
        total=total,
        payment=Payment(is_cod([method], source), paid in PAID, method, paid),
        status=find_text(found, "custom_status") or find_text(found, "status") or status,
        created_at=created,
        updated_at=find_time(raw, *here, "date_modified") or created,
        outstanding=left,
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(found, "customer_message"),
        channel=find_text(found, "order_source"),
        in_store=(find_text(found, "order_source") or "").lower() == "pos",
        customer=_read_customer(found, buyer),
        shipping=receiver,
        billing=buyer,
        items=_read_items(raw, "fetched", "products"),
    )


def unknown_state(raw: Json, order: Order, source: Source) -> str | None:
    """The order's status, where its number is none of BigCommerce's and nobody knows what its name means."""
    is_known = find_text(raw, "fetched", "order", "status_id") in (None, *OPEN, *STATES)
    return None if is_known else unknown_word(order.status, source)


def _read_customer(found: Json, buyer: Address) -> Person:
    customer_id = find_text(found, "customer_id")
    return Person(
        id=None if customer_id == "0" else customer_id,
        name=buyer.name,
        first_name=buyer.first_name,
        last_name=buyer.last_name,
        phone=buyer.phone,
        email=find_text(found, "billing_address", "email"),
    )


def _read_amounts(raw: Json, here: tuple[str, str], is_paid: bool) -> tuple[Decimal, Decimal]:
    """What the buyer pays in all, and what is left of it: store credit and gift certificates were paid before."""
    total = get_amount(raw, *here, "total_inc_tax") - (find_amount(raw, *here, "refunded_amount") or NOTHING)
    before = [find_amount(raw, *here, name) for name in ("store_credit_amount", "gift_certificate_amount")]
    left = NOTHING if is_paid else total - sum((amount for amount in before if amount), NOTHING)
    return max(total, NOTHING), max(left, NOTHING)


def _currency(raw: Json, *here: str | int) -> str:
    # A sample of the vendor's spells the key with a quotation mark in it.
    names = ("currency_code", 'currency_code"', "default_currency_code")
    name, code = next(((name, text) for name in names if (text := find_text(raw, *here, name))), (names[0], None))
    if code is None:
        raise BadPayload(pointer((*here, name)), "is missing")
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise BadPayload(pointer((*here, name)), "is not a currency of three letters")
    return code.upper()


def _read_address(raw: Json, *here: str | int) -> Address:
    names = ("first_name", "last_name", "phone", "company", "street_1", "street_2", "city", "state", "zip")
    first, last, phone, company, street, more, city, province, postcode = (find_text(raw, *here, _) for _ in names)
    country = find_text(raw, *here, "country_iso2")
    return Address(
        name=spoken_name(first, last, None, country),
        first_name=first,
        last_name=last,
        phone=phone,
        company=company,
        address1=street,
        address2=more,
        city=city,
        province=province,
        postcode=postcode,
        country=country,
        text=join_address(street, more, city, province),
    )


def _read_items(raw: Json, *place: str | int) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(raw, *place):
        quantity = find_amount(raw, *here, "quantity")
        if find_text(line, "parent_order_product_id") not in (None, "0") or (quantity is not None and quantity <= 0):
            continue
        chosen = [find_text(option, "display_value") for _, option in each_line(line, "product_options")]
        found.append(
            Item(
                title=find_text(line, "name") or find_text(line, "sku") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(raw, *here, "price_inc_tax"),
                total=find_amount(raw, *here, "total_inc_tax"),
                variant=" / ".join(text for text in chosen if text) or None,
                sku=find_text(line, "sku"),
            )
        )
    return tuple(found)


def find_time(document: Json, *path: str | int) -> datetime | None:
    """The instant of a date as in mails; None where there is none. BadPayload."""
    text = find_text(document, *path)
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        raise BadPayload(pointer(path), "is not a time such as Wed, 25 Nov 2026 01:30:00 +0000") from None
