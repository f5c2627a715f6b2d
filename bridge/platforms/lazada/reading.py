"""What a delivery of Lazada means: the status of one line of an order.

Source: Lazada Open Platform, Push Mechanism (trade order, reverse order) (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.thin import thin_event
from bridge.platforms.shared.values import find, find_text, get_id, get_object, hash_body, join_key

ORDER = "0"

# Created is what Lazada hands over to be packed. One line's status is taken for its order's: Lazada names no other.
TOPICS = {
    "unpaid": "order.updated",
    "pending": "order.created",
    "ready_to_ship": "order.updated",
    "shipped": "order.fulfilled",
    "delivered": "order.fulfilled",
    "canceled": "order.cancelled",
    "returned": "order.cancelled",
}

NEEDS = Needs(
    always=("/message_type",), deciding=("/data/trade_order_id", "/data/order_status", "/data/reverse_order_id")
)

_PARTS = ("trade_order_id", "trade_order_line_id", "reverse_order_line_id", "order_status", "status_update_time")


def dedup_key(request: Request, source: Source) -> str:
    """Seller, order, line, status and its time: Lazada names no delivery, and a resend carries another timestamp."""
    try:
        document = get_object(parse_json(request.body))
    except BadPayload:
        return join_key(hash_body(request.body))
    parts = [find_text(document, "data", name) or "-" for name in _PARTS]
    if "-" in (parts[0], parts[-1]):
        return join_key(hash_body(request.body))
    return join_key(find_text(document, "seller_id") or "", find_text(document, "message_type") or "", *parts)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, without an order: Lazada sends only its id, a line of it and that line's status.

    Errors   BadPayload: not JSON, no message type, no order or status, or a value of the wrong kind
    """
    document: Json = get_object(parse_json(request.body))
    if (kind := get_id(document, "message_type")) != ORDER:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    if not find(document, "data"):
        return Reading(ignored="no_order")
    # A line that goes back, or is cancelled after it was paid, does not end its order.
    topics = {} if find(document, "data", "reverse_order_id") is not None else TOPICS
    times = (("data", "status_update_time"), ("timestamp",))

    def read_events() -> tuple[Event, ...]:
        return (thin_event(document, topics, ("data", "trade_order_id"), ("data", "order_status"), times, received_at),)

    return Reading(read_around(document, "lazada", NEEDS, read_events))
