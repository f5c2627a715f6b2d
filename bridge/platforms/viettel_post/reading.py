"""What a delivery of Viettel Post means: one status of one parcel.

Sources: a dump of a real delivery, receivers in use and lists of statuses in public repositories (read 2026-11-29).
Of 505 and 506 they say different things (left over, or not reached; away, or wants another day): both are a parcel
that was not taken, and the courier's note tells of a day that the buyer has set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Json, Order, Parcel, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.carriers.statuses import Statuses, has_appointment, read_status
from bridge.platforms.shared.order_ids import plain_document, plain_id
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import find, find_amount, find_text, get_id, get_object, hash_body, join_key


def _hundreds(hundred: int, many: int) -> Iterator[str]:
    """The first statuses of this hundred: 300, 301, 302, 303."""
    return (str(100 * hundred + n) for n in range(many))


TOPICS = {
    "500": "delivery.out",
    "508": "delivery.out",
    "550": "delivery.out",
    "505": "delivery.failed",
    "506": "delivery.failed",
    "507": "delivery.failed",
    "502": "delivery.returning",
    "515": "delivery.returning",
    "551": "delivery.returning",
    "504": "delivery.returned",
    "501": "delivery.delivered",
}
STATUSES = Statuses(
    TOPICS,
    cancelled=frozenset({"201", "503"}),
    between=frozenset(("-108", "200", "202", "509", "510", *_hundreds(1, 8), *_hundreds(3, 4), *_hundreds(4, 4))),
)
NEEDS = Needs(
    always=("/DATA/ORDER_NUMBER", "/DATA/ORDER_STATUS"),
    deciding=("/DATA/ORDER_REFERENCE", "/DATA/ORDER_STATUSDATE", "/DATA/MONEY_COLLECTION"),
)
_PART_RETURN = re.compile(r".*1P[0-9]+", re.DOTALL)


def dedup_key(request: Request, source: Source) -> str:
    """Parcel, status and its time: a status that is sent again is the same."""
    try:
        data = find(get_object(parse_json(request.body)), "DATA")
    except BadPayload:
        data = None
    parts = [find_text(data, name) for name in ("ORDER_NUMBER", "ORDER_STATUS", "ORDER_STATUSDATE")]
    return join_key(*(part or "" for part in parts)) if all(parts) else join_key("body", hash_body(request.body))


def order_id(request: Request, source: Source) -> str | None:
    """The shop's word for the order; the parcel's code where it gave none."""
    document = plain_document(request)
    data = document.get("DATA") if document is not None else None
    if not isinstance(data, dict):
        return None
    reference = data.get("ORDER_REFERENCE")
    return plain_id(data.get("ORDER_NUMBER") if reference in (None, "") else reference)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, without an order. What `EMPLOYEE_PHONE` holds is the courier's number.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no parcel or status, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    if not isinstance(document.get("DATA"), dict):
        raise BadPayload("/DATA", "is not a JSON object")
    code, status = get_id(document, "DATA", "ORDER_NUMBER"), get_id(document, "DATA", "ORDER_STATUS")
    if _PART_RETURN.fullmatch(code):
        return Reading(ignored="parcel_part_return")

    def read_parcel() -> tuple[Parcel, Order | None]:
        return _read_parcel(document, code, status, source, received_at), None

    return read_status(STATUSES, status, document, "viettel_post", NEEDS, read_parcel)


def _read_parcel(document: Json, code: str, status: str, source: Source, received_at: datetime) -> Parcel:
    note, said = find_text(document, "DATA", "NOTE"), find_text(document, "DATA", "STATUS_NAME")
    return Parcel(
        carrier="Viettel Post",
        code=code,
        reference=find_text(document, "DATA", "ORDER_REFERENCE"),
        status=status,
        time=_read_time(document, source) or received_at,
        reason=said,
        note=note,
        cod=find_amount(document, "DATA", "MONEY_COLLECTION"),
        appointment=has_appointment(note, said),
        courier_name=find_text(document, "DATA", "EMPLOYEE_NAME"),
        courier_phone=find_text(document, "DATA", "EMPLOYEE_PHONE"),
    )


def _read_time(document: Json, source: Source) -> datetime | None:
    value = find(document, "DATA", "ORDER_STATUSDATE")
    try:
        return None if value is None else parse_time(value, ZoneInfo(source.timezone), day_first=True)
    except ValueError:
        raise BadPayload("/DATA/ORDER_STATUSDATE", "is not a time such as 25/11/2026 08:30:00") from None
