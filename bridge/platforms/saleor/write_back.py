"""Write a call's result to a Saleor order: a note of its history, a private field, or a cancel.

A note is appended, and its marker is looked for in the order's history. Confirming an order of Saleor mails the buyer
and captures money, so that no rule may.
Source: saleor/saleor 3.24, graphql/order and graphql/meta (read 2026-11-29)
"""

from __future__ import annotations

from bridge.core.model import Json, Source, Write
from bridge.core.platform import ApiRequest, Echo, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.saleor.reading import STATES
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.values import each_line, find, find_text
from bridge.platforms.shared.write_back.graphql import ask, judge_graphql

FIELD = "vbot_tag"
ORDER = """query Order($id: ID!) { order(id: $id) {
  status privateMetafields(keys: ["vbot_tag"]) events { type message } } }"""
NOTE = """mutation Note($id: ID!, $message: String!) {
  orderNoteAdd(order: $id, input: {message: $message}) {
    event { message } errors { field message code } } }"""
TAG = """mutation Tag($id: ID!, $value: String!) {
  updatePrivateMetadata(id: $id, input: [{key: "vbot_tag", value: $value}]) { errors { field message code } } }"""
CANCEL = """mutation Cancel($id: ID!) { orderCancel(id: $id) { order { status } errors { field message code } } }"""
PROBE = "query Probe { orders(first: 1) { totalCount } }"


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (_ask(source, ORDER, {"id": write.order_id}),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = find(parse_json(answers[0]), "data", "order")
    if not isinstance(order, dict):
        return Standing("deleted", False, Refusal("write_order_gone"))
    state = STATES.get((find_text(order, "status") or "").lower(), "open")
    done = {
        "note": any(write.marker in (find_text(event, "message") or "") for _, event in each_line(order, "events")),
        "tag": find_text(order, "privateMetafields", FIELD) == write.text,
        "cancel_order": state == "cancelled",
    }
    return Standing(state, done.get(write.kind, False))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    if write.kind == "note":
        return (_ask(source, NOTE, {"id": write.order_id, "message": write.text}),)
    if write.kind == "tag":
        return (_ask(source, TAG, {"id": write.order_id, "value": write.text}),)
    return (_ask(source, CANCEL, {"id": write.order_id}),)


def proves(write: Write, body: bytes) -> bool:
    said = find_text(parse_json(body), "data", "orderNoteAdd", "event", "message")
    return write.kind == "note" and write.marker in (said or "")


def probe(source: Source) -> ApiRequest:
    return _ask(source, PROBE, {})


def _ask(source: Source, query: str, variables: Json) -> ApiRequest:
    url = f"{base_url(source).removesuffix('/graphql')}/graphql/"
    return ask(url, {"Authorization": f"Bearer {source.settings['access_token']}"}, query, variables)


WRITE_BACK = WriteBack(
    does={
        "note": ("một ghi chú trong lịch sử đơn", "a note of the order's history"),
        "tag": (f"trường riêng `{FIELD}` (private metadata)", f"the private metadata `{FIELD}`"),
        "cancel_order": (
            "hủy đơn, trả hàng về kho; Saleor gửi e-mail cho khách",
            "cancels the order: stock returns, and Saleor mails the buyer",
        ),
    },
    lacks={
        "confirm_order": (
            "xác nhận đơn ở Saleor sẽ gửi e-mail cho khách và thu tiền đã giữ",
            "a confirmation of Saleor mails the buyer and captures money that is held",
        ),
        "status": ("đơn Saleor không có trạng thái đặt được", "an order of Saleor has no status that can be set"),
    },
    credentials=(("api_url", "access_token"),),
    look=look,
    read=stand,
    requests=requests,
    judge=judge_graphql,
    proves=proves,
    probe=probe,
    scopes=("quyền MANAGE_ORDERS của ứng dụng", "the app's permission MANAGE_ORDERS"),
    again=(
        "ghi chú: tìm dấu trong lịch sử đơn; còn lại: đọc giá trị",
        "a note by its marker in the order's history; all else by its value",
    ),
    echoes=("ghi chú: `order_updated`", "a note: `order_updated`"),
    echo=Echo(stamps=("/updatedAt", "/order/updatedAt")),
)
