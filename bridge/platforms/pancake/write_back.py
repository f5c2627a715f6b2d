"""Write a call's result to an order of Pancake POS: a line of its note, a tag, its confirmation, or a cancel.

The API key stands in the address: no address is ever logged. An order that has left is not changed any more, and some
fields vanish behind a 200, so that each write is read back.
Sources: Pancake's public clients of pos.pages.fm/api/v1, orders and their tags (read 2026-11-29)
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Refusal, Standing, WriteBack, plain_delivery
from bridge.lib.strictjson import parse_json
from bridge.platforms.pancake.reading import read
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.values import find, find_list, find_object, find_text
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

API = "https://pos.pages.fm/api/v1"
CONFIRMED, CANCELLED = 1, 6
UNCONFIRMED = ("0", "17")
CHANGEABLE = ("0", "17", "11", "12", "13", "20", "1")


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    """The order; for a tag the shop's tags too, which have numbers."""
    order = ApiRequest("GET", _url(source, f"orders/{quote(write.order_id, safe='')}"), {})
    return (order, ApiRequest("GET", _url(source, "orders/tags"), {})) if write.kind == "tag" else (order,)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    text = member_text(answers[0], "data")
    state = order_of(read, lambda where, order, topic: plain_delivery(where, order.encode()), "", source, text).state
    order = find_object(parse_json(answers[0]), "data")
    status = find_text(order, "status") or ""
    done = {
        "note": has_marker(find(order, "note"), write),
        "tag": has_tag(find(order, "tags"), write.text),
        "confirm_order": status == str(CONFIRMED),
        "cancel_order": status == str(CANCELLED),
    }
    if done.get(write.kind, False):
        return Standing(state, True)
    may = UNCONFIRMED if write.kind == "confirm_order" else CHANGEABLE
    return Standing(state, False, None if status in may or state != "open" else Refusal("write_locked", status))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    order = find_object(parse_json(answers[0]), "data")
    changed: dict[str, Json] = {}
    if write.kind == "note":
        changed = {"note": with_line(find(order, "note"), write)}
    elif write.kind == "tag":
        changed = {"tags": merge_numbers(find_list(order, "tags"), find_list(parse_json(answers[1]), "data"), write)}
    else:
        changed = {"status": CONFIRMED if write.kind == "confirm_order" else CANCELLED}
    return (json_request("PUT", _url(source, f"orders/{quote(write.order_id, safe='')}"), {}, changed),)


def probe(source: Source) -> ApiRequest:
    return ApiRequest("GET", _url(source, "orders/tags"), {})


def _url(source: Source, path: str) -> str:
    settings = source.settings
    shop = quote(str(settings["shop_id"]), safe="")
    return f"{base_url(source, API)}/shops/{shop}/{path}?{urlencode({'api_key': settings['api_key']})}"


WRITE_BACK = WriteBack(
    does={
        "note": ("thêm một dòng vào ghi chú nội bộ của đơn", "a line below the order's note"),
        "tag": TAG_MADE,
        "confirm_order": (
            "trạng thái Đã xác nhận (1), từ Mới hoặc Chờ xác nhận",
            "the status Đã xác nhận (1), of a new order",
        ),
        "cancel_order": ("trạng thái Đã hủy (6)", "the status Đã hủy (6)"),
    },
    lacks={"status": ("hãy dùng confirm_order hoặc cancel_order", "write confirm_order or cancel_order")},
    credentials=(("shop_id", "api_key"),),
    look=look,
    read=stand,
    requests=requests,
    judge=judge_json,
    probe=probe,
    scopes=(
        "API key trong Cấu hình › Nâng cao › Kết nối bên thứ 3",
        "an API key of Cấu hình › Nâng cao › Kết nối bên thứ 3",
    ),
    again=("đọc lại ghi chú, thẻ và trạng thái của đơn", "the order's note, tags and status are read"),
    echoes=("tin của đơn, không đánh dấu", "a message about the order, unmarked"),
    seconds_after=3,
    echo=Echo(
        stamps=("/event_type", "/updated_at"), notes=("/note",), tags=("/tags",), states=("/status", "/status_name")
    ),
)
