"""Write a call's result to a WooCommerce order: an internal note, a field of the order, or a status.

A note does not save the order, so that WooCommerce sends no `order.updated` for it; any PUT does, even one that changes
nothing. There is no idempotency key: a note is recognised by its marker.
Sources: woocommerce-rest-api-docs wp-api-v3 orders and order notes; woocommerce includes/rest-api/Controllers/Version3
(read 2026-11-29); `_fields`: developer.wordpress.org rest-api global parameters (read 2026-11-30)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from bridge.core.model import Json, Source, Write, WriteKind
from bridge.core.model.texts import Text
from bridge.core.platform import ApiRequest, Echo, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.states import meaning_of, state_of
from bridge.platforms.shared.values import each_line, find_text, get_id, get_object
from bridge.platforms.shared.write_back import judge_json, short_word
from bridge.platforms.woocommerce.access import api_request
from bridge.platforms.woocommerce.poll import POLL
from bridge.platforms.woocommerce.reading import STATES

FIELD = "vbot_tag"  # of the order's own fields; without a _ before it, WordPress shows it

READ = "id,status,meta_data"  # of the order: the shop computes no more, and sends less

# They end an order, return stock or move money; WooCommerce keeps a status of up to 20 characters, `wc-` with them.
_ENDS = frozenset({"completed", "cancelled", "refunded", "failed", "trash"})
_STATUS = re.compile(r"[a-z0-9][a-z0-9_-]{0,16}")


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    """The order; after an earlier try its internal notes too."""
    path = _path(write)
    order = api_request(source, "GET", path, {"_fields": READ})
    if write.kind != "note" or not again:
        return (order,)
    return (order, api_request(source, "GET", f"{path}/notes", {"type": "internal"}))


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = get_object(parse_json(answers[0]))
    get_id(order, "id")
    state = state_of(meaning_of(find_text(order, "status"), source, STATES))
    if write.kind == "note":
        return Standing(state, len(answers) > 1 and _has_note(parse_json(answers[1]), write))
    return Standing(state, _holds(order, write))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    """The write: a note for the shop's people alone, or only what changes of the order."""
    path = _path(write)
    if write.kind == "note":
        # A note for the customer would be mailed to the buyer.
        return (api_request(source, "POST", f"{path}/notes", None, {"note": write.text, "customer_note": False}),)
    return (api_request(source, "PUT", path, None, _changes(write)),)


def proves(write: Write, body: bytes) -> bool:
    document = parse_json(body)
    return _has_note([document], write) if write.kind == "note" else _holds(document, write)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """As usual; but without a route there is no such order only by mistake: permalinks, or the address, are wrong."""
    if status == 404 and short_word(body) != "woocommerce_rest_shop_order_invalid_id":
        return Refusal("write_bad_answer", short_word(body) or "404")
    return judge_json(status, headers, body)


def fits(kind: WriteKind, value: str) -> Text | None:
    """A status that the order may get: open, and one that WooCommerce keeps."""
    if kind != "status":
        return None
    if value in _ENDS:
        return (
            f"trạng thái {value} kết thúc đơn; hãy dùng on-hold, processing hoặc trạng thái riêng của shop",
            f"the status {value} ends the order; write on-hold, processing or a status of the shop's own",
        )
    if not _STATUS.fullmatch(value) or value.startswith("wc-"):
        return (
            "hãy viết tên (slug) của trạng thái, không có wc-, tối đa 17 ký tự",
            "write the status' slug without wc-, at most 17 characters",
        )
    return None


def probe(source: Source) -> ApiRequest:
    return api_request(source, "GET", "orders", {"per_page": 1})


def _path(write: Write) -> str:
    return f"orders/{quote(write.order_id, safe='')}"


def _changes(write: Write) -> dict[str, Json]:
    if write.kind == "tag":
        return {"meta_data": [{"key": FIELD, "value": write.text}]}
    return {"status": "cancelled" if write.kind == "cancel_order" else write.value}


def _has_note(notes: Json, write: Write) -> bool:
    entries = notes if isinstance(notes, list) else []
    return any(write.marker in (find_text(note, "note") or "") for note in entries)


def _holds(order: Json, write: Write) -> bool:
    if write.kind == "tag":
        metas = [meta for _, meta in each_line(order, "meta_data")]
        return any(find_text(meta, "key") == FIELD and find_text(meta, "value") == write.text for meta in metas)
    return bool(find_text(order, "status") == _changes(write)["status"])


WRITE_BACK = WriteBack(
    does={
        "note": ("ghi chú nội bộ của đơn", "an internal note of the order"),
        "tag": (f"trường tùy chỉnh `{FIELD}` của đơn", f"the order's custom field `{FIELD}`"),
        "status": (
            "trạng thái còn mở: on-hold, processing hoặc trạng thái riêng của shop",
            "an open status: on-hold, processing or one of the shop's own",
        ),
        "cancel_order": (
            "trạng thái cancelled: hàng về kho, WooCommerce gửi e-mail cho quản trị shop",
            "the status cancelled: stock returns, and WooCommerce mails the shop's administrator",
        ),
    },
    lacks={
        "confirm_order": (
            "đơn WooCommerce không có bước xác nhận: đơn COD đã ở trạng thái processing",
            "an order of WooCommerce has no confirmation: one with cash on delivery is processing already",
        )
    },
    credentials=POLL.credentials,
    look=look,
    read=stand,
    requests=requests,
    judge=judge,
    proves=proves,
    probe=probe,
    scopes=("khóa REST API với quyền Đọc/Ghi (Read/Write)", "a REST API key with the permission Read/Write"),
    again=(
        "ghi chú: tìm dấu trong các ghi chú nội bộ; còn lại: đọc giá trị trong đơn",
        "a note by its marker among the internal notes; all else by its value in the order",
    ),
    echoes=(
        "ghi chú: không; còn lại: `order.updated`",
        "a note: none; all else: `order.updated`",
    ),
    fits=fits,
    echo=Echo(
        stamps=("/date_modified", "/date_modified_gmt"),
        own=(("/meta_data", FIELD),),
        states=("/status", "/is_editable", "/needs_payment", "/needs_processing"),
    ),
)
