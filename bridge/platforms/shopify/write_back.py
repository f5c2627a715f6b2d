"""Write a call's result to a Shopify order: a tag beside the others, a line of its note, or a cancel.

Tags are added, not replaced; a note is read, lengthened and written. No mutation of these takes an idempotency key.
Sources: shopify.dev api/admin-graphql 2026-10: tagsAdd, tagsRemove, orderUpdate, orderCancel, rate limits; client
credentials of an app of the Dev Dashboard, whose token lives for 24 hours (read 2026-11-29)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bridge.core.model import Json, OrderState, Source, Write, WriteKind
from bridge.core.model.texts import Text
from bridge.core.platform import ApiRequest, Echo, Login, Refusal, Standing, WriteBack
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.values import find, find_object, find_text
from bridge.platforms.shared.write_back import has_marker, has_tag, is_tagged, tag_key, with_line
from bridge.platforms.shared.write_back.graphql import ask, errors_of, judge_graphql
from bridge.platforms.shopify.poll import VERSION

ORDER = """query Order($id: ID!) { order(id: $id) {
  id tags note cancelledAt closedAt displayFulfillmentStatus displayFinancialStatus } }"""
TAG = """mutation Tag($id: ID!, $tags: [String!]!) {
  added: tagsAdd(id: $id, tags: $tags) { node { ... on Order { tags } } userErrors { field message } } }"""
SWAP = """mutation Swap($id: ID!, $tags: [String!]!, $gone: [String!]!) {
  gone: tagsRemove(id: $id, tags: $gone) { userErrors { field message } }
  added: tagsAdd(id: $id, tags: $tags) { node { ... on Order { tags } } userErrors { field message } } }"""
NOTE = """mutation Note($input: OrderInput!) {
  orderUpdate(input: $input) { order { note } userErrors { field message } } }"""
CANCEL = """mutation Cancel($id: ID!, $note: String) {
  orderCancel(orderId: $id, reason: CUSTOMER, restock: true, notifyCustomer: false, staffNote: $note,
    refundMethod: {originalPaymentMethodsRefund: false}) {
    job { id done } orderCancelUserErrors { code field message } } }"""
PROBE = "query Probe { shop { name } currentAppInstallation { accessScopes { handle } } }"


def look(source: Source, write: Write, again: bool) -> tuple[ApiRequest, ...]:
    return (_ask(source, ORDER, {"id": _id(write)}),)


def stand(source: Source, write: Write, answers: tuple[bytes, ...]) -> Standing:
    """How the order stands. Errors: BadPayload."""
    order = find(parse_json(answers[0]), "data", "order")
    if not isinstance(order, dict):
        return Standing("deleted", False, Refusal("write_order_gone"))
    done = {
        "tag": is_tagged(find(order, "tags"), write, _handle),
        "note": has_marker(find(order, "note"), write),
        "cancel_order": find_text(order, "cancelledAt") is not None,
    }
    return Standing(_state(order), done.get(write.kind, False))


def requests(source: Source, write: Write, answers: tuple[bytes, ...]) -> tuple[ApiRequest, ...]:
    order_id = _id(write)
    if write.kind == "tag":
        tags: dict[str, Json] = {"id": order_id, "tags": [write.text]}
        swap = {**tags, "gone": list(write.instead)}
        return (_ask(source, SWAP, swap) if write.instead else _ask(source, TAG, tags),)
    if write.kind == "cancel_order":
        # What a card paid is not given back by us: a person decides that.
        return (_ask(source, CANCEL, {"id": order_id, "note": write.marker}),)
    note = with_line(find(find_object(parse_json(answers[0]), "data", "order"), "note"), write)
    return (_ask(source, NOTE, {"input": {"id": order_id, "note": note}}),)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """As usual; that an order has been cancelled already is no refusal of a cancel."""
    refusal = judge_graphql(status, headers, body)
    if status == 402:
        return Refusal("write_scope", "402")
    if refusal is None or refusal.reason != "write_refused":
        return refusal
    cancel = find(parse_json(body), "data", "orderCancel")
    if any("already been cancel" in (find_text(error, "message") or "").lower() for error in errors_of(cancel)):
        return None
    return refusal


def proves(write: Write, body: bytes) -> bool:
    """Tags that are alike count as one, and some characters are folded: only the answer's own list shows ours."""
    document = parse_json(body)
    if write.kind == "tag":
        return has_tag(find(document, "data", "added", "node", "tags"), write.text, _handle)
    return write.kind == "note" and has_marker(find(document, "data", "orderUpdate", "order", "note"), write)


