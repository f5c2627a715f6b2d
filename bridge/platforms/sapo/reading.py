"""What a delivery of Sapo Web or Sapo GO means.

Sources: support.sapo.vn (sapo-webhook), BizwebSharp's entities, headers of real Sapo GO deliveries (read 2026-11-23)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bridge.core.model import BadPayload, Event, Json, Order, OrderState, Payment, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.sapo.go import GO_DECIDING, GO_PHONES, is_go, read_go_order
from bridge.platforms.sapo.signature import find_header
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
from bridge.platforms.shared.states import is_taught, unknown_word, with_taught_state
from bridge.platforms.shared.topic_header import fold_topic, is_yes, order_event, read_topic
from bridge.platforms.shared.updates import topics_of_update
from bridge.platforms.shared.values import (
    find_amount,
    find_flag,
    find_instant,
    find_text,
    find_texts,
    get_amount,
    get_id,
    get_object,
    hash_body,
    join_key,
)

TOPIC_HEADER = "X-Sapo-Topic"
POINT_OF_SALE = "pos"

# Beside the usual words: what says nothing of an end, or leaves it to another field.
KNOWN = ("partial", "restocked", "finalized", "partially fulfilled", "not shipped")

WEB_NEEDS = Needs(
    always=("/id", "/total_price"),
    deciding=(
        *("/currency", "/status", "/financial_status", "/fulfillment_status", "/cancelled_on", "/closed_on"),
        *("/payment_gateway_names", "/gateway", "/processing_method", "/source_name", "/test"),
    ),
    phones=PHONES,
)
GO_NEEDS = Needs(always=("/id", "/total"), deciding=GO_DECIDING, phones=GO_PHONES)
NEEDS = Needs(
    always=("/id",),
    deciding=(*WEB_NEEDS.always, *WEB_NEEDS.deciding, *GO_NEEDS.always, *GO_DECIDING),
    phones=(*PHONES, *GO_PHONES),
)

# Sapo Web says `updated`, Sapo GO `update`.
TOPICS = {
    "orders/create": "order.created",
    "orders/updated": "order.updated",
    "orders/update": "order.updated",
    "orders/paid": "order.paid",
    "orders/cancelled": "order.cancelled",
    "orders/fulfilled": "order.fulfilled",
    "orders/partially_fulfilled": "order.updated",
    "orders/delete": "order.deleted",
}


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic, order and the version of its event; without a version the body."""
    version, order_id = request.header("x-event-version"), find_header(request, "object-id")
    event = (order_id, version) if order_id and version else (hash_body(request.body),)
    return join_key(_shop(request), _platform_topic(request) or "", *event)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery. Orders relayed from marketplaces keep their channel's name.

    Units    amounts in the order's currency, dong where none is named; times UTC
    Errors   BadPayload: topic header missing, XML, not JSON, no id or total, or a value of the wrong kind
    """
    return read_topic(
        _platform_topic(request), TOPIC_HEADER, TOPICS, lambda topic: _read_known(request, topic, source, received_at)
    )


def _read_known(request: Request, topic: str, source: Source, received_at: datetime) -> Reading:
    if request.body.lstrip()[:1] == b"<":
        raise BadPayload("", "is XML: choose JSON as the webhook's format in Sapo")
    document = get_object(parse_json(request.body))
    order_id = get_id(document, "id")
    is_test = is_yes(find_header(request, "test"))
    if TOPICS[topic] == "order.deleted":
        return Reading((order_event(TOPICS[topic], topic, order_id, None, document, received_at, is_test),))
    needs = GO_NEEDS if is_go(document) else WEB_NEEDS

    def read_events() -> tuple[Event, ...]:
        order = _taught_order(document, topic, order_id, source)
        ours, later = TOPICS[topic], None
        # An update of Sapo GO is whatever its document says; Sapo Web has a word for each.
        if is_go(document) and ours == "order.updated":
            ours, later = topics_of_update(order, is_new=True)
        elif ours == "order.updated" and any(is_taught(word, source) for word in (order.status, *_words(document))):
            ours, _ = topics_of_update(order, is_new=False)
        event = order_event(ours, topic, order_id, order, document, received_at, is_test)
        unknown = unknown_word(order.status, source, KNOWN)
        return (replace(event, later_topic=None if event.topic == "test" else later, unknown_state=unknown),)

    return Reading(read_around(document, "sapo", needs, read_events))


def _taught_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    return with_taught_state(_read_order(document, topic, order_id, source), source, *_words(document))


def _words(document: Json) -> list[str | None]:
    return [find_text(document, name) for name in ("status", "financial_status")]


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    if is_go(document):
        return read_go_order(document, topic, order_id, source)
    shipping = read_address(document, "shipping_address", source)
    billing = read_address(document, "billing_address", source)
    status = find_text(document, "financial_status")
    paid = status in ("paid", "partially_refunded") or topic == "orders/paid"
    methods, total = _methods(document), get_amount(document, "total_price")
    phones = find_phones(document, source)
    return Order(
        id=order_id,
        number=find_text(document, "name") or find_text(document, "order_number") or order_id,
        state=_state(document, topic),
        currency=(find_text(document, "currency") or "VND").upper(),
        total=total,
        payment=Payment(
            cod=is_cod((*methods, find_text(document, "processing_method")), source),
            paid=paid,
            method=", ".join(methods) or None,
            status=status,
        ),
        status=find_text(document, "fulfillment_status") or find_text(document, "status"),
        created_at=find_instant(document, "created_on"),
        updated_at=find_instant(document, "modified_on"),
        # A deposit is named only among the transactions, which the order does not hold.
        outstanding=Decimal(0) if paid else None if status == "partially_paid" else total,
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(document, "note"),
        tags=read_tags(document),
        channel=find_text(document, "source_name"),
        test=find_flag(document, "test"),
        in_store=find_text(document, "source_name") == POINT_OF_SALE,
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda line: find_amount(document, *line, "price")),
    )


def _methods(document: Json) -> list[str]:
    named = find_texts(document, "payment_gateway_names")
    return named or [text for text in (find_text(document, "gateway"),) if text]


def _state(document: dict[str, Json], topic: str) -> OrderState:
    """The state of the document; where that is not final, the state that the topic means."""
    status, financial = find_text(document, "status"), find_text(document, "financial_status")
    cancelled = status == "cancelled" or find_instant(document, "cancelled_on") is not None
    closed = status == "closed" or find_instant(document, "closed_on") is not None
    states: list[tuple[bool, OrderState]] = [
        (topic == "orders/cancelled" or cancelled or financial == "voided", "cancelled"),
        (financial == "refunded", "refunded"),
        (topic == "orders/fulfilled" or find_text(document, "fulfillment_status") == "fulfilled", "fulfilled"),
        (closed, "completed"),
    ]
    return next((state for holds, state in states if holds), "open")


def _shop(request: Request) -> str:
    return find_header(request, "tenant-domain") or find_header(request, "shop-domain") or ""


def _platform_topic(request: Request) -> str | None:
    return fold_topic(find_header(request, "topic"))
