"""What an event of Tiki's queue means, with the order that its API answered.

Sources: open.tiki.vn tiki-theory/event-type; public clients for the events as they come (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Event, Json, Order, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import find, find_text, get_id, get_object, hash_body, join_key
from bridge.platforms.tiki.order import STATES, read_order

CREATED, STATUS = "ORDER_CREATED_SUCCESSFULLY", "ORDER_STATUS_UPDATED"
TOPICS = {CREATED: "order.created", STATUS: "order.updated"}

NEEDS = Needs(
    always=("/type", "/payload"),
    deciding=(
        *("/payload/order_code", "/payload/status", "/fetched/order/code", "/fetched/order/status"),
        *("/fetched/order/invoice/grand_total", "/fetched/order/invoice/collectible_amount"),
        *("/fetched/order/payment/method", "/fetched/order/payment/description", "/fetched/order/payment/is_prepaid"),
    ),
    phones=("/fetched/order/shipping/address/phone",),
)

STATE_TOPICS = {
    "cancelled": "order.cancelled",
    "returned": "order.cancelled",
    "fulfilled": "order.fulfilled",
    "completed": "order.fulfilled",
}


def dedup_key(request: Request, source: Source) -> str:
    """The event's id, which the queue repeats when it gives the event again."""
    try:
        event_id = find_text(parse_json(request.body), "id")
    except BadPayload:
        event_id = None
    return join_key("id", event_id) if event_id else join_key("body", hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event, with the order as Tiki's API answered it.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no type, no order code, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    kind = find_text(document, "type")
    if kind is None:
        raise BadPayload("/type", "is missing")
    if kind not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    own, seller = str(source.settings.get("sid") or ""), find_text(document, "sid")
    if own and seller != own:
        return Reading(ignored="other_seller")
    code = get_id(document, "payload", "order_code")
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}

    def read_events() -> tuple[Event, ...]:
        order = read_order(raw, source) if "order" in request.fetched else None
        at = _event_time(raw, source) or received_at
        return (Event(_topic(raw, kind, order), kind, at, code, order, raw, incomplete=order is None),)

    return Reading(read_around(raw, "tiki", NEEDS, read_events))


def state_of(status: str | None) -> str:
    return STATES.get(status or "", "open")


def _topic(event: Json, kind: str, order: Order | None) -> str:
    """What happened, by the order as it is now, or by the event alone where it is not fetched."""
    state = order.state if order else state_of(find_text(event, "payload", "status"))
    if state in STATE_TOPICS:
        return STATE_TOPICS[state]
    if kind == CREATED:
        return TOPICS[CREATED]
    return "order.paid" if order and order.payment.paid else TOPICS[STATUS]


def _event_time(event: Json, source: Source) -> datetime | None:
    """`created_at` is milliseconds since 1970, as they were seen."""
    at = find(event, "created_at")
    try:
        return None if at is None else parse_time(at, ZoneInfo(source.timezone))
    except ValueError:
        raise BadPayload("/created_at", "is not a time: milliseconds since 1970") from None
