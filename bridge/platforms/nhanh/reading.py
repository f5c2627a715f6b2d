"""What a delivery of Nhanh.vn means: one event for each order that it names. An order names no currency: dong.

Sources: apidocs.nhanh.vn/v3/webhooks, order (read 2026-11-23), v3/order/list in a mirror of the documentation: info
(type, originalOrderId), payment, carrier (read 2026-11-29). `codAmount` is what is collected from the customer; not
documented: whether the points that the buyer spent (`usedPoints`) are in it, and when `originalOrderId` is set.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from bridge.core.model import (
    Address,
    BadPayload,
    Event,
    Item,
    Json,
    Order,
    OrderState,
    Payment,
    Person,
    Reading,
    Request,
    Source,
)
from bridge.core.platform import Needs
from bridge.lib.jsonschema import pointer
from bridge.lib.strictjson import parse_json
from bridge.platforms.nhanh.signature import without_secrets
from bridge.platforms.shared.around import Path, read_each
from bridge.platforms.shared.states import unknown_word, with_taught_state
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.updates import topics_of_update
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_object,
    find_text,
    get_amount,
    get_id,
    get_object,
    hash_body,
    join_key,
    to_id,
)

ADDED = "orderAdd"
TOPICS = {ADDED: "order.created", "orderUpdate": "order.updated", "orderDelete": "order.deleted"}

# Sent when the webhooks are switched on; a refusal would keep them off.
ENABLED = "webhooksEnabled"

# New, being confirmed, waiting for the customer to confirm: nobody has confirmed it yet.
NEW = ("54", "55", "57")

# Confirmed, packing, packed, waiting to be picked up, sent from another store.
OPEN = ("56", "42", "40", "43", "73")
STATES: dict[str, OrderState] = {
    "59": "fulfilled",  # on its way
    "60": "fulfilled",
    "61": "failed",
    "68": "failed",  # out of stock
    "58": "cancelled",  # by the carrier
    "63": "cancelled",  # by the customer
    "64": "cancelled",  # by the system
    "71": "returned",  # returning, returned
    "72": "returned",
    "74": "returned",
}

# To be delivered, and pre-orders; the rest are sales at the counter, returns and moves between stores.
CALLABLE_TYPES = ("1", "3")
AT_THE_COUNTER = "2"

CHANNELS = {
    "1": "admin",
    "2": "website",
    "10": "api",
    "20": "facebook",
    "21": "instagram",
    "41": "lazada",
    "42": "shopee",
    "43": "sendo",
    "45": "tiki",
    "48": "tiktok_shop",
    "49": "zalo_oa",
    "50": "shopee_chat",
    "51": "lazada_chat",
    "52": "zalo",
}

# What an order is read from, below its place in the delivery.
DECIDING_WITH_SUM = (
    *("/info/id", "/info/status", "/info/type", "/info/createdAt", "/info/originalOrderId", "/payment/codAmount"),
    *("/payment/deposit", "/payment/transfer", "/payment/credit"),
)
DECIDING = (*DECIDING_WITH_SUM, "/carrier/customerShipFee", "/products/*/quantity", "/products/*/totalAmount")
PHONES = ("/shippingAddress/mobile",)
NEEDS = Needs(
    always=("/event", "/data"),
    deciding=tuple(f"/data{at}{path}" for at in ("", "/*") for path in DECIDING),
    phones=tuple(f"/data{at}{path}" for at in ("", "/*") for path in PHONES),
)


def dedup_key(request: Request, source: Source) -> str:
    """The body without its token: two changes within one second have one `updatedAt`."""
    body = without_secrets(request, source).body
    try:
        document = parse_json(body)
    except BadPayload:
        document = None
    business, event = find_text(document, "businessId"), find_text(document, "event")
    return join_key(business or "", event or "", hash_body(body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The events of this delivery: one for each order that it names, several when orders were deleted.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no event, no order, no amount to collect, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    word = find_text(document, "event")
    if word is None:
        raise BadPayload("/event", "is missing")
    if word == ENABLED:
        return Reading(ignored="no_order")
    if word not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=word)
    data = document.get("data")
    places: list[Path] = [("data", at) for at in range(len(data))] if isinstance(data, list) else [("data",)]
    if not places:
        return Reading(ignored="no_order")
    read_one = _deleted if TOPICS[word] == "order.deleted" else partial(_changed, source=source)

    def read_at(place: Path) -> tuple[Event, ...]:
        return (read_one(document, place, word, received_at),)

    found = read_each(document, "nhanh", partial(_needs_at, document), places, read_at)
    return Reading(found.events, failed=found.failed)


def _needs_at(document: Json, places: list[Path]) -> Needs:
    """The needs of the orders at these places: their lines only where nothing else tells what they cost."""
    deciding: list[str] = []
    phones: list[str] = []
    for place in places:
        here = pointer(place)
        counts_lines = find_text(document, *place, "payment", "codAmount") in (None, "0")
        deciding += [here + path for path in (DECIDING if counts_lines else DECIDING_WITH_SUM)]
        phones += [here + path for path in PHONES]
    return Needs(NEEDS.always, tuple(deciding), tuple(phones))


def _deleted(document: Json, place: Path, word: str, received_at: datetime) -> Event:
    """Deleted orders are named by their ids alone."""
    named = find(document, *place)
    order_id = get_id(document, *place, "info", "id") if isinstance(named, dict) else to_id(named, place)
    return Event(TOPICS[word], word, received_at, order_id, None, document)


def _changed(document: Json, place: Path, word: str, received_at: datetime, source: Source) -> Event:
    if find(document, *place, "info") is None and find(document, *place, "orderId") is not None:
        problem = "is missing: this is Nhanh's version 2, which ends on 2026-11-30; choose version 3 in the app"
        raise BadPayload(pointer((*place, "info")), problem)
    order = with_taught_state(_read_order(document, place, get_id(document, *place, "info", "id")), source)
    topic, later = topics_of_update(order, is_new=order.status in NEW)
    if word == ADDED:
        topic, later = TOPICS[ADDED], None
    return Event(
        topic=topic,
        platform_topic=word,
        occurred_at=order.updated_at or received_at,
        order_id=order.id,
        order=order,
        raw=document,
        later_topic=later,
        unknown_state=unknown_word(order.status, source, (*NEW, *OPEN, *STATES)),
    )


def _read_order(document: Json, place: Path, order_id: str) -> Order:
    info, address = (*place, "info"), find_object(document, *place, "shippingAddress")
    status, kind = find_text(document, *info, "status"), find_text(document, *info, "type")
    is_callable = kind is None or kind in CALLABLE_TYPES
    pay = (*place, "payment")
    amount = get_amount if is_callable else find_amount
    collect = amount(document, *pay, "codAmount") or Decimal(0)
    before = [find_amount(document, *pay, name, "amount") for name in ("deposit", "transfer", "credit")]
    prepaid = sum((one for one in before if one), Decimal(0))
    state: OrderState = STATES.get(status or "", "open")
    name, phone, channel = find_text(address, "name"), find_text(address, "mobile"), (*place, "channel")
    sold_by = find_text(document, *channel, "saleChannel")
    street = find_text(address, "address")
    return Order(
        id=order_id,
        number=find_text(document, *channel, "appOrderId") or order_id,
        state=state if is_callable or state != "open" else "completed",
        currency="VND",
        # What the customer still pays, and what was paid before: discounts and fees are in it.
        total=collect + prepaid or _add_up(document, place),
        payment=Payment(cod=collect > 0, paid=collect <= 0 < prepaid),
        status=status,
        created_at=_find_time(document, *info, "createdAt"),
        updated_at=_find_time(document, *info, "updatedAt") or _find_time(document, *info, "createdAt"),
        outstanding=collect,
        phone=phone,
        note=find_text(document, *info, "description"),
        tags=tuple(text for _, tag in each_line(document, *info, "tags") if (text := find_text(tag, "name"))),
        channel=CHANNELS.get(sold_by or "", sold_by),
        in_store=kind == AT_THE_COUNTER,
        parent=None if (original := find_text(document, *info, "originalOrderId")) in ("0", order_id) else original,
        customer=Person(name=name, phone=phone, email=find_text(address, "email")),
        shipping=Address(name=name, phone=phone, address1=street, text=street),
        items=_read_items(document, *place, "products"),
    )


def _add_up(document: Json, place: Path) -> Decimal:
    """The lines, after their discounts and taxes, and the fee: where nothing is collected and nothing was paid."""
    items = (item.total for item in _read_items(document, *place, "products"))
    fee = find_amount(document, *place, "carrier", "customerShipFee")
    return sum((amount for amount in (*items, fee) if amount), Decimal(0))


def _read_items(document: Json, *place: str | int) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(document, *place):
        quantity = find_amount(document, *here, "quantity")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=find_text(line, "name") or find_text(line, "code") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(document, *here, "price"),
                total=find_amount(document, *here, "totalAmount"),
                sku=find_text(line, "code"),
            )
        )
    return tuple(found)


def _find_time(document: Json, *path: str | int) -> datetime | None:
    value = find(document, *path)
    try:
        return None if value is None else parse_time(value, UTC)
    except ValueError:
        raise BadPayload(pointer(path), "is not a time: seconds since 1970") from None
