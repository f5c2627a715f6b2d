"""Platforms whose orders have Shopify's shape and topics, and a few words of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from bridge.core.model import Event, Json, Order, OrderState, Payment, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone
from bridge.platforms.shared.shopify_like.money import find_outstanding
from bridge.platforms.shared.shopify_like.shape import find_phones, read_address, read_items, read_person, read_tags
from bridge.platforms.shared.topic_header import fold_topic, is_yes, order_event, read_topic
from bridge.platforms.shared.values import (
    find_amount,
    find_flag,
    find_instant,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
)

TOPICS = {
    "orders/create": "order.created",
    "orders/update": "order.updated",
    "orders/updated": "order.updated",
    "orders/edited": "order.updated",
    "orders/paid": "order.paid",
    "orders/cancelled": "order.cancelled",
    "orders/fulfilled": "order.fulfilled",
    "orders/partially_fulfilled": "order.updated",
    "orders/delete": "order.deleted",
    "orders/deleted": "order.deleted",
}

OrderOf = Callable[[dict[str, Json], str, str, Source], Order]

JUST_NOW = timedelta(minutes=1)
POINT_OF_SALE = "pos"
PAID = ("paid", "partially_refunded")
# Also while the money is on its way back.
REFUNDED = ("refunded", "refunding")
DECIDING = (
    *("/total_price", "/financial_status", "/fulfillment_status", "/status"),
    *("/cancelled_at", "/canceled_at", "/placed_at", "/source_name", "/test"),
)
SENT = ("fulfilled", "shipped", "finished", "returned")


def twin_key(request: Request, shop_header: str, topic_header: str, id_header: str) -> str:
    """Shop, topic and the id that a resend repeats; without an id the body."""
    topic, delivery_id = fold_topic(request.header(topic_header)) or "", request.header(id_header)
    return join_key(request.header(shop_header) or "", topic, delivery_id or hash_body(request.body))


def twin_reading(
    request: Request, topic_header: str, received_at: datetime, order_of: OrderOf, source: Source, needs: Needs
) -> Reading:
    """The event of this delivery; `order_of` (document, topic, id, source) reads the order in it.

    No twin documents a mark of test messages: a header named as Shopify's counts as one.
    Errors   BadPayload: topic header missing, not JSON, or what `order_of` cannot read
    """

    def read_known(topic: str) -> Reading:
        document = get_object(parse_json(request.body))
        order_id, ours = get_id(document, "id"), TOPICS[topic]
        is_test = is_yes(request.header(f"{topic_header.removesuffix('Topic')}Test"))
        if ours == "order.deleted":
            return Reading((order_event(ours, topic, order_id, None, document, received_at, is_test),))

        def read_events() -> tuple[Event, ...]:
            order = order_of(document, topic, order_id, source)
            is_placed = ours == "order.updated" and order.state == "open" and _was_just_placed(document, order)
            meant = "order.created" if is_placed else ours
            return (order_event(meant, topic, order_id, order, document, received_at, is_test),)

        return Reading(read_around(document, source.platform, needs, read_events))

    return read_topic(fold_topic(request.header(topic_header)), topic_header, TOPICS, read_known)


def _was_just_placed(document: dict[str, Json], order: Order) -> bool:
    """Whether this update places a checkout that was sent before, when it was begun (Shoplazza's `placed_at`)."""
    begun, placed, changed = order.created_at, find_instant(document, "placed_at"), order.updated_at
    if begun is None or placed is None or changed is None:
        return False
    return placed > begun and changed - placed <= JUST_NOW


def twin_order(
    document: dict[str, Json],
    topic: str,
    order_id: str,
    source: Source,
    money: tuple[Decimal, str],
    methods: list[str],
) -> Order:
    """The order of such a document. `money`: its total and currency; `methods`: how it is paid, in the shop's words."""
    shipping = read_address(document, "shipping_address", source)
    billing = read_address(document, "billing_address", source)
    status = find_text(document, "financial_status")
    paid = status in PAID or topic == "orders/paid"
    total, currency = money
    notes = (find_text(document, name) for name in ("customer_note", "buyer_note", "note"))
    method = ", ".join(dict.fromkeys(methods)) or None
    phones = find_phones(document, source)
    return Order(
        id=order_id,
        number=find_text(document, "name") or find_text(document, "number") or order_id,
        state=twin_state(document, topic),
        currency=currency,
        total=total,
        payment=Payment(cod=is_cod(methods, source), paid=paid, method=method, status=status),
        status=find_text(document, "fulfillment_status"),
        created_at=find_instant(document, "created_at"),
        updated_at=find_instant(document, "updated_at"),
        outstanding=Decimal(0) if paid else find_outstanding(document, *money) if status == "partially_paid" else total,
        phone=first_phone(phones, source),
        phones=phones,
        note=next(filter(None, notes), None),
        tags=read_tags(document),
        channel=find_text(document, "source_name") or find_text(document, "source"),
        test=find_flag(document, "test"),
        in_store=find_text(document, "source_name") == POINT_OF_SALE,
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda line: find_amount(document, *line, "price")),
    )


def twin_state(document: dict[str, Json], topic: str = "") -> OrderState:
    """The state of the document; where that is not final, the state that the topic means."""
    status, financial = find_text(document, "status"), find_text(document, "financial_status")
    times = [find_instant(document, name) for name in ("cancelled_at", "canceled_at")]
    cancelled = status in ("cancelled", "canceled") or financial in ("cancelled", "voided") or any(times)
    states: list[tuple[bool, OrderState]] = [
        (topic == "orders/cancelled" or cancelled, "cancelled"),
        (financial in REFUNDED, "refunded"),
        (topic == "orders/fulfilled" or find_text(document, "fulfillment_status") in SENT, "fulfilled"),
        (status in ("finished", "closed"), "completed"),
        # A checkout that was begun and not placed.
        (status == "opened" and find_instant(document, "placed_at") is None, "draft"),
    ]
    return next((state for holds, state in states if holds), "open")
