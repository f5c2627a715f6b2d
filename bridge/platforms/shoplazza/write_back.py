"""Write a call's result to a Shoplazza order: a line of the merchant's note, or a tag.

Both are sent as they are to be: they are read, merged, written and read again, for whether the shop adds or replaces is
not documented. Version 2022-01 is asked: 2026-01 says 500 for a broken rule too.
Sources: shoplazza.dev/reference/order-details-3, update-order-3, and the status codes of 2022-01 (read 2026-11-30)
"""

from __future__ import annotations

from urllib.parse import quote

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.shopify_like.twins import twin_state
from bridge.platforms.shared.shopify_like.write_back import NOTE, TAG, standing_of
from bridge.platforms.shared.values import find, find_object, get_id
from bridge.platforms.shared.write_back import json_request, judge_json, merge_tags, with_line
from bridge.platforms.shoplazza.hooks import CREDENTIALS, api_url, login_headers


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (ApiRequest("GET", _order_url(source, write), login_headers(source)),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = find_object(parse_json(answers[0]), "order")
    get_id(order, "id")
    return standing_of(order, twin_state(order), write)


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    order = find_object(parse_json(answers[0]), "order")
    changed: Json = (
        {"tags": ",".join(merge_tags(find(order, "tags"), write.text, write.instead))}
        if write.kind == "tag"
        else {"note": with_line(find(order, "note"), write)}
    )
    return (json_request("PUT", _order_url(source, write), login_headers(source), changed),)


def probe(source: Source) -> ApiRequest:
    return ApiRequest("GET", f"{api_url(source)}/orders?limit=1", login_headers(source))


def _order_url(source: Source, write: Write) -> str:
    return f"{api_url(source)}/orders/{quote(write.order_id, safe='')}"


WRITE_BACK = WriteBack(
    does={"note": NOTE, "tag": TAG},
    lacks={
        "status": ("đơn Shoplazza không có trạng thái đặt được", "an order of Shoplazza has no status that can be set"),
        "confirm_order": ("đơn Shoplazza không có bước xác nhận", "an order of Shoplazza has no confirmation"),
        "cancel_order": ("API chưa có tài liệu về việc hủy đơn", "how its API cancels an order is not documented"),
    },
    proposes="tag",
    credentials=CREDENTIALS,
    look=look,
    read=stand,
    requests=requests,
    judge=judge_json,
    probe=probe,
    scopes=("quyền read_order và write_order của ứng dụng", "the app's scopes read_order and write_order"),
    again=("đọc lại tag và ghi chú của đơn", "the order's tags and note are read"),
    echoes=("coi như có `orders/update`", "taken for certain: `orders/update`"),
    seconds_between=0.5,
    echo=Echo(stamps=("/updated_at",), tags=("/tags",), notes=("/note",)),
)
