"""Ask GHN to deliver a parcel again: possible while it waits to be returned, 24 hours unless the contract says else.

Its status is `storing` then. Sources: api.ghn.vn, documents 65 (deliver again), 119 (detail), both read 2026-11-30;
the list of an account's shops as clients in use ask for it
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.model import BadPayload, Json, Source, Write
from bridge.core.platform import ApiRequest, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.ghn.api import API, PATH
from bridge.platforms.ghn.reading import LAST_CHANCE, STATUSES
from bridge.platforms.shared.carriers.statuses import STATES
from bridge.platforms.shared.values import find, find_text
from bridge.platforms.shared.write_back import json_request, judge_json

AGAIN = "/shiip/public-api/v2/switch-status/storing"
SHOPS = "/shiip/public-api/v2/shop/all"
WAITING = (LAST_CHANCE, "delivery_fail")


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (_ask(source, PATH, {"order_code": write.order_id}),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """Where the parcel is. What is on its way again needs no asking. Errors: BadPayload."""
    data = find(parse_json(answers[0]), "data")
    status = find_text(data[0] if isinstance(data, list) and data else data, "status")
    if status is None:
        raise BadPayload("/data/status", "is missing")
    topic = STATUSES.topic_of(status)
    if status in WAITING:
        return Standing("fulfilled", False)
    if topic is None or topic == "delivery.out":
        return Standing("fulfilled", status in STATUSES.between or topic is not None)
    # It was taken, it goes back, or it is gone.
    return Standing(STATES[topic], False, Refusal("write_order_moved_on", status))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    return (_ask(source, AGAIN, {"order_codes": [write.order_id]}),)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """GHN says no by its own code, and of each parcel by its `result`."""
    refusal = judge_json(status, headers, body)
    if refusal is not None and refusal.reason != "write_refused":
        return refusal
    try:
        document = parse_json(body)
    except BadPayload:
        return refusal
    word = find_text(document, "code_message") or find_text(document, "code") or str(status)
    if word == "SHOP_NOT_FOUND":
        return Refusal("write_credentials", word)
    is_taken = find_text(document, "code") == "200" and find(document, "data", 0, "result") is not False
    return None if refusal is None and is_taken else Refusal("write_refused", word)


def proves(write: Write, body: bytes) -> bool:
    document = parse_json(body)
    parcel = (find_text(document, "data", 0, "order_code"), find(document, "data", 0, "result"))
    return parcel == (write.order_id, True)


def probe(source: Source) -> ApiRequest:
    return _ask(source, SHOPS, {"offset": 0, "limit": 1})


def _ask(source: Source, path: str, body: dict[str, Json]) -> ApiRequest:
    base = str(source.settings.get("api_url") or API).rstrip("/")
    headers = {"Token": str(source.settings["token"]), "ShopId": str(source.settings["shop_id"])}
    return json_request("POST", f"{base}{path}", headers, body)


WRITE_BACK = WriteBack(
    does={
        "redeliver": (
            "yêu cầu giao lại kiện đang chờ chuyển hoàn (`switch-status/storing`)",
            "asks for the parcel that waits to be returned to be delivered again (`switch-status/storing`)",
        ),
    },
    lacks={
        kind: ("GHN không giữ đơn hàng của cửa hàng", "GHN keeps no order of a shop")
        for kind in ("note", "tag", "status", "confirm_order", "cancel_order")
    },
    credentials=(("token", "shop_id"),),
    look=look,
    read=stand,
    requests=requests,
    judge=judge,
    proves=proves,
    probe=probe,
    proposes=None,
    scopes=("token và ShopId của cửa hàng tại GHN", "the shop's token and ShopId at GHN"),
    again=("đọc lại trạng thái của kiện", "the parcel's status is read"),
    echoes=("trạng thái mới của kiện", "the parcel's next status"),
)
