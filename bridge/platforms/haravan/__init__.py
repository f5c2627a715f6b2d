"""Haravan: orders in Shopify's shape with words of its own, and a GET handshake when an app subscribes.

Pure. No delivery id exists, so the body itself is the key.
Sources: docs.haravan.com/docs/tutorials/webhooks (private-webhook, connect-webhook), omni-apis/orders (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs

from bridge.core.marketplace import telling_channel
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
    Reply,
    Request,
    Source,
)
from bridge.lib import signing
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples import haravan_order
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.shopify_shape import find_phone, read_address, read_items, read_person, read_tags
from bridge.platforms.shared.values import (
    check_document,
    find_amount,
    find_instant,
    find_text,
    get_amount,
    get_id,
    get_object,
    hash_body,
    join_key,
)

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

# The second spelling is of an older sample; what it said about SHA-1 and hex holds nowhere.
SIGNATURE_HEADERS = ("x-haravan-hmacsha256", "x-haravan-hmac-sha256")


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Haravan signed exactly these bytes: HMAC-SHA256, base64.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    found = [request.header(name) for name in SIGNATURE_HEADERS]
    signing.verify(request.body, next((value for value in found if value), None), source.secrets)


def handshake(request: Request, source: Source) -> Reply | None:
    """The challenge as plain text if the GET knows the source's token; None for what is no subscription.

    Errors   BadSignature bad_verify_token, no_secret
    """
    if request.method != "GET":
        return None
    try:
        query = parse_qs(request.query, max_num_fields=20)
    except ValueError:
        raise BadSignature("bad_verify_token") from None
    if not any(name.startswith("hub.") for name in query):
        return None
    token = source.settings.get("verify_token")
    expected = signing.usable([token] if token else source.secrets)
    values = {name: value[0] for name, value in query.items() if len(value) == 1}
    known = signing.is_one_of(values.get("hub.verify_token", ""), expected)
    if not known or values.get("hub.mode") != "subscribe" or "hub.challenge" not in values:
        raise BadSignature("bad_verify_token")
    return Reply(body=values["hub.challenge"])


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and body: Haravan names no delivery."""
    org_id = request.header("x-haravan-org-id") or ""
    return join_key(org_id, _platform_topic(request) or "", hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery. Orders relayed from marketplaces keep their channel's name.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    topic = _platform_topic(request)
    if topic is None:
        raise BadPayload("", "has no topic: the header X-Haravan-Topic is missing")
    if topic not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=topic)
    document = get_object(parse_json(request.body))
    order_id = get_id(document, "id")
    order = None if TOPICS[topic] == "order.deleted" else _read_order(document, topic, order_id, source)
    event = Event(
        topic=TOPICS[topic],
        platform_topic=topic,
        occurred_at=(order.updated_at if order else None) or received_at,
        order_id=order_id,
        order=order,
        raw=document,
    )
    return Reading((event,))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Haravan would send with this body."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Haravan-Topic", topic),
        ("X-Haravan-Org-Id", "1000000001"),
        ("X-Haravan-Hmacsha256", signing.sign(body, secret.encode())),
    )


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    check_document(document, "haravan", "currency", "total_price")
    shipping = read_address(document, "shipping_address", source)
    billing = read_address(document, "billing_address", source)
    status = find_text(document, "financial_status")
    paid = status in ("paid", "partially_refunded") or topic == "orders/paid"
    gateway, code = find_text(document, "gateway"), find_text(document, "gateway_code")
    total = get_amount(document, "total_price")
    return Order(
        id=order_id,
        number=find_text(document, "order_number") or find_text(document, "name") or order_id,
        state=_state(document, topic),
        currency=(find_text(document, "currency") or "").upper(),
        total=total,
        payment=Payment(cod=is_cod((gateway, code), source), paid=paid, method=gateway or code, status=status),
        status=find_text(document, "fulfillment_status"),
        created_at=find_instant(document, "created_at"),
        updated_at=find_instant(document, "updated_at"),
        # A deposit is named only among the transactions, whose kinds are not documented.
        outstanding=Decimal(0) if paid else None if status == "partially_paid" else total,
        phone=find_phone(document),
        note=find_text(document, "note"),
        tags=read_tags(document),
        channel=telling_channel(find_text(document, "source_name"), find_text(document, "source")),
        customer=read_person(document, source, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=read_items(document, lambda lines, position: find_amount(lines, "line_items", position, "price")),
    )


def _state(document: dict[str, Json], topic: str) -> OrderState:
    """What the document says; where it says nothing final, what the topic says."""
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
    topic = (request.header("x-haravan-topic") or "").strip().lower()
    return topic or None


PLATFORM = Platform(
    name="haravan",
    title="Haravan",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=haravan_order,
    handshake=handshake,
)
