"""Write a call's result to a Haravan order: a tag beside the others, a line of its note, its confirmation, or a cancel.

A confirmation is final: Haravan has no way back. Money is never marked as received.
Source: docs.haravan.com omni-apis/orders and tags (read 2026-11-29)
"""

from __future__ import annotations

from urllib.parse import quote

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.haravan.poll import API, POLL
from bridge.platforms.haravan.reading import read
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.write_back import CANCEL, CANCELLED_BY_BUYER, NOTE, TAG, standing_of
from bridge.platforms.shared.values import find, find_object, find_text
from bridge.platforms.shared.write_back import (
    has_tag,
    json_request,
    judge_json,
    member_text,
    order_of,
    with_line,
)


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (ApiRequest("GET", f"{_order_url(source, write)}.json", _headers(source)),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    state = order_of(read, POLL.delivery, "orders/updated", source, member_text(answers[0], "order")).state
    order = find_object(parse_json(answers[0]), "order")
    is_confirmed = find_text(order, "confirmed_status") == "confirmed" or find_text(order, "confirmed_at") is not None
    return standing_of(order, state, write, is_confirmed=is_confirmed)


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    url = _order_url(source, write)
    if write.kind == "tag":
        gone = [_send("DELETE", source, f"{url}/tags.json", {"tags": ",".join(write.instead)})] if write.instead else []
        return (*gone, _send("POST", source, f"{url}/tags.json", {"tags": write.text}))
    if write.kind == "note":
        order = find_object(parse_json(answers[0]), "order")
        note = with_line(find(order, "note"), write)
        return (_send("PUT", source, f"{url}.json", {"order": {"id": find(order, "id"), "note": note}}),)
    if write.kind == "confirm_order":
        return (_send("POST", source, f"{url}/confirm.json", {}),)
    return (_send("POST", source, f"{url}/cancel.json", CANCELLED_BY_BUYER),)


def proves(write: Write, body: bytes) -> bool:
    """The answer to a new tag is the whole list."""
    return write.kind == "tag" and has_tag(find(parse_json(body), "tags"), write.text)


def probe(source: Source) -> ApiRequest:
    return ApiRequest("GET", f"{base_url(source, API)}/com/orders.json?limit=1", _headers(source))


def _order_url(source: Source, write: Write) -> str:
    return f"{base_url(source, API)}/com/orders/{quote(write.order_id, safe='')}"


def _send(method: str, source: Source, url: str, body: Json) -> ApiRequest:
    return json_request(method, url, _headers(source), body)


def _headers(source: Source) -> dict[str, str]:
    return {"Authorization": f"Bearer {source.settings['access_token']}"}


WRITE_BACK = WriteBack(
    does={
        "note": NOTE,
        "tag": TAG,
        "confirm_order": (
            "“Xác thực đơn hàng”: dấu xanh trong danh sách đơn; Haravan không cho bỏ xác thực",
            "“Xác thực đơn hàng”, the green tick in the order list, which Haravan never takes back",
        ),
        "cancel_order": CANCEL,
    },
    lacks={"status": ("đơn Haravan không có trạng thái đặt được", "an order of Haravan has no status that can be set")},
    proposes="tag",
    credentials=POLL.credentials,
    look=look,
    read=stand,
    requests=requests,
    judge=judge_json,
    proves=proves,
    probe=probe,
    scopes=("quyền com.write_orders của ứng dụng", "the app's scope com.write_orders"),
    again=(
        "đọc lại tag, ghi chú, xác thực và trạng thái của đơn",
        "the order's tags, note, confirmation and state are read",
    ),
    echoes=("`orders/updated`; khi hủy: `orders/cancelled`", "`orders/updated`; of a cancel `orders/cancelled`"),
    seconds_after=0.75,
    echo=Echo(
        stamps=("/updated_at",),
        tags=("/tags",),
        notes=("/note",),
        states=("/confirmed_status", "/confirmed_at", "/confirm_user", "/confirmed_user", "/order_processing_status"),
    ),
)
