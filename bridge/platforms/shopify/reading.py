"""What a delivery of Shopify means: an order, or a checkout that became none.

Sources: https://shopify.dev/docs/apps/build/webhooks/delivery-structure (read 2026-11-23); its Admin API's order:
current_total_price is after edits, returns and refunds, total_outstanding what is left to pay, both in the shop's
currency; source_name `pos` is Shopify's own point of sale. X-Shopify-Test is true where the admin's test button sent
the message, with the sample order or checkout of its documentation (read 2026-11-29). An order names no other order:
an exchange and an edit are changes of the same one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.core.model import Event, Json, Order, OrderState, Payment, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.order_ids import id_of_document
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone
from bridge.platforms.shared.shopify_like.money import find_line_price, find_outstanding, find_total
from bridge.platforms.shared.shopify_like.shape import (
    PHONES,
    find_phones,
    read_address,
    read_items,
    read_person,
    read_tags,
)
from bridge.platforms.shared.topic_header import is_yes, order_event, read_topic
from bridge.platforms.shared.values import (
    find_flag,
    find_instant,
    find_text,
    find_texts,
    get_id,
    get_object,
    hash_body,
    join_key,
    parse_instant,
)
from bridge.platforms.shopify.signature import EVENTS, family_of, find_header

TOPIC_HEADER = "X-Shopify-Topic"

TOPICS = {
    "orders/create": "order.created",
    "orders/updated": "order.updated",
    "orders/paid": "order.paid",
    "orders/cancelled": "order.cancelled",
    "orders/fulfilled": "order.fulfilled",
    "orders/partially_fulfilled": "order.updated",
    "orders/delete": "order.deleted",
    "checkouts/create": "checkout.abandoned",
    "checkouts/update": "checkout.abandoned",
}

# orders/edited is absent on purpose: its body is a list of changes, and orders/updated follows with the order.

# The preview product "Events" names a resource and an action instead of a topic.
ACTIONS = {"create": "create", "update": "updated", "delete": "delete"}

# The sample order and the sample checkout that the admin's test button sends.
SAMPLES = ("820982911946154508", "981820079255243537")
POINT_OF_SALE = "pos"

NEEDS = Needs(
    always=("/id", "/currency"),
    deciding=(
        *("/total_price", "/current_total_price", "/total_price_set", "/current_total_price_set", "/total_outstanding"),
        *("/presentment_currency", "/financial_status", "/fulfillment_status", "/payment_gateway_names"),
        *("/cancelled_at", "/closed_at", "/completed_at", "/source_name", "/tags", "/test"),
    ),
    phones=PHONES,
)


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and webhook id: retries repeat them. The event id is shared by all topics of one action."""
    webhook_id = find_header(request, "webhook-id") or hash_body(request.body)
    return join_key(find_header(request, "shop-domain") or "", platform_topic(request) or "", webhook_id)


def order_id(request: Request, source: Source) -> str | None:
    """The order's id; a checkout is none."""
    return id_of_document(request, source) if (platform_topic(request) or "").startswith("orders/") else None


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, with the order as it was when Shopify made the delivery.

    Units    amounts in dong where the order has them, else in the buyer's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return read_topic(
        platform_topic(request), TOPIC_HEADER, TOPICS, lambda topic: _read_known(request, topic, source, received_at)
    )


def _read_known(request: Request, topic: str, source: Source, received_at: datetime) -> Reading:
    document = get_object(parse_json(request.body))
    is_test = is_yes(find_header(request, "test")) or find_text(document, "id") in SAMPLES
    order_id = get_id(document, "id")
    if topic == "orders/delete":
        event = order_event(TOPICS[topic], topic, order_id, None, document, received_at, is_test)
        return Reading((_at_trigger(event, request),))

    def read_events() -> tuple[Event, ...]:
        if topic.startswith("checkouts/"):
            return (_checkout_event(document, topic, source, received_at, is_test),)
        order = _read_order(document, topic, order_id, source)
        event = order_event(TOPICS[topic], topic, order_id, order, document, received_at, is_test)
        return (_at_trigger(event, request),)

    return Reading(read_around(document, "shopify", NEEDS, read_events))


def platform_topic(request: Request) -> str | None:
    """The topic in the classic spelling, of either header family."""
    topic = find_header(request, "topic")
    action = find_header(request, "action")
    if topic and action and family_of(request) == EVENTS:
        return f"{topic.strip().lower()}s/{ACTIONS.get(action.strip().lower(), action)}"
    return topic.strip() if topic else None


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    shipping = read_address(document, "shipping_address", source)
    billing = read_address(document, "billing_address", source)
    total, currency = find_total(document)
    tags = read_tags(document)
    status = find_text(document, "financial_status")
    methods = find_texts(document, "payment_gateway_names")
    payment = Payment(
        cod=is_cod((*methods, *tags), source),
        paid=status in ("paid", "partially_refunded") or topic == "orders/paid",
        method=", ".join(methods) or None,
        status=status,
    )
    number = find_text(document, "name") or find_text(document, "order_number") or order_id
    phones = find_phones(document, source)
    return Order(
        id=order_id,
        number=number,
        state=_state(document, topic),
        currency=currency,
        total=total,
        payment=payment,
        status=find_text(document, "fulfillment_status"),
        created_at=find_instant(document, "created_at"),
        updated_at=find_instant(document, "updated_at"),
        outstanding=find_outstanding(document, total, currency),
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(document, "note"),
        tags=tags,
        channel=find_text(document, "source_name"),
        test=find_flag(document, "test"),
        in_store=find_text(document, "source_name") == POINT_OF_SALE,
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda line: find_line_price(document, line, currency)),
    )


def _checkout_event(
    document: dict[str, Json], topic: str, source: Source, received_at: datetime, is_test: bool
) -> Event:
    """A checkout is an order that was not made; once completed it is closed, so that nobody is asked about it."""
    # A checkout and the order made of it have ids of two kinds: the prefix keeps them apart.
    order = _read_order(document, topic, f"checkout-{get_id(document, 'id')}", source)
    ours = "order.updated" if order.state == "completed" else TOPICS[topic]
    return order_event(ours, topic, order.id, order, document, received_at, is_test)


def _state(document: dict[str, Json], topic: str) -> OrderState:
    """The state of the document; where that is not final, the state that the topic means."""
    financial = find_text(document, "financial_status")
    states: list[tuple[bool, OrderState]] = [
        (topic == "orders/cancelled" or financial == "voided", "cancelled"),
        (find_text(document, "cancelled_at") is not None, "cancelled"),
        (financial == "refunded", "refunded"),
        (topic == "orders/fulfilled" or find_text(document, "fulfillment_status") == "fulfilled", "fulfilled"),
        (find_text(document, "closed_at") is not None, "completed"),
        (find_text(document, "completed_at") is not None, "completed"),
    ]
    return next((state for holds, state in states if holds), "open")


def _at_trigger(event: Event, request: Request) -> Event:
    """The event at the instant at which Shopify says that it happened."""
    try:
        at = parse_instant(find_header(request, "triggered-at") or "")
    except ValueError:
        at = None
    return replace(event, occurred_at=at or event.occurred_at)
