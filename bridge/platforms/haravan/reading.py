"""What a delivery of Haravan means. No delivery id exists, so the body itself is the key.

Sources: docs.haravan.com/docs/tutorials/webhooks (private-webhook), omni-apis/orders (read 2026-11-23);
omni-apis/orders: source_name `pos` is Haravan's own point of sale, total_price holds lines, discounts, delivery and
taxes; omni-apis/transactions: kinds Pending, Authorization, Sale, Capture, Void, Refund, and is_cod_gateway; receivers
in use for X-Haravan-Test (read 2026-11-29). Not documented: what ref_order_id refers to, so no order names another,
and whether total_price changes when lines of an unpaid order are refunded.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bridge.core.marketplace import telling_channel
from bridge.core.model import Event, Json, Order, OrderState, Payment, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone
from bridge.platforms.shared.shopify_like.shape import (
    PHONES,
    find_phones,
    read_address,
    read_items,
    read_person,
    read_tags,
)
from bridge.platforms.shared.topic_header import fold_topic, is_yes, order_event, read_topic
from bridge.platforms.shared.values import (
    each_line,
    find_amount,
    find_flag,
    find_instant,
    find_text,
    get_amount,
    get_id,
    get_object,
    hash_body,
    join_key,
)

TOPIC_HEADER = "X-Haravan-Topic"
TEST_HEADER = "X-Haravan-Test"
POINT_OF_SALE = "pos"

NEEDS = Needs(
    always=("/id", "/currency", "/total_price"),
    deciding=(
        *("/financial_status", "/fulfillment_status", "/cancelled_status", "/closed_status", "/cancelled_at"),
        *("/closed_at", "/gateway", "/gateway_code", "/is_cod_gateway", "/transactions", "/source_name", "/source"),
    ),
    phones=PHONES,
)

# Kinds of transactions in which money came, and in which it went back.
RECEIVED, REFUND = ("sale", "capture"), "refund"

# The documentation lists no topics; shops report `updated`, the subscription page `update`.
TOPICS = {
    "orders/create": "order.created",
    "orders/update": "order.updated",
    "orders/updated": "order.updated",
    "orders/paid": "order.paid",
    "orders/cancelled": "order.cancelled",
    "orders/fulfilled": "order.fulfilled",
    "orders/partially_fulfilled": "order.updated",
    "orders/delete": "order.deleted",
    "orders/deleted": "order.deleted",
}


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and body: Haravan names no delivery."""
    org_id = request.header("x-haravan-org-id") or ""
    return join_key(org_id, _platform_topic(request) or "", hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery. Orders relayed from marketplaces keep their channel's name.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return read_topic(
        _platform_topic(request), TOPIC_HEADER, TOPICS, lambda topic: _read_known(request, topic, source, received_at)
    )


def _read_known(request: Request, topic: str, source: Source, received_at: datetime) -> Reading:
    document = get_object(parse_json(request.body))
    order_id = get_id(document, "id")
    is_test = is_yes(request.header(TEST_HEADER))

    def event_of(order: Order | None) -> tuple[Event, ...]:
        return (order_event(TOPICS[topic], topic, order_id, order, document, received_at, is_test),)

    if TOPICS[topic] == "order.deleted":
        return Reading(event_of(None))
    return Reading(
        read_around(document, "haravan", NEEDS, lambda: event_of(_read_order(document, topic, order_id, source)))
    )


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    shipping = read_address(document, "shipping_address", source)
    billing = read_address(document, "billing_address", source)
    status = find_text(document, "financial_status")
    paid = status in ("paid", "partially_refunded") or topic == "orders/paid"
    gateway, code = find_text(document, "gateway"), find_text(document, "gateway_code")
    total = get_amount(document, "total_price")
    phones = find_phones(document, source)
    return Order(
        id=order_id,
        number=find_text(document, "order_number") or find_text(document, "name") or order_id,
        state=_state(document, topic),
        currency=(find_text(document, "currency") or "").upper(),
        total=total,
        payment=Payment(
            cod=find_flag(document, "is_cod_gateway") or is_cod((gateway, code), source),
            paid=paid,
            method=gateway or code,
            status=status,
        ),
        status=find_text(document, "fulfillment_status"),
        created_at=find_instant(document, "created_at"),
        updated_at=find_instant(document, "updated_at"),
        outstanding=Decimal(0) if paid else _left(document, total) if status == "partially_paid" else total,
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(document, "note"),
        tags=read_tags(document),
        channel=telling_channel(find_text(document, "source_name"), find_text(document, "source")),
        in_store=POINT_OF_SALE in (find_text(document, "source_name"), find_text(document, "source")),
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda line: find_amount(document, *line, "price")),
    )


def _left(document: dict[str, Json], total: Decimal) -> Decimal | None:
    """What is left of the total after a deposit; None where no transaction holds it."""
    paid = Decimal(0)
    for here, one in each_line(document, "transactions"):
        amount = find_amount(document, *here, "amount") or Decimal(0)
        kind = (find_text(one, "kind") or "").lower()
        paid += abs(amount) if kind in RECEIVED else -abs(amount) if kind == REFUND else Decimal(0)
    return max(total - paid, Decimal(0)) if paid > 0 else None


def _state(document: dict[str, Json], topic: str) -> OrderState:
    """The state of the document; where that is not final, the state that the topic means."""
    financial = find_text(document, "financial_status")
    cancelled = find_text(document, "cancelled_status") == "cancelled" or _has_time(document, "cancelled_at")
    closed = find_text(document, "closed_status") == "closed" or _has_time(document, "closed_at")
    states: list[tuple[bool, OrderState]] = [
        (topic == "orders/cancelled" or cancelled or financial == "voided", "cancelled"),
        (financial == "refunded", "refunded"),
        (topic == "orders/fulfilled" or find_text(document, "fulfillment_status") == "fulfilled", "fulfilled"),
        (closed, "completed"),
    ]
    return next((state for holds, state in states if holds), "open")


def _has_time(document: dict[str, Json], name: str) -> bool:
    return find_instant(document, name) is not None


def _platform_topic(request: Request) -> str | None:
    return fold_topic(request.header(TOPIC_HEADER))
