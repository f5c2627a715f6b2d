"""What a delivery of Shopee means: the status of an order.

Source: Shopee Open Platform, Push Mechanism (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.thin import thin_event
from bridge.platforms.shared.values import find, find_text, get_id, get_object, hash_body, join_key

ORDER_STATUS = "3"  # the other codes are about parcels, authorisation and chats

# Created is what Shopee hands over to be shipped; an unpaid order may never be.
TOPICS = {
    "UNPAID": "order.updated",
    "READY_TO_SHIP": "order.created",
    "PROCESSED": "order.updated",
    "SHIPPED": "order.fulfilled",
    "TO_CONFIRM_RECEIVE": "order.fulfilled",
    "COMPLETED": "order.fulfilled",
    "IN_CANCEL": "order.updated",
    "CANCELLED": "order.cancelled",
}

NEEDS = Needs(always=("/code",), deciding=("/data/ordersn", "/data/status"))


def dedup_key(request: Request, source: Source) -> str:
    """Shop, code, order, status and its time: Shopee names no delivery."""
    try:
        document = get_object(parse_json(request.body))
    except BadPayload:
        return join_key(hash_body(request.body))
    paths = (("data", "ordersn"), ("data", "status"))
    order_id, status = (find_text(document, *path) for path in paths)
    at = find_text(document, "data", "update_time") or find_text(document, "timestamp")
    if not order_id or not status or not at:
        return join_key(hash_body(request.body))
    return join_key(find_text(document, "shop_id") or "", find_text(document, "code") or "", order_id, status, at)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, without an order: Shopee sends only its number and status.

    Errors   BadPayload: not JSON, no code, no order or status, or a value of the wrong kind
    """
    if not request.body:
        return Reading(ignored="no_order")  # what the button Verify sends
    document: Json = get_object(parse_json(request.body))
    if (kind := get_id(document, "code")) != ORDER_STATUS:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    if not find(document, "data"):
        return Reading(ignored="no_order")
    times = (("data", "update_time"), ("timestamp",))

    def read_events() -> tuple[Event, ...]:
        return (thin_event(document, TOPICS, ("data", "ordersn"), ("data", "status"), times, received_at),)

    return Reading(read_around(document, "shopee", NEEDS, read_events))
