"""Write a call's result to an order of SHOPLINE: an entry of its note_attributes, the order's additional details.

The order's own note and tags cannot be written. Whether the list is replaced or lengthened is not documented: what
stands there is sent with ours beside it, and the order is read again.
Sources: developer.shopline.com admin-rest-api, update an order and get orders (read 2026-11-30)
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.shopify_like.twins import twin_state
from bridge.platforms.shared.values import find, find_list, find_text, get_id, get_object
from bridge.platforms.shared.write_back import json_request, judge_json
from bridge.platforms.shopline.hooks import CREDENTIALS, api_url, login_headers

DETAILS = "note_attributes"


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (_orders(source, {"ids": write.order_id, "status": "any"}),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = find(parse_json(answers[0]), "orders", 0)
    if order is None:
        return Standing("deleted", False, Refusal("write_order_gone"))
    get_id(get_object(order), "id")
    stands = any(write.marker in (find_text(one, "value") or "") for one in find_list(order, DETAILS))
    return Standing(twin_state(get_object(order)), stands)


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    order = find(parse_json(answers[0]), "orders", 0)
    ours = {"name": write.marker.strip("[]"), "value": write.text}
    changed: Json = {"order": {"id": find(order, "id"), DETAILS: [*find_list(order, DETAILS), ours]}}
    url = f"{api_url(source)}/orders/{quote(write.order_id, safe='')}.json"
    return (json_request("PUT", url, login_headers(source), changed),)


def probe(source: Source) -> ApiRequest:
    return _orders(source, {"limit": 1})


def _orders(source: Source, query: Mapping[str, object]) -> ApiRequest:
    return ApiRequest("GET", f"{api_url(source)}/orders.json?{urlencode(query)}", login_headers(source))


WRITE_BACK = WriteBack(
    does={
        "note": (
            "một mục trong thông tin bổ sung (note_attributes) của đơn",
            "an entry of the order's additional details (note_attributes)",
        )
    },
    lacks={
        "tag": (
            "API chỉ sửa được thẻ của từng món hàng, không sửa được thẻ của đơn",
            "its API changes the tags of a line alone, not those of the order",
        ),
        "status": ("đơn SHOPLINE không có trạng thái đặt được", "an order of SHOPLINE has no status that can be set"),
        "confirm_order": ("đơn SHOPLINE không có bước xác nhận", "an order of SHOPLINE has no confirmation"),
        "cancel_order": (
            "khi hủy đơn, API bắt ghi rõ hoàn bao nhiêu tiền: việc đó phải do người quyết định",
            "its cancel wants to know how much money goes back, which a person decides",
        ),
    },
    credentials=CREDENTIALS,
    look=look,
    read=stand,
    requests=requests,
    judge=judge_json,
    probe=probe,
    scopes=("quyền read_orders và write_orders của ứng dụng", "the app's scopes read_orders and write_orders"),
    again=("đọc lại note_attributes của đơn", "the order's note_attributes are read"),
    echoes=("coi như có `orders/updated`", "taken for certain: `orders/updated`"),
    seconds_between=0.25,
    echo=Echo(stamps=("/updated_at",), notes=(f"/{DETAILS}",)),
)
