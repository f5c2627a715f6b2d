"""What a person can do about an order's calls: cancel, settle, call again, try the words on their own number."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from bridge.core.call_states import REACHED, CallState
from bridge.core.reasons import sentence
from bridge.decide.replay import Forced, Replayed, replay
from bridge.place.manual import FIELDS_SECONDS, Refused, check_fields, dialable, make_call, manual_rule
from bridge.place.rehearsal import rehearse
from bridge.settle.resolve import Word, resolve
from bridge.store.calls import cancel_by_person
from bridge.store.people.dnc import add_numbers
from bridge.store.reports.views import describe_order
from bridge.web.console.pages.order import address_of, need_call
from bridge.web.console.visit import Page, Visit, Wrong, get, post

_RESOLVED: Mapping[str, tuple[str, str]] = {
    "rang": ("đã đổ chuông", "it rang"),
    "again": ("sẽ được gọi lại", "it will be called again"),
    "leave": ("để nguyên là chưa rõ", "left unsure"),
}
_UNRESOLVED: Mapping[str, tuple[str, str]] = {
    "not_unsure": ("Cuộc gọi này không còn là chưa rõ.", "This call is no longer unsure."),
    CallState.EXPIRED: (
        "Đã quá hạn của cuộc gọi, nên không gọi lại.",
        "The call's time is over: it is not sent again.",
    ),
    "erased": ("Người nhận cuộc gọi này đã bị xóa.", "The person of this call was erased."),
    "taken_back": ("Cửa hàng đã rút lại đơn này.", "The shop took this order back."),
}


def cancel(visit: Visit, call_id: int) -> Response:
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        call = need_call(conn, call_id)
        answer = next(iter(cancel_by_person(conn, [call_id], reason, visit.now(conn), who=visit.who)))
    if answer.is_cancelled:
        visit.say("Đã hủy cuộc gọi {id}.", "The call {id} is cancelled.", id=call_id)
    elif answer.call.state in REACHED:
        raise Wrong("Quá muộn: cuộc gọi này đã được gửi đi.", "Too late: this call was sent already.", 409)
    else:
        raise Wrong("Cuộc gọi này đã kết thúc, không còn gì để hủy.", "This call has ended: nothing to cancel.", 409)
    return visit.go(address_of(call))


def settle(visit: Visit, call_id: int) -> Response:
    reason, chosen = visit.need_reason(), request.form.get("word", "")
    if chosen not in _RESOLVED:
        raise Wrong("Hãy chọn một kết luận.", "Choose how it ended.")
    with visit.store.write() as conn:
        visit.need_once(conn)
        call, now = need_call(conn, call_id), visit.now(conn)
    kept: Word = "rang" if chosen == "rang" else "again" if chosen == "again" else "leave"
    settled = resolve(visit.store, call_id, kept, reason, visit.who, now)
    if settled.problem is not None:
        raise Wrong(*_UNRESOLVED[settled.problem], 409)
    vietnamese, english = _RESOLVED[chosen]
    visit.say(f"Đã kết luận cuộc gọi {call_id}: {vietnamese}.", f"The call {call_id} is settled: {english}.")
    return visit.go(address_of(call))


def never(visit: Visit, call_id: int) -> Response:
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        call, now = need_call(conn, call_id), visit.now(conn)
        add_numbers(conn, [call.phone], reason, now)
        visit.record(conn, "dnc add", "dnc", reason)
    visit.say(
        "Số này không được gọi nữa; cuộc gọi đang chờ đến số này sẽ không đổ chuông.",
        "This number is not called any more; what waits for it will not ring.",
    )
    return visit.go(address_of(call))


def preview(visit: Visit, source: str, order_id: str) -> str:
    """What deciding the order again would lead to; nothing is stored."""
    ids = _deliveries(visit, source, order_id)
    would = list(replay(visit.store, visit.catalogs, ids, lambda: datetime.now(UTC), visit.posting.hotline, dry=True))
    rows = _decisions(would, visit)
    return visit.show(
        "order_again.html",
        source=source,
        order_id=order_id,
        rows=rows,
        rings=any(row["decision"] == "call" for row in rows),
        must_fetch=any(one.outcome == "must_fetch" for one in would),
        rang=any(row["reason"] in ("already_called", "by_person") for row in rows),
    )


def again(visit: Visit, source: str, order_id: str) -> Response:
    forced = Forced(visit.need_reason(), visit.who) if request.form.get("force") else None
    ids = _deliveries(visit, source, order_id)
    with visit.store.write() as conn:
        visit.need_once(conn)
        now = visit.now(conn)
        if forced is None:
            visit.record(conn, "replay", f"delivery:{ids[0]}" if len(ids) == 1 else f"deliveries: {len(ids)}")
    done = list(replay(visit.store, visit.catalogs, ids, lambda: now, visit.posting.hotline, forced=forced))
    rung = sum(each.decision == "call" for one in done for each in one.decisions)
    if rung:
        visit.say("Đã quyết định lại: {n} cuộc gọi đang chờ.", "Decided again: {n} call(s) wait.", n=rung)
    else:
        visit.say("Đã quyết định lại: không có cuộc gọi nào.", "Decided again: no call.")
    return visit.go(url_for("order.show", source=source, order_id=order_id))


def test(visit: Visit, source: str, order_id: str) -> Response:
    """Ring one's own number with this order's words: outside of `once_per`, and nothing is written back."""
    client, token = visit.posting.client, request.form.get("once", "")
    if client is None:
        raise Wrong("Chưa cài đặt VBot: hãy đặt VBOT_URL.", "VBot is not set up: set VBOT_URL.")
    try:
        with visit.store.read() as conn:
            told = rehearse(conn, visit.catalogs.read(conn), order_id, source)
        rule = manual_rule(told.rule.template, told.rule.hotline, None)
        hotline = rule.hotline or visit.posting.hotline
        if hotline is None:
            raise Wrong("Chưa có đầu số: hãy đặt VBOT_HOTLINE.", "There is no hotline: set VBOT_HOTLINE.")
        number, deadline = dialable(request.form.get("phone", "")), time.monotonic() + FIELDS_SECONDS
        datas, _ = check_fields(visit.store, client, rule.template, told.datas, datetime.now(UTC), deadline)
        wish = {"phone": number, "hotline": hotline, "datas": datas}
        with visit.store.write() as conn:
            visit.need_once(conn)
            call_id = make_call(conn, visit.catalogs.read(conn), rule, wish, visit.now(conn), f"one:{token}")
            visit.record(conn, "call", f"call:{call_id}", f"test of order {source}/{order_id} by {told.rule.name}")
    except Refused as refused:
        raise Wrong(refused.vietnamese, refused.problem) from None
    visit.say("Cuộc gọi thử {id} đang chờ đến lượt.", "The test call {id} waits for its turn.", id=call_id)
    return visit.go(url_for("order.show_call", call_id=call_id))


PAGE = Page(
    "order_acts",
    ("Việc với một đơn", "Acts on an order"),
    place=None,
    under="orders",
    routes=(
        post("/console/call/<int:call_id>/cancel", cancel, role="operator"),
        post("/console/call/<int:call_id>/resolve", settle, role="operator"),
        post("/console/call/<int:call_id>/never", never, role="operator"),
        get("/console/order-again/<source>/<path:order_id>", preview, role="operator"),
        post("/console/order-again/<source>/<path:order_id>", again, role="operator"),
        post("/console/order-test/<source>/<path:order_id>", test, role="operator"),
    ),
)


def _decisions(would: list[Replayed], visit: Visit) -> list[dict[str, Any]]:
    return [
        {
            "rule": each.facts.get("rule"),
            "decision": each.decision,
            "reason": each.reason,
            "said": sentence(each.reason, visit.language, **each.facts),
        }
        for one in would
        for each in one.decisions
    ]


def _deliveries(visit: Visit, source: str, order_id: str) -> list[int]:
    with visit.store.read() as conn:
        story = describe_order(conn, source, order_id, show_phones=False)
    if story is None:
        raise NotFound
    return [delivery["id"] for delivery in story["deliveries"] if delivery["state"] != "stored"]
