"""Write a call's result to a BigCommerce order: a line of the staff's notes, a status, or a cancel.

Fields that are left out stay. Products and fees are never sent: they would clear discounts.
Source: https://docs.bigcommerce.com, REST management API, orders v2, and rate limits (read 2026-11-29)
"""

from __future__ import annotations

from urllib.parse import quote

from bridge.core.model import OrderState, Source, Write, WriteKind
from bridge.core.model.texts import Text
from bridge.core.platform import ApiRequest, Echo, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.bigcommerce.api import API
from bridge.platforms.bigcommerce.order import STATES
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.values import find, find_flag, find_text, get_object
from bridge.platforms.shared.write_back import has_marker, json_request, judge_json, with_line

CANCELLED = 5
STATUSES = {
    "pending": 1,
    "awaiting_payment": 7,
    "awaiting_shipment": 9,
    "awaiting_fulfillment": 11,
    "manual_verification": 12,
}


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (ApiRequest("GET", _url(source, write), _headers(source)),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = get_object(parse_json(answers[0]))
    status = find_text(order, "status_id") or ""
    state: OrderState = "deleted" if find_flag(order, "is_deleted") else STATES.get(status, "open")
    if write.kind == "note":
        return Standing(state, has_marker(find(order, "staff_notes"), write))
    return Standing(state, status == str(_status(write)))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    notes = find(parse_json(answers[0]), "staff_notes")
    changed = {"staff_notes": with_line(notes, write)} if write.kind == "note" else {"status_id": _status(write)}
    return (json_request("PUT", _url(source, write), _headers(source), changed),)


def fits(kind: WriteKind, value: str) -> Text | None:
    if kind != "status" or value in STATUSES:
        return None
    return f"trạng thái phải là một trong {', '.join(STATUSES)}", f"the status must be one of {', '.join(STATUSES)}"


def probe(source: Source) -> ApiRequest:
    return ApiRequest("GET", f"{_base(source)}/v2/orders?limit=1", _headers(source))


def _status(write: Write) -> int:
    return CANCELLED if write.kind == "cancel_order" else STATUSES.get(write.value, 0)


def _url(source: Source, write: Write) -> str:
    return f"{_base(source)}/v2/orders/{quote(write.order_id, safe='')}"


def _base(source: Source) -> str:
    return f"{base_url(source, API)}/stores/{quote(str(source.settings['store_hash']), safe='')}"


def _headers(source: Source) -> dict[str, str]:
    return {"X-Auth-Token": str(source.settings["access_token"]), "Accept": "application/json"}


WRITE_BACK = WriteBack(
    does={
        "note": ("thêm một dòng vào ghi chú của nhân viên (staff_notes)", "a line below the order's staff notes"),
        "status": (
            f"một trong {', '.join(STATUSES)}; cửa hàng có thể gửi e-mail cho khách theo cài đặt của nó",
            f"one of {', '.join(STATUSES)}; the shop may mail the buyer, as it is set there",
        ),
        "cancel_order": ("trạng thái Cancelled (5)", "the status Cancelled (5)"),
    },
    lacks={
        "tag": ("đơn BigCommerce không có thẻ", "an order of BigCommerce has no tags"),
        "confirm_order": ("đơn BigCommerce không có bước xác nhận", "an order of BigCommerce has no confirmation"),
    },
    credentials=(("store_hash", "access_token"),),
    look=look,
    read=stand,
    requests=requests,
    judge=judge_json,
    probe=probe,
    scopes=("quyền Orders: modify (store_v2_orders)", "the scope Orders: modify (store_v2_orders)"),
    again=("đọc lại staff_notes và status_id", "staff_notes and status_id are read"),
    echoes=("`store/order/updated`, `store/order/statusUpdated`", "`store/order/updated`, `store/order/statusUpdated`"),
    fits=fits,
    seconds_after=0.6,
    echo=Echo(
        stamps=("/scope", "/created_at", "/hash", "/data/status", "/fetched/order/date_modified"),
        notes=("/fetched/order/staff_notes",),
        states=("/fetched/order/status_id", "/fetched/order/status", "/fetched/order/custom_status"),
        words={name: str(number) for name, number in STATUSES.items()},
    ),
)
