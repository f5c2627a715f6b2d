"""What a delivery of J&T Express means: one or several scans of one parcel.

The field `bizContent` of the form holds the parcel as JSON; its `details` are a scan, or a list of scans. Sources: a
reader's note of open.jtexpress.vn, and two receivers in use, whose traffic shows codes beside those (read 2026-11-29)
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Event, Json, Parcel, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.bodies.documents import parse_documents
from bridge.platforms.shared.carriers.statuses import Statuses, has_appointment, parcel_event, plain_reference
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import find, find_object, find_text, get_id, get_object, hash_body, join_key

TOPICS = {
    "112": "delivery.out",
    "94": "delivery.out",
    "118": "delivery.failed",
    "116": "delivery.returning",
    "117": "delivery.returning",
    "120": "delivery.returning",
    "113": "delivery.delivered",
}
# Seen in receivers in use: picked up, at a centre, sent on, arrived.
STATUSES = Statuses(TOPICS, between=frozenset({"10", "50", "92", "100"}))
NEEDS = Needs(
    always=("/billCode", "/details"),
    deciding=("/txlogisticId", "/details/*/scanTypeCode", "/details/*/scanTime"),
)
MOST_SCANS = 100


def dedup_key(request: Request, source: Source) -> str:
    """Parcel, scan and its time; of several scans, of all of them."""
    try:
        parcel = _parcel_of(request)
        scans = [[find_text(scan, name) for name in ("scanTypeCode", "scanTime")] for scan in parcel["details"]]
    except BadPayload:
        parcel, scans = {}, []
    code = find_text(parcel, "billCode")
    if code is None or not scans or not all(all(scan) for scan in scans):
        return join_key("body", hash_body(request.body))
    if len(scans) == 1:
        return join_key(code, *(part or "" for part in scans[0]))
    return join_key(code, "scans", hash_body(repr(scans).encode("utf-8", "surrogatepass")))


def order_id(request: Request, source: Source) -> str | None:
    """The shop's word for the order; the parcel's code where it gave none."""
    return plain_reference(_names, request)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The events of this delivery, in the order of their scans. `scanByContact` is the courier's number.

    Units    times UTC
    Errors   BadPayload: no form with `bizContent`, no parcel or scan, or a value of the wrong kind
    """
    parcel = _parcel_of(request)
    code, scans = get_id(parcel, "billCode"), parcel["details"]
    statuses = [get_id(scan, "scanTypeCode") for scan in scans]
    if not any(STATUSES.topic_of(status) for status in statuses):
        return STATUSES.without_event(statuses[-1])
    events = read_around(parcel, "jt_express", NEEDS, partial(_read_events, parcel, code, source, received_at))
    return Reading(tuple(sorted(events, key=lambda event: event.occurred_at)))


def _parcel_of(request: Request) -> dict[str, Json]:
    """What `bizContent` holds, its scans as a list. Errors: BadPayload"""
    document = get_object(parse_documents(request)[0])
    content = document.get("bizContent")
    parcel = parse_json(content.encode("utf-8", "surrogatepass")) if isinstance(content, str) else content
    if not isinstance(parcel, dict):
        raise BadPayload("/bizContent", "is not a JSON object")
    scans = parcel.get("details")
    scans = [scans] if isinstance(scans, dict) else scans
    if not isinstance(scans, list) or not all(isinstance(scan, dict) for scan in scans) or not scans[:MOST_SCANS]:
        raise BadPayload("/details", "is not a list")
    return {**parcel, "details": scans[:MOST_SCANS]}


def _names(request: Request) -> tuple[Json, Json]:
    parcel = _parcel_of(request)
    return find(parcel, "txlogisticId"), find(parcel, "billCode")


def _read_events(parcel: dict[str, Json], code: str, source: Source, received_at: datetime) -> tuple[Event, ...]:
    events = []
    for position in range(len(parcel["details"])):
        status = get_id(parcel, "details", position, "scanTypeCode")
        topic = STATUSES.topic_of(status)
        if topic is not None:
            told = _read_scan(parcel, position, code, status, source, received_at)
            events.append(parcel_event(topic, told, None, parcel))
    return tuple(events)


def _read_scan(
    parcel: dict[str, Json], position: int, code: str, status: str, source: Source, received_at: datetime
) -> Parcel:
    scan = find_object(parcel, "details", position)
    reason, note = find_text(scan, "abnormalPieceName"), find_text(scan, "desc")
    return Parcel(
        carrier="J&T Express",
        code=code,
        reference=find_text(parcel, "txlogisticId"),
        status=status,
        time=_read_time(scan, position, source) or received_at,
        reason=reason or find_text(scan, "scanTypeName"),
        note=note,
        appointment=has_appointment(reason, note),
        courier_name=find_text(scan, "scanByName"),
        courier_phone=find_text(scan, "scanByContact"),
    )


def _read_time(scan: Json, position: int, source: Source) -> datetime | None:
    try:
        return parse_time(find_text(scan, "scanTime") or "", ZoneInfo(source.timezone), day_first=True)
    except ValueError:
        raise BadPayload(f"/details/{position}/scanTime", "is not a time such as 2026-11-25 08:30:00") from None
