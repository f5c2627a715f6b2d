"""What a delivery of Ahamove means: a status of each stop of an order.

`path[0]` is where the goods are fetched; each further stop is a parcel, with the buyer's number in `mobile`. A stop
that failed has `fail_time`. The status of a cancelled order is in no document: `cancel_time` tells it. No time is
documented for a status but those two, so another one begins when it arrives.

Source: developers.ahamove.com/docs/webhook (read 2026-11-29)
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from bridge.core.model import PARCEL_CANCELLED, BadPayload, Event, Json, Parcel, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.carriers.statuses import Statuses, has_appointment, own_order, parcel_event
from bridge.platforms.shared.order_ids import plain_document, plain_id
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import find, find_amount, find_text, get_id, get_object, hash_body, join_key

# FAILED is the word of a stop.
TOPICS = {"IN PROCESS": "delivery.out", "FAILED": "delivery.failed", "COMPLETED": "delivery.delivered"}
STATUSES = Statuses(
    TOPICS,
    cancelled=frozenset({"CANCELLED", "CANCELED"}),
    between=frozenset({"IDLE", "ASSIGNING", "ACCEPTED"}),
)
NEEDS = Needs(
    always=("/_id", "/status", "/path"),
    deciding=("/cancel_time", "/path/*/fail_time", "/path/*/cod"),
    phones=("/path/*/mobile",),
)
MOST_STOPS = 50


def dedup_key(request: Request, source: Source) -> str:
    """Order, status, and how each stop stands."""
    try:
        document = get_object(parse_json(request.body))
        stops = [[find_text(stop, name) for name in ("status", "fail_time")] for stop in _stops(document)]
    except BadPayload:
        return join_key("body", hash_body(request.body))
    code, status = find_text(document, "_id"), find_text(document, "status")
    if not code or not status:
        return join_key("body", hash_body(request.body))
    stands = repr([stops, find_text(document, "cancel_time")]).encode("utf-8", "surrogatepass")
    return join_key(code, status, hash_body(stands))


def order_id(request: Request, source: Source) -> str | None:
    """The id of an order with one stop."""
    document = plain_document(request)
    path = document.get("path") if document is not None else None
    if document is None or not isinstance(path, list) or len(path) != 2:
        return None
    return plain_id(document.get("_id"))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """An event of each stop, with what Ahamove knows of its buyer.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no order, status or stop, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    code, status = get_id(document, "_id"), get_id(document, "status").upper()
    is_cancelled = _read_time(document, "cancel_time") is not None
    if not is_cancelled and STATUSES.topic_of(status) is None and not any(map(_has_failed, _stops(document))):
        return STATUSES.without_event(status)
    whole = PARCEL_CANCELLED if is_cancelled else STATUSES.topic_of(status)
    read_events = partial(_read_events, document, code, status, whole, received_at)
    return Reading(read_around(document, "ahamove", NEEDS, read_events))


def _stops(document: Json) -> list[Json]:
    path = find(document, "path")
    if not isinstance(path, list) or len(path) < 2 or len(path) > MOST_STOPS:
        raise BadPayload("/path", "is not a list")
    return path[1:]


def _has_failed(stop: Json) -> bool:
    return isinstance(stop, dict) and find_text(stop, "fail_time") not in (None, "0")


def _read_events(document: Json, code: str, status: str, whole: str | None, received_at: datetime) -> tuple[Event, ...]:
    stops = _stops(document)
    events = []
    for number, stop in enumerate(stops, 1):
        failed = _has_failed(stop) and whole != PARCEL_CANCELLED
        is_done = (find_text(stop, "status") or "").upper() == "COMPLETED"
        topic = "delivery.failed" if failed else "delivery.delivered" if is_done else whole
        if topic is None:
            continue
        mine = code if len(stops) == 1 else f"{code}/{number}"
        parcel = _read_stop(document, number, mine, status, failed, received_at)
        name, phone, address = (find_text(document, "path", number, key) for key in ("name", "mobile", "address"))
        events.append(parcel_event(topic, parcel, own_order(parcel, topic, phone, name, address), document))
    return tuple(events)


def _read_stop(document: Json, number: int, code: str, status: str, failed: bool, received_at: datetime) -> Parcel:
    reason = find_text(document, "path", number, "fail_comment")
    at = _read_time(document, "path", number, "fail_time") if failed else _read_time(document, "cancel_time")
    return Parcel(
        carrier="Ahamove",
        code=code,
        reference=None,
        status=status,
        time=at or received_at,
        reason=reason or find_text(document, "cancel_comment"),
        cod=find_amount(document, "path", number, "cod"),
        appointment=has_appointment(reason),
        courier_name=find_text(document, "supplier_name"),
        courier_phone=find_text(document, "supplier_id"),
    )


def _read_time(document: Json, *path: str | int) -> datetime | None:
    value = find(document, *path)
    try:
        return None if value is None else parse_time(value, UTC)
    except ValueError:
        pointer = "/" + "/".join(map(str, path))
        raise BadPayload(pointer, "is not a time: seconds since 1970") from None
