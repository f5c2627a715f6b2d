"""Write a call's result to a Nhanh order: a line of its private description, a tag, or a status.

Only what changes is sent, for a blank value erases; the printed description is left alone. Tags are numbers that the
shop has made; whether `tagIds` adds or replaces is not documented, so that all are sent, and one of an earlier result
may stay. Refusals come with the status 200, and a request during a lock lengthens it.
Source: apidocs.nhanh.vn v3 order/edit, order/list, order/tags and rate limits (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from bridge.core.model import BadPayload, Json, Source, Write
from bridge.core.platform import ApiRequest, CannotWrite, Echo, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.nhanh.poll import API, POLL
from bridge.platforms.nhanh.reading import NEW, OPEN, read
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.values import find, find_list, find_text
from bridge.platforms.shared.write_back import (
    has_marker,
    has_tag,
    json_request,
    judge_json,
    member_text,
    order_of,
    with_line,
)
from bridge.platforms.shared.write_back.numbered_tags import TAG_MADE, merge_numbers

CONFIRMED, CANCELLED_BY_BUYER = 56, 63
_CODES = {
    "ERR_INVALID_ACCESS_TOKEN": "write_credentials",
    "ERR_BUSINESS_NOT_ENABLE_API": "write_credentials",
    "ERR_403": "write_scope",
    "ERR_429": "write_rate_limited",
    "ERR_EXCEEDED_RATE_LIMIT": "write_rate_limited",
}
# How Nhanh says that an order with a carrier, or at its end, is not changed any more.
_LOCKED = ("không thể cập nhật", "đã hoàn")
_LOCK_SECONDS = 30  # where the answer names no other


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    """The order; for a tag the shop's tags too, which have numbers."""
    order = _ask(source, "order/list", {"filters": {"ids": [_number(write)]}})
    return (order, _ask(source, "order/tags", {})) if write.kind == "tag" else (order,)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    found = find_list(parse_json(answers[0]), "data")
    if not found:
        return Standing("deleted", False, Refusal("write_order_gone"))
    order = order_of(read, POLL.delivery, "orderUpdate", source, member_text(answers[0], "data", 0))
    info = find(found, 0, "info")
    status = find_text(info, "status") or ""
    if write.kind == "confirm_order":
        may = status in NEW or order.state != "open"
        return Standing(order.state, status in OPEN, None if may else Refusal("write_locked", status))
    done = {
        "note": has_marker(find(info, "privateDescription"), write),
        "tag": has_tag(find(info, "tags"), write.text),
        "cancel_order": status == str(CANCELLED_BY_BUYER),
    }
    return Standing(order.state, done.get(write.kind, False))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    info = find(parse_json(answers[0]), "data", 0, "info")
    if write.kind == "tag":
        known = find_list(parse_json(answers[1]), "data")
        changed: dict[str, Json] = {"tagIds": merge_numbers(find_list(info, "tags"), known, write)}
    elif write.kind == "note":
        changed = {"privateDescription": with_line(find(info, "privateDescription"), write)}
    else:
        changed = {"status": CONFIRMED if write.kind == "confirm_order" else CANCELLED_BY_BUYER}
    return (_ask(source, "order/edit", {"info": {"id": _number(write), **changed}}),)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """`{code: 0, errorCode, messages}` is a refusal, mostly with 200; messages may be text, a list or an object."""
    refusal = judge_json(status, headers, body)
    try:
        document = parse_json(body)
    except BadPayload:
        return refusal or Refusal("write_bad_answer", "not JSON")
    code = find_text(document, "errorCode")
    if code is None and (refusal is not None or find_text(document, "code") == "1"):
        return refusal
    code = code or "code 0"
    reason = _CODES.get(code, "write_refused")
    said = json.dumps(find(document, "messages"), ensure_ascii=False, default=str).lower()
    if reason == "write_refused" and any(words in said for words in _LOCKED):
        reason = "write_locked"
    elif reason == "write_refused" and "không tồn tại" in said:
        reason = "write_order_gone"
    seconds = find_text(document, "data", "lockedSeconds") or ""
    locked = int(seconds) + 1 if seconds.isdigit() else _LOCK_SECONDS
    return Refusal(reason, code, timedelta(seconds=locked if reason == "write_rate_limited" else 0))


def probe(source: Source) -> ApiRequest:
    return _ask(source, "order/list", {"filters": {}, "paginator": {"size": 1}})


def _ask(source: Source, path: str, body: Json) -> ApiRequest:
    settings = source.settings
    who = urlencode({"appId": settings["app_id"], "businessId": settings["business_id"]})
    headers = {"Authorization": str(settings["access_token"])}
    return json_request("POST", f"{base_url(source, API)}/v3.0/{path}?{who}", headers, body)


def _number(write: Write) -> int:
    if not write.order_id.isdigit():
        raise CannotWrite(Refusal("write_order_gone"))
    return int(write.order_id)


WRITE_BACK = WriteBack(
    does={
        "note": ("thêm một dòng vào Ghi chú CSKH (privateDescription)", "a line below the order's privateDescription"),
        "tag": TAG_MADE,
        "confirm_order": ("trạng thái 56 Đã xác nhận, từ đơn mới", "the status 56 Đã xác nhận, of a new order"),
        "cancel_order": ("trạng thái 63 Khách hủy", "the status 63 Khách hủy"),
    },
    lacks={
        "status": ("hãy dùng confirm_order hoặc cancel_order", "write confirm_order or cancel_order"),
    },
    credentials=POLL.credentials,
    look=look,
    read=stand,
    requests=requests,
    judge=judge,
    probe=probe,
    scopes=(
        "quyền xem và sửa đơn hàng, cấp khi kết nối ứng dụng",
        "the right to read and edit orders, given when the app is connected",
    ),
    again=(
        "đọc lại trạng thái, nhãn và ghi chú CSKH",
        "the order's status, tags and private description are read",
    ),
    echoes=("`orderUpdate`", "`orderUpdate`"),
    seconds_after=0.5,
    echo=Echo(
        stamps=("/event", "/data/info/updatedAt"),
        tags=("/data/info/tags",),
        notes=("/data/info/privateDescription",),
        states=("/data/info/status", "/data/info/statusName"),
    ),
)
