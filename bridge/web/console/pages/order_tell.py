"""Tell the shop again what became of an order's newest call: looked at first, then done once, with a reason."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from bridge.core.model import CHANGES_ORDER, Call, Write
from bridge.core.platform import Refusal
from bridge.core.reasons import sentence
from bridge.core.words import RESULTS, WRITE_STATES, WRITES, word
from bridge.notify.tell_again import call_to_tell, look_again, tell_again
from bridge.rules.write_back import Action
from bridge.store import Connection
from bridge.store.reports.views import find_orders
from bridge.web.console.visit import Page, Visit, Wrong, get, post


def preview(visit: Visit, source: str, order_id: str) -> str:
    """What would be written, and how it stands; nothing is done."""
    with visit.store.read() as conn:
        call = _call(conn, source, order_id)
        told = look_again(conn, visit.catalogs.read(conn), call, changes=True)
    wanted: list[Write | Action] = [*told.writes, *(action for _, action in told.planned)]
    return visit.show(
        "order_tell.html",
        source=source,
        order_id=order_id,
        call=call,
        result=word(RESULTS, call.result, visit.language),
        refusal=_why(told.refusal, visit.language) if told.refusal else "",
        marks=[_shown(one, visit) for one in wanted if one.kind not in CHANGES_ORDER],
        changes=[_shown(one, visit) for one in wanted if one.kind in CHANGES_ORDER],
    )


def tell(visit: Visit, source: str, order_id: str) -> Response:
    reason, changes = visit.need_reason(), bool(request.form.get("changes"))
    with visit.store.write() as conn:
        visit.need_once(conn)
        call = _call(conn, source, order_id)
        if request.form.get("call") != str(call.id):
            raise Wrong(
                "Đơn này vừa có cuộc gọi khác. Hãy mở lại trang rồi xem sẽ báo những gì.",
                "This order has another call by now. Open the page again, and see what would be told.",
                409,
            )
        catalog = visit.catalogs.read(conn)
        told = tell_again(conn, catalog, call.id, reason, visit.who, visit.now(conn), changes=changes)
        if told is not None and told.refusal is not None:
            raise Wrong(_why(told.refusal, "vi"), _why(told.refusal, "en"), 409)
    visit.say(
        "Đang báo lại cho cửa hàng: đơn được đọc trước, điều gì đã có thì không ghi lần hai.",
        "The shop is told again: the order is read first, and what stands there is not written twice.",
    )
    return visit.go(url_for("order.show", source=source, order_id=order_id))


PAGE = Page(
    "order_tell",
    ("Báo lại cho cửa hàng", "Tell the shop again"),
    place=None,
    under="orders",
    routes=(
        get("/console/order-tell/<source>/<path:order_id>", preview, role="operator"),
        post("/console/order-tell/<source>/<path:order_id>", tell, role="operator"),
    ),
)


def _call(conn: Connection, source: str, order_id: str) -> Call:
    """The newest call of this order that has something to tell, else its newest. Errors: NotFound, Wrong."""
    if not any(order["order_id"] == order_id for order in find_orders(conn, order_id, source)):
        raise NotFound
    call = call_to_tell(conn, source, order_id)
    if call is None:
        raise Wrong(
            "Đơn này chưa có cuộc gọi nào để báo cho cửa hàng.", "This order has no call to tell the shop of.", 409
        )
    return call


def _why(refusal: Refusal, language: str) -> str:
    return sentence(refusal.reason, language, detail=refusal.detail)


def _shown(one: Write | Action, visit: Visit) -> dict[str, Any]:
    """What is written, its text, and how it stands; of what was never planned nothing is known."""
    done = WRITES[one.kind][visit.language == "en"]
    if isinstance(one, Action):
        return {"does": done, "value": one.value}
    why = sentence(one.reason, visit.language, detail=one.detail) if one.reason else ""
    state = word(WRITE_STATES, one.state, visit.language)
    return {"does": done, "value": one.text, "code": one.state, "state": state, "why": why}
