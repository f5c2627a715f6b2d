"""Write a call's result to an order of Pancake POS: a line of its note, a tag, its confirmation, or a cancel.

The API key stands in the address: no address is ever logged. An order that has left is not changed any more, and some
fields vanish behind a 200, so that each write is read back.
Sources: Pancake's public clients of pos.pages.fm/api/v1, orders and their tags (read 2026-11-29)
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, CannotWrite, Echo, Refusal, Standing, WriteBack, plain_delivery
from bridge.lib.strictjson import parse_json
from bridge.platforms.pancake.reading import read
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.values import each_line, find, find_list, find_object, find_text
from bridge.platforms.shared.write_back import has_marker, json_request, judge_json, member_text, order_of, with_line

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
        "tag": write.text.casefold() in {name.casefold() for name in _tags(order).values()},
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
        changed = {"tags": _merged(order, find_list(parse_json(answers[1]), "data"), write)}
    else:
        changed = {"status": CONFIRMED if write.kind == "confirm_order" else CANCELLED}
    return (json_request("PUT", _url(source, f"orders/{quote(write.order_id, safe='')}"), {}, changed),)


def probe(source: Source) -> ApiRequest:
    return ApiRequest("GET", _url(source, "orders/tags"), {})


def _merged(order: Json, known: list[Json], write: Write) -> list[Json]:
    """The numbers of the order's tags with ours beside them. CannotWrite: the shop has no tag of this name."""
    mine = next((tag for tag in known if (find_text(tag, "name") or "").casefold() == write.text.casefold()), None)
    if mine is None:
        raise CannotWrite(Refusal("write_unknown_name", write.text))
    gone = {name.casefold() for name in write.instead}
    kept = [number for number, name in _tags(order).items() if name.casefold() not in gone]
    return [*kept, find(mine, "id")]


def _tags(order: Json) -> dict[Json, str]:
    return {find(tag, "id"): find_text(tag, "name") or "" for _, tag in each_line(order, "tags")}


def _url(source: Source, path: str) -> str:
    settings = source.settings
    shop = quote(str(settings["shop_id"]), safe="")
    return f"{base_url(source, API)}/shops/{shop}/{path}?{urlencode({'api_key': settings['api_key']})}"


WRITE_BACK = WriteBack(
    does={
        "note": ("thêm một dòng vào ghi chú nội bộ của đơn", "a line below the order's note"),
        "tag": ("một thẻ đã tạo sẵn ở cửa hàng, theo tên", "a tag that the shop has made, by its name"),
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
    seconds_after=2,
    echo=Echo(stamps=("/updated_at",), notes=("/note",), tags=(), states=("/status", "/status_name")),
)
