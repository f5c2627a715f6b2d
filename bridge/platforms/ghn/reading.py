"""What a delivery of GHN means: one status of one parcel.

The documented names are in PascalCase; names such as `order_code`, and signatures in headers, that public receivers
expect are in no document of GHN. Sources: api.ghn.vn, documents 47 and 119 (read 2026-11-29)
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.core.model import BadPayload, Json, Order, Parcel, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.carriers.statuses import Statuses, has_appointment, own_order, plain_reference, read_status
from bridge.platforms.shared.order_ids import plain_document
from bridge.platforms.shared.values import (
    find,
    find_amount,
    find_instant,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
)

DETAIL = "detail"
TOPICS = {
    "delivering": "delivery.out",
    "money_collect_delivering": "delivery.out",
    "delivery_fail": "delivery.failed",
    "waiting_to_return": "delivery.failed",
    "return": "delivery.returning",
    "return_transporting": "delivery.returning",
    "return_sorting": "delivery.returning",
    "returning": "delivery.returning",
    "return_fail": "delivery.returning",
    "returned": "delivery.returned",
    "delivered": "delivery.delivered",
}
STATUSES = Statuses(
    TOPICS,
    cancelled=frozenset({"cancel", "lost", "damage"}),
    between=frozenset(
        [
            "ready_to_pick",
            "picking",
            "money_collect_picking",
            "picked",
            "storing",
            "transporting",
            "sorting",
            "exception",
        ]
    ),
)
NEEDS = Needs(
    always=("/OrderCode", "/Status"),
    deciding=("/ClientOrderCode", "/Time", "/CODAmount", "/Type", "/fetched/detail/data"),
)
CALLED_ABOUT = ("delivery.out", "delivery.failed", "delivery.returning")
LAST_CHANCE, RETURN_HOURS = "waiting_to_return", 24
_SWITCH = "switch_status"


def dedup_key(request: Request, source: Source) -> str:
    """Parcel, type, status and its time: a status that is sent again is the same."""
    try:
        document = get_object(parse_json(request.body))
    except BadPayload:
        document = {}
    parts = [find_text(document, name) for name in ("OrderCode", "Type", "Status", "Time")]
    return join_key(*(part or "" for part in parts)) if all(parts) else join_key("body", hash_body(request.body))


def order_id(request: Request, source: Source) -> str | None:
    """The shop's word for the order; the parcel's code where it gave none."""
    document = plain_document(request)
    return plain_reference(lambda _: (find(document, "ClientOrderCode"), find(document, "OrderCode")), request)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery; with an order where GHN's API gave the buyer.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no parcel or status, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    code, status = get_id(document, "OrderCode"), get_id(document, "Status")
    if (find_text(document, "Type") or _SWITCH).lower() != _SWITCH:
        return Reading(ignored="parcel_between")
    if code.endswith("_PR") or code == find_text(document, "PartialReturnCode"):
        return Reading(ignored="parcel_part_return")
    told = get_object(parse_json(request.fetched[DETAIL])) if DETAIL in request.fetched else None
    shown = document if told is None else {**document, "fetched": {DETAIL: told}}
    topic, is_incomplete = STATUSES.topic_of(status), lacks_detail(document, request, source)

    def read_parcel() -> tuple[Parcel, Order | None]:
        parcel = _read_parcel(document, code, status, source, received_at)
        return parcel, _read_order(shown, parcel, topic or "") if told is not None else None

    return read_status(STATUSES, status, shown, "ghn", NEEDS, read_parcel, is_incomplete=is_incomplete)


def lacks_detail(document: Json, request: Request, source: Source) -> bool:
    """Whether GHN is still to be asked for the buyer: the source has a token, and somebody may be called."""
    is_asked = bool(source.settings.get("token")) and DETAIL not in request.fetched
    if not is_asked or (find_text(document, "Type") or _SWITCH).lower() != _SWITCH:
        return False
    code = get_id(document, "OrderCode")
    is_part = code.endswith("_PR") or code == find_text(document, "PartialReturnCode")
    return not is_part and TOPICS.get(get_id(document, "Status")) in CALLED_ABOUT


def _read_parcel(document: Json, code: str, status: str, source: Source, received_at: datetime) -> Parcel:
    at = find_instant(document, "Time") or received_at
    reason, note = find_text(document, "Reason"), find_text(document, "Description")
    hours = source.settings.get("return_hours", RETURN_HOURS)
    return Parcel(
        carrier="Giao Hàng Nhanh",
        code=code,
        reference=find_text(document, "ClientOrderCode"),
        status=status,
        time=at,
        reason=reason,
        note=note,
        cod=find_amount(document, "CODAmount"),
        return_by=at + timedelta(hours=float(hours)) if status == LAST_CHANCE else None,
        appointment=has_appointment(reason, note),
    )


def find_buyer(detail: Json) -> dict[str, Json]:
    """The parcel in an answer of GHN's API; {} where the answer has no number of the buyer."""
    data = find(detail, "data")
    parcel = data[0] if isinstance(data, list) and data else data
    return parcel if isinstance(parcel, dict) and find_text(parcel, "to_phone") else {}


def _read_order(shown: Json, parcel: Parcel, topic: str) -> Order:
    """The buyer as GHN's API has it: `to_phone`, never the sender's `from_phone` or `return_phone`."""
    buyer = find_buyer(find(shown, "fetched", DETAIL))
    if not buyer:
        raise BadPayload("/fetched/detail/data", "is missing")
    phone, name, address = (find_text(buyer, key) for key in ("to_phone", "to_name", "to_address"))
    return own_order(parcel, topic, phone, name, address)