def _handle(tag: str) -> str:
    """By which Shopify tells tags apart: "all star" and "all-star" are one."""
    return re.sub(r"[\W_]+", "-", tag.casefold()).strip("-") or tag_key(tag)


def login(source: Source) -> Login | None:
    """None: the source has a token that does not end."""
    settings = source.settings
    if settings.get("access_token"):
        return None
    form = (
        ("grant_type", "client_credentials"),
        ("client_id", str(settings["client_id"])),
        ("client_secret", str(settings["client_secret"])),
    )
    return Login(f"{_base(source)}/admin/oauth/access_token", form)


def fits(kind: WriteKind, value: str) -> Text | None:
    if kind == "tag" and not value.isascii():
        return (
            "thẻ của Shopify chỉ nên gồm chữ không dấu, số và dấu gạch: chữ có dấu có thể bị Shopify bỏ",
            "a tag of Shopify must be ASCII: other letters were seen to be folded, or lost",
        )
    return None


def probe(source: Source) -> ApiRequest:
    return _ask(source, PROBE, {})


def _ask(source: Source, query: str, variables: Json) -> ApiRequest:
    token = source.settings.get("access_token")
    headers = {"X-Shopify-Access-Token": str(token)} if token else {}
    return ask(f"{_base(source)}/admin/api/{VERSION}/graphql.json", headers, query, variables)


def _base(source: Source) -> str:
    return str(source.settings.get("api_url") or f"https://{source.settings['shop_domain']}").rstrip("/")


def _id(write: Write) -> str:
    return f"gid://shopify/Order/{write.order_id}"


def _state(order: Json) -> OrderState:
    if find_text(order, "cancelledAt"):
        return "cancelled"
    if find_text(order, "displayFinancialStatus") == "REFUNDED":
        return "refunded"
    if find_text(order, "displayFulfillmentStatus") in ("FULFILLED", "PARTIALLY_FULFILLED"):
        return "fulfilled"
    return "completed" if find_text(order, "closedAt") else "open"


WRITE_BACK = WriteBack(
    does={
        "note": ("thêm một dòng vào ghi chú (note) của đơn", "a line below the order's note"),
        "tag": ("thêm một thẻ, thấy và lọc được trong danh sách đơn", "a tag, seen and filtered in the order list"),
        "cancel_order": (
            "hủy đơn, trả hàng về kho, không hoàn tiền, không báo khách",
            "cancels the order: stock returns, nothing is refunded, the buyer is not told",
        ),
    },
    lacks={
        "status": ("đơn Shopify không có trạng thái đặt được", "an order of Shopify has no status that can be set"),
        "confirm_order": ("đơn Shopify không có bước xác nhận", "an order of Shopify has no confirmation"),
    },
    proposes="tag",
    credentials=tuple(
        (*login_names, where)
        for login_names in (("access_token",), ("client_id", "client_secret"))
        for where in ("shop_domain", "api_url")
    ),
    look=look,
    read=stand,
    requests=requests,
    judge=judge,
    proves=proves,
    login=login,
    access_header="X-Shopify-Access-Token",
    probe=probe,
    scopes=("quyền write_orders của ứng dụng", "the app's scope write_orders"),
    again=("đọc lại thẻ, ghi chú và cancelledAt của đơn", "the order's tags, note and cancelledAt are read"),
    echoes=("`orders/updated`; khi hủy: `orders/cancelled`", "`orders/updated`; of a cancel `orders/cancelled`"),
    fits=fits,
    echo=Echo(stamps=("/updated_at",), tags=("/tags",), notes=("/note",), states=("/cancelled_at", "/cancel_reason")),
)
