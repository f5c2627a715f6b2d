"""Write a call's result to an order of Sapo Web: a tag, a line of its note, or a cancel.

Tags and note are replaced as a whole: they are read, merged, written and read again, for a 200 is no proof here.
Sapo GO has other addresses, and is not written to. There is no confirmation on the web.
Source: Sapo's API documentation as its public clients mirror it, orders (read 2026-11-29)
"""

from __future__ import annotations

from urllib.parse import quote

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.sapo.go import is_go
from bridge.platforms.sapo.poll import POLL, login_headers
from bridge.platforms.sapo.reading import read
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.write_back import CANCEL, CANCELLED_BY_BUYER, NOTE, TAG, standing_of
from bridge.platforms.shared.values import find, find_object
from bridge.platforms.shared.write_back import (
    json_request,
    judge_json,
    member_text,
    merge_tags,
    order_of,
    with_line,
)


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (ApiRequest("GET", f"{_order_url(source, write)}.json", login_headers(source)),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = find_object(parse_json(answers[0]), "order")
    state = order_of(read, POLL.delivery, "orders/updated", source, member_text(answers[0], "order")).state
    if is_go(order):
        return Standing(state, False, Refusal("write_not_possible", "Sapo GO"))
    return standing_of(order, state, write)


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    url, order = _order_url(source, write), find_object(parse_json(answers[0]), "order")
    if write.kind == "cancel_order":
        return (json_request("POST", f"{url}/cancel.json", login_headers(source), CANCELLED_BY_BUYER),)
    if write.kind == "tag":
        changed: Json = {"tags": ", ".join(merge_tags(find(order, "tags"), write.text, write.instead))}
    else:
        changed = {"note": with_line(find(order, "note"), write)}
    return (json_request("PUT", f"{url}.json", login_headers(source), {"order": {"id": find(order, "id"), **changed}}),)


def probe(source: Source) -> ApiRequest:
    return ApiRequest("GET", f"{base_url(source)}/admin/orders.json?limit=1", login_headers(source))


def _order_url(source: Source, write: Write) -> str:
    return f"{base_url(source)}/admin/orders/{quote(write.order_id, safe='')}"


WRITE_BACK = WriteBack(
    does={"note": NOTE, "tag": TAG, "cancel_order": CANCEL},
    lacks={
        "confirm_order": ("API của Sapo Web không có xác nhận đơn", "the API of Sapo Web has no confirmation"),
        "status": ("đơn Sapo Web không có trạng thái đặt được", "an order of Sapo Web has no status that can be set"),
    },
    proposes="tag",
    credentials=POLL.credentials,
    look=look,
    read=stand,
    requests=requests,
    judge=judge_json,
    probe=probe,
    scopes=("quyền Đọc và ghi đơn hàng (write_orders)", "the right to read and write orders (write_orders)"),
    again=("đọc lại tag, ghi chú và trạng thái của đơn", "the order's tags, note and state are read"),
    echoes=("coi như có `orders/updated`", "taken for certain: `orders/updated`"),
    seconds_after=5,
    echo=Echo(stamps=("/modified_on",), tags=("/tags",), notes=("/note",)),
)
