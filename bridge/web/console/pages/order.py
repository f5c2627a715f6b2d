"""One order: its whole story as it goes on, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from bridge.core.call_states import BEFORE_DIALING, REACHED, CallState
from bridge.core.model import DEFAULT_ZONE, Call, Json
from bridge.core.reasons import sentence
from bridge.core.words import ACTS, ORDER_STATES, OUTCOMES, RESULTS, STATES, WRITE_STATES, WRITES, word
from bridge.decide.replay import Forced, Replayed, replay
from bridge.monitor.story.evidence import evidence_lines
from bridge.monitor.story.lines import what_next
from bridge.monitor.story.now import read_facts
from bridge.settle.resolve import Word, resolve
from bridge.store import Connection
from bridge.store.calls import LEFT, cancel_by_person, find_call
from bridge.store.configuration.outline import read_outline
from bridge.store.people.dnc import add_numbers
from bridge.store.reports.views import describe_call_by_hand, describe_order
from bridge.web.console.visit import Page, Visit, Wrong, get, post

MOST_ID = 2**63 - 1
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


def show(visit: Visit, source: str, order_id: str) -> str:
    subject = f"order:{source}:{order_id}"
    with visit.store.read() as conn:
        story = describe_order(conn, source, order_id, show_phones=visit.sees(subject))
        if story is None:
            raise NotFound
        return _show(visit, conn, story, subject, url_for("order.show", source=source, order_id=order_id))


def show_call(visit: Visit, call_id: int) -> str | Response:
    """The story of the order to which a call belongs, or of the call alone."""
    subject = f"call:{call_id}"
    with visit.store.read() as conn:
        call = _call(conn, call_id)
        if call.source_id is not None:
            return visit.go(_address(call))
        story = describe_call_by_hand(conn, call_id, show_phones=visit.sees(subject))
        return _show(visit, conn, story or {}, subject, _address(call))


def cancel(visit: Visit, call_id: int) -> Response:
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        call = _call(conn, call_id)
        answer = next(iter(cancel_by_person(conn, [call_id], reason, visit.now(conn), who=visit.who)))
    if answer.is_cancelled:
        visit.say("Đã hủy cuộc gọi {id}.", "The call {id} is cancelled.", id=call_id)
    elif answer.call.state in REACHED:
        raise Wrong("Quá muộn: cuộc gọi này đã được gửi đi.", "Too late: this call was sent already.", 409)
    else:
        raise Wrong("Cuộc gọi này đã kết thúc, không còn gì để hủy.", "This call has ended: nothing to cancel.", 409)
    return visit.go(_address(call))


def settle(visit: Visit, call_id: int) -> Response:
    reason, chosen = visit.need_reason(), request.form.get("word", "")
    if chosen not in _RESOLVED:
        raise Wrong("Hãy chọn một kết luận.", "Choose how it ended.")
    with visit.store.write() as conn:
        visit.need_once(conn)
        call, now = _call(conn, call_id), visit.now(conn)
    kept: Word = "rang" if chosen == "rang" else "again" if chosen == "again" else "leave"
    settled = resolve(visit.store, call_id, kept, reason, visit.who, now)
    if settled.problem is not None:
        raise Wrong(*_UNRESOLVED[settled.problem], 409)
    vietnamese, english = _RESOLVED[chosen]
    visit.say(f"Đã kết luận cuộc gọi {call_id}: {vietnamese}.", f"The call {call_id} is settled: {english}.")
    return visit.go(_address(call))


def never(visit: Visit, call_id: int) -> Response:
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        call, now = _call(conn, call_id), visit.now(conn)
        add_numbers(conn, [call.phone], reason, now)
        visit.record(conn, "dnc add", "dnc", reason)
    visit.say(
        "Số này không được gọi nữa; cuộc gọi đang chờ đến số này sẽ không đổ chuông.",
        "This number is not called any more; what waits for it will not ring.",
    )
    return visit.go(_address(call))


def reveal(visit: Visit) -> Response:
    """Whole phones and names, for a while; recorded."""
    subject, back = request.form.get("subject", ""), request.form.get("back", "/")
    if not subject.startswith(("order:", "call:")) or not back.startswith("/console/"):
        raise Wrong("Biểu mẫu thiếu dữ liệu. Hãy tải lại trang.", "The form is not whole. Load the page again.")
    visit.reveal(subject)
    return visit.go(back)


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


PAGE = Page(
    "order",
    ("Một đơn", "An order"),
    place=None,
    routes=(
        get("/console/orders/<source>/<path:order_id>", show),
        get("/console/call/<int:call_id>", show_call),
        post("/console/order-reveal", reveal, role="operator"),
        post("/console/call/<int:call_id>/cancel", cancel, role="operator"),
        post("/console/call/<int:call_id>/resolve", settle, role="operator"),
        post("/console/call/<int:call_id>/never", never, role="operator"),
        get("/console/order-again/<source>/<path:order_id>", preview, role="operator"),
        post("/console/order-again/<source>/<path:order_id>", again, role="operator"),
    ),
)


def _show(visit: Visit, conn: Connection, story: dict[str, Json], subject: str, address: str) -> str:
    outline, language = read_outline(conn), visit.language
    shop = outline.sources.get(story["source"] or "")
    zone = shop.timezone if shop else DEFAULT_ZONE
    facts = read_facts(conn, outline, visit.config.account, visit.now(conn))
    return visit.live(
        "order",
        story=story,
        subject=subject,
        address=address,
        zone=zone,
        next=what_next(story, facts, zone, language, on_page=True),
        state=word(ORDER_STATES, story["state"], language),
        deliveries=[_delivery(each, story, language) for each in story["deliveries"]],
        calls=[_shown_call(each, visit.sees(subject), language) for each in story["calls"]],
        acts=[_act(each, language) for each in story["acts"]],
        sees=visit.sees(subject),
    )


def _delivery(delivery: dict[str, Json], story: dict[str, Json], language: str) -> dict[str, Any]:
    topics = [one["topic"] for one in delivery["events"] if one["order_id"] == story["order_id"]]
    said = "sentence" if language == "vi" else "sentence_en"
    decisions = [
        {**each, "said": each[said], "evidence": list(evidence_lines(each, language))} for each in delivery["decisions"]
    ]
    return {**delivery, "topics": topics, "decided": decisions}


def _shown_call(call: dict[str, Json], sees: bool, language: str) -> dict[str, Any]:
    said = "sentence" if language == "vi" else "sentence_en"
    attempts = [
        {**each, "word": word(OUTCOMES, each["outcome"], language), "told": (each["records"] or {}).get(said)}
        for each in call["attempts"]
    ]
    writes = [
        {
            **each,
            "done": WRITES[each["action"]][0 if language == "vi" else 1],
            "word": word(WRITE_STATES, each["state"], language),
            "why": each[said] if each["detail"] else "",
        }
        for each in call["write_backs"]
    ]
    return {
        **call,
        "writes": writes,
        "said": call[said],
        "state_word": word(STATES, call["state"], language),
        "result_word": word(RESULTS, call["result"], language),
        "datas": call["datas"] if sees else dict.fromkeys(call["datas"], "…"),
        "attempts": attempts,
        "may_cancel": call["state"] in BEFORE_DIALING,
        "may_resolve": call["state"] == CallState.UNSURE and call["reason"] != LEFT,
    }


def _act(act: dict[str, Json], language: str) -> dict[str, Any]:
    done = ACTS.get(act["what"], (act["what"], act["what"]))
    return {**act, "done": done[0 if language == "vi" else 1]}


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


def _call(conn: Connection, call_id: int) -> Call:
    call = find_call(conn, call_id) if call_id <= MOST_ID else None
    if call is None:
        raise NotFound
    return call


def _address(call: Call) -> str:
    if call.source_id is None or call.order_id is None:
        return url_for("order.show_call", call_id=call.id)
    return url_for("order.show", source=call.source_id, order_id=call.order_id)
