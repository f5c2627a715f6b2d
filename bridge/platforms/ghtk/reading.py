"""What a delivery of GHTK means: one status of one parcel.

Sources: api.ghtk.vn (webhook), and four receivers in use with the same list of statuses (read 2026-11-29)
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Json, Order, Parcel, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.platforms.shared.bodies.documents import parse_documents
from bridge.platforms.shared.carriers.statuses import Statuses, has_appointment, plain_reference, read_status
from bridge.platforms.shared.times import parse_time
from bridge.platforms.shared.values import find, find_amount, find_text, get_id, get_object, hash_body, join_key

TOPICS = {
    "4": "delivery.out",
    "9": "delivery.failed",
    "10": "delivery.failed",
    "49": "delivery.failed",
    "410": "delivery.failed",
    "20": "delivery.returning",
    "21": "delivery.returned",
    "11": "delivery.returned",
    "5": "delivery.delivered",
    "6": "delivery.delivered",
    "45": "delivery.delivered",
}
STATUSES = Statuses(
    TOPICS,
    cancelled=frozenset({"-1", "13"}),
    between=frozenset({"1", "2", "3", "7", "8", "12", "123", "127", "128"}),
)
NEEDS = Needs(always=("/label_id", "/status_id"), deciding=("/partner_id", "/action_time", "/pick_money"))
GOES_BACK = ("delivery.returning", "delivery.returned")


def dedup_key(request: Request, source: Source) -> str:
    """Parcel, status and its time: a status that is sent again is the same."""
    try:
        document = _document_of(request)
    except BadPayload:
        document = {}
    parts = [find_text(document, name) for name in ("label_id", "status_id", "action_time")]
    return join_key(*(part or "" for part in parts)) if all(parts) else join_key("body", hash_body(request.body))


def order_id(request: Request, source: Source) -> str | None:
    """The shop's word for the order; the parcel's code where it gave none."""
    return plain_reference(_names, request)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, without an order.

    Units    amounts in dong; times UTC
    Errors   BadPayload: no form, no parcel or status, or a value of the wrong kind
    """
    document = _document_of(request)
    code, status = get_id(document, "label_id"), get_id(document, "status_id")
    if STATUSES.topic_of(status) in GOES_BACK and find_text(document, "return_part_package") == "1":
        return Reading(ignored="parcel_part_return")

    def read_parcel() -> tuple[Parcel, Order | None]:
        return _read_parcel(document, code, status, source, received_at), None

    return read_status(STATUSES, status, document, "ghtk", NEEDS, read_parcel)


def _document_of(request: Request) -> dict[str, Json]:
    return get_object(parse_documents(request)[0])


def _names(request: Request) -> tuple[Json, Json]:
    document = _document_of(request)
    return find(document, "partner_id"), find(document, "label_id")


def _read_parcel(document: Json, code: str, status: str, source: Source, received_at: datetime) -> Parcel:
    reason = find_text(document, "reason")
    return Parcel(
        carrier="Giao Hàng Tiết Kiệm",
        code=code,
        reference=find_text(document, "partner_id"),
        status=status,
        time=_read_time(document, source) or received_at,
        reason=reason,
        cod=find_amount(document, "pick_money"),
        appointment=has_appointment(reason),
    )


def _read_time(document: Json, source: Source) -> datetime | None:
    try:
        return parse_time(find_text(document, "action_time") or "", ZoneInfo(source.timezone), day_first=True)
    except ValueError:
        raise BadPayload("/action_time", "is not a time such as 2026-11-25T08:30:00+07:00") from None
