"""TikTok Shop: verified, kept and explained. A delivery names an order and its status; nobody can be called from it.

Pure. The buyer's number is masked for parcels that TikTok ships. It wants an empty answer within 3 seconds.
Sources: Partner Center (TikTok Shop webhooks, order status change), EcomPHP/tiktokshop-php src/Webhook.php
(read 2026-11-23). Not TikTok for Developers, which signs in another header and another way.
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadPayload, Json, Platform, Reading, Request, Source
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples_vietnam import tiktok_shop_order
from bridge.platforms.shared.thin import sign_keyed, thin_event, verify_keyed
from bridge.platforms.shared.values import check_document, find, find_text, get_object, hash_body, join_key

ORDER_STATUS = "1"  # the other types tell of parcels, addresses, returns and of the app itself

# Created is what TikTok hands over to be shipped: before that the buyer has not paid, or may still step back.
TOPICS = {
    "UNPAID": "order.updated",
    "ON_HOLD": "order.updated",
    "AWAITING_SHIPMENT": "order.created",
    "AWAITING_COLLECTION": "order.updated",
    "IN_TRANSIT": "order.fulfilled",
    "DELIVERED": "order.fulfilled",
    "COMPLETED": "order.fulfilled",
    "CANCEL": "order.cancelled",
    "CANCELLED": "order.cancelled",
}

_PARTS = (("shop_id",), ("type",), ("data", "order_id"), ("data", "order_status"), ("data", "update_time"))


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if TikTok signed exactly these bytes behind the app's key: HMAC-SHA256, hex, in Authorization.

    Errors   BadSignature no_secret, no_app_key, missing_signature, bad_signature. Nothing else escapes.
    """
    verify_keyed(request, source)


def dedup_key(request: Request, source: Source) -> str:
    """The shop and the notification's id; older ones have none: shop, type, order, status and its time."""
    try:
        document = get_object(parse_json(request.body))
    except BadPayload:
        return join_key(hash_body(request.body))
    notification = find_text(document, "tts_notification_id")
    if notification:
        return join_key(find_text(document, "shop_id") or "", notification)
    parts = [find_text(document, *path) for path in _PARTS]
    return join_key(*(part or "" for part in parts)) if all(parts) else join_key(hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, without an order: TikTok tells only its id and status.

    Errors   BadPayload: not JSON, no type, no order or status, or a value of the wrong kind
    """
    document: Json = get_object(parse_json(request.body))
    check_document(document, "tiktok_shop", "type")
    if (kind := find_text(document, "type")) != ORDER_STATUS:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    if not find(document, "data"):
        return Reading(ignored="no_order")
    times = (("data", "update_time"), ("timestamp",))
    event = thin_event(document, TOPICS, ("data", "order_id"), ("data", "order_status"), times, received_at)
    return Reading((event,))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that TikTok would send with this body. What happened is said in the body."""
    return sign_keyed(body, source)


PLATFORM = Platform(
    name="tiktok_shop",
    title="TikTok Shop",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=tiktok_shop_order,
)
