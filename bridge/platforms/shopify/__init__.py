"""Shopify: signed full orders, and the test notification that must never ring.

Pure. Headers are not part of the signature; the secret belongs to the source's URL, so only the body is trusted.
Sources: https://shopify.dev/docs/apps/build/webhooks/delivery-structure ,
https://shopify.dev/docs/apps/build/webhooks/verify-deliveries ,
Shopify/shopify-app-js packages/apps/shopify-api/lib/webhooks/validate.ts (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import (
    BadPayload,
    BadSignature,
    Event,
    Json,
    Order,
    OrderState,
    Payment,
    Platform,
    Reading,
    Request,
    Source,
)
from bridge.lib import signing
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples import shopify_order
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.shopify_money import find_line_price, find_outstanding, find_total
from bridge.platforms.shared.shopify_shape import (
    find_phone,
    read_address,
    read_items,
    read_person,
    read_tags,
)
from bridge.platforms.shared.values import (
    check_document,
    find,
    find_instant,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
    parse_instant,
    to_text,
)

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

CLASSIC, EVENTS = "x-shopify-", "shopify-"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Shopify signed exactly these bytes, and for this shop if the source names its domain.

    Errors   BadSignature no_secret, missing_signature, missing_body, bad_signature, wrong_shop. Nothing else.
    Source   HMAC-SHA256, base64, of the raw body; app secret and store secret are both in use, hence all are tried
    """
    signature = _header(request, "hmac-sha256")
    if signature and not request.body:
        raise BadSignature("missing_body")
    signing.verify(request.body, signature, source.secrets)
    domain = source.settings.get("shop_domain")
    if domain and domain.lower() != (_header(request, "shop-domain") or "").strip().lower():
        raise BadSignature("wrong_shop")


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and webhook id: retries repeat them. The event id is shared by all topics of one action."""
    webhook_id = _header(request, "webhook-id") or hash_body(request.body)
    return join_key(_header(request, "shop-domain") or "", platform_topic(request) or "", webhook_id)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, with the order as it was when Shopify made the delivery.

    Units    amounts in the buyer's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    topic = platform_topic(request)
    if topic is None:
        raise BadPayload("", "has no topic: the header X-Shopify-Topic is missing")
    if topic not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=topic)
    document = get_object(parse_json(request.body))
    if topic.startswith("checkouts/"):
        return Reading((_checkout_event(document, topic, source, received_at),))
    order_id = get_id(document, "id")
    order = None if topic == "orders/delete" else _read_order(document, topic, order_id, source)
    event = Event(
        topic="test" if order and order.test else TOPICS[topic],
        platform_topic=topic,
        occurred_at=_triggered_at(request) or (order.updated_at if order else None) or received_at,
        order_id=order_id,
        order=order,
        raw=document,
    )
    return Reading((event,))


def platform_topic(request: Request) -> str | None:
    """The topic in the classic spelling, of either header family."""
    topic = _header(request, "topic")
    action = _header(request, "action")
    if topic and action and _family(request) == EVENTS:
        return f"{topic.strip().lower()}s/{ACTIONS.get(action.strip().lower(), action)}"
    return topic.strip() if topic else None


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Shopify would send with this body; ids follow from the body, so a resend repeats them."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Hmac-Sha256", signing.sign(body, secret.encode())),
        ("X-Shopify-Shop-Domain", str(source.settings.get("shop_domain") or "example.myshopify.com")),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Webhook-Id", hash_body(topic.encode() + body)[:32]),
        ("X-Shopify-Event-Id", hash_body(body)[:32]),
        ("X-Shopify-Triggered-At", now.isoformat()),
    )


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    check_document(document, "shopify", "currency")
    shipping = read_address(document, "shipping_address", source)
    billing = read_address(document, "billing_address", source)
    total, currency = find_total(document)
    tags = read_tags(document)
    status = find_text(document, "financial_status")
    methods = [text for text in map(to_text, find(document, "payment_gateway_names") or []) if text]
    payment = Payment(
        cod=is_cod((*methods, *tags), source),
        paid=status in ("paid", "partially_refunded") or topic == "orders/paid",
        method=", ".join(methods) or None,
        status=status,
    )
    number = find_text(document, "name") or find_text(document, "order_number") or order_id
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
        phone=find_phone(document),
        note=find_text(document, "note"),
        tags=tags,
        channel=find_text(document, "source_name"),
        test=find(document, "test") is True,
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda lines, position: find_line_price(lines, position, currency)),
    )


def _checkout_event(document: dict[str, Json], topic: str, source: Source, received_at: datetime) -> Event:
    """A checkout is an order that was not made; once completed it is closed, so that nobody is asked about it."""
    # A checkout and the order made of it have ids of two kinds: the prefix keeps them apart.
    order = _read_order(document, topic, f"checkout-{get_id(document, 'id')}", source)
    return Event(
        topic="order.updated" if order.state == "completed" else TOPICS[topic],
        platform_topic=topic,
        occurred_at=order.updated_at or received_at,
        order_id=order.id,
        order=order,
        raw=document,
    )


def _state(document: dict[str, Json], topic: str) -> OrderState:
    """What the document says; where it says nothing final, what the topic says."""
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


def _triggered_at(request: Request) -> datetime | None:
    try:
        return parse_instant(_header(request, "triggered-at") or "")
    except ValueError:
        return None


def _header(request: Request, name: str) -> str | None:
    return request.header(_family(request) + name)


def _family(request: Request) -> str:
    """The un-prefixed names win where both are present, as in Shopify's own library."""
    names = {name.lower() for name, _ in request.headers}
    return EVENTS if f"{EVENTS}hmac-sha256" in names else CLASSIC


PLATFORM = Platform(
    name="shopify",
    title="Shopify",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=shopify_order,
)
