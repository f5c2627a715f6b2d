"""What a delivery of TikTok Shop means: the status of an order.

Source: Partner Center (TikTok Shop webhooks, order status change) (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.thin import thin_event
from bridge.platforms.shared.values import find, find_text, get_id, get_object, hash_body, join_key

ORDER_STATUS = "1"  # the other types are about parcels, addresses, returns and the app itself

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

NEEDS = Needs(always=("/type",), deciding=("/data/order_id", "/data/order_status"))

_PARTS = (("shop_id",), ("type",), ("data", "order_id"), ("data", "order_status"), ("data", "update_time"))


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
    """The event of this delivery, without an order: TikTok sends only its id and status.

    Errors   BadPayload: not JSON, no type, no order or status, or a value of the wrong kind
    """
    document: Json = get_object(parse_json(request.body))
    if (kind := get_id(document, "type")) != ORDER_STATUS:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    if not find(document, "data"):
        return Reading(ignored="no_order")
    times = (("data", "update_time"), ("timestamp",))

    def read_events() -> tuple[Event, ...]:
        return (thin_event(document, TOPICS, ("data", "order_id"), ("data", "order_status"), times, received_at),)

    return Reading(read_around(document, "tiktok_shop", NEEDS, read_events))
