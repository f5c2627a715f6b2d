"""Platforms whose orders have Shopify's shape and topics, and a few words of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from bridge.core.model import BadPayload, Event, Json, Order, OrderState, Payment, Reading, Request, Source
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone
from bridge.platforms.shared.shopify_shape import find_phones, read_address, read_items, read_person, read_tags
from bridge.platforms.shared.values import (
    find,
    find_amount,
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

PAID = ("paid", "partially_refunded", "refunding")
SENT = ("fulfilled", "shipped", "finished", "returned")


def twin_key(request: Request, family: str, delivery: str) -> str:
    """Shop, topic and the id that a resend repeats; without an id the body."""
    domain = request.header(f"{family}shop-domain") or ""
    return join_key(domain, twin_topic(request, family) or "", request.header(delivery) or hash_body(request.body))


def twin_topic(request: Request, family: str) -> str | None:
    topic = (request.header(f"{family}topic") or "").strip().lower()
    return topic or None


def twin_reading(request: Request, family: str, received_at: datetime, order_of: OrderOf, source: Source) -> Reading:
    """The event of this delivery; `order_of` (document, topic, id, source) reads the order in it.

    Errors   BadPayload: topic header missing, not JSON, or what `order_of` cannot read
    """
    topic = twin_topic(request, family)
    if topic is None:
        raise BadPayload("", f"has no topic: the header {family.title()}Topic is missing")
    if topic not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=topic)
    document = get_object(parse_json(request.body))
    order_id = get_id(document, "id")
    order = None if TOPICS[topic] == "order.deleted" else order_of(document, topic, order_id, source)
    event = Event(
        topic="test" if order and order.test else TOPICS[topic],
        platform_topic=topic,
        occurred_at=(order.updated_at if order else None) or received_at,
        order_id=order_id,
        order=order,
        raw=document,
    )
    return Reading((event,))


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
    note = find_text(document, "customer_note") or find_text(document, "buyer_note") or find_text(document, "note")
    phones = find_phones(document, source)
    return Order(
        id=order_id,
        number=find_text(document, "name") or find_text(document, "number") or order_id,
        state=_state(document, topic),
        currency=currency,
        total=total,
        payment=Payment(
            cod=is_cod(methods, source),
            paid=paid,
            method=", ".join(dict.fromkeys(methods)) or None,
            status=status,
        ),
        status=find_text(document, "fulfillment_status"),
        created_at=find_instant(document, "created_at"),
        updated_at=find_instant(document, "updated_at"),
        outstanding=Decimal(0) if paid else None if status == "partially_paid" else total,
        phone=first_phone(phones, source),
        phones=phones,
        note=note,
        tags=read_tags(document),
        channel=find_text(document, "source_name") or find_text(document, "source"),
        test=find(document, "test") is True,
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda lines, position: find_amount(lines, "line_items", position, "price")),
    )


def _state(document: dict[str, Json], topic: str) -> OrderState:
    """What the document says; where it says nothing final, what the topic says."""
    status, financial = find_text(document, "status"), find_text(document, "financial_status")
    times = [find_instant(document, name) for name in ("cancelled_at", "canceled_at")]
    cancelled = status in ("cancelled", "canceled") or financial in ("cancelled", "voided") or any(times)
    states: list[tuple[bool, OrderState]] = [
        (topic == "orders/cancelled" or cancelled, "cancelled"),
        (financial == "refunded", "refunded"),
        (topic == "orders/fulfilled" or find_text(document, "fulfillment_status") in SENT, "fulfilled"),
        (status in ("finished", "closed"), "completed"),
        # A checkout that was begun and not placed.
        (status == "opened" and find_instant(document, "placed_at") is None, "draft"),
    ]
    return next((state for holds, state in states if holds), "open")
