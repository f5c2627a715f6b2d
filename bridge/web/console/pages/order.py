"""One order: its whole story as it goes on, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from bridge.core.call_states import BEFORE_DIALING, CallState
from bridge.core.model import DEFAULT_ZONE, MANUAL, Call, Json
from bridge.core.words import ACTS, ORDER_STATES, OUTCOMES, RESULTS, STATES, WRITE_STATES, WRITES, word
from bridge.monitor.story.evidence import evidence_lines
from bridge.monitor.story.lines import told_state, what_next
from bridge.monitor.story.now import read_facts
from bridge.store import Connection
from bridge.store.calls import LEFT, find_call
from bridge.store.configuration.outline import read_outline
from bridge.store.reports.views import describe_call_by_hand, describe_order
from bridge.web.console.visit import Page, Visit, Wrong, get, post

MOST_ID = 2**63 - 1


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
        call = need_call(conn, call_id)
        if call.source_id is not None:
            return visit.go(address_of(call))
        story = describe_call_by_hand(conn, call_id, show_phones=visit.sees(subject))
        return _show(visit, conn, story or {}, subject, address_of(call))


def reveal(visit: Visit) -> Response:
    """Whole phones and names, for a while; recorded."""
    subject, back = request.form.get("subject", ""), request.form.get("back", "/")
    if not subject.startswith(("order:", "call:")) or not back.startswith("/console/"):
        raise Wrong("Biểu mẫu thiếu dữ liệu. Hãy tải lại trang.", "The form is not whole. Load the page again.")
    visit.reveal(subject)
    return visit.go(back)


PAGE = Page(
    "order",
    ("Một đơn", "An order"),
    place=None,
    under="orders",
    routes=(
        get("/console/orders/<source>/<path:order_id>", show),
        get("/console/call/<int:call_id>", show_call),
        post("/console/order-reveal", reveal, role="operator"),
    ),
)


def need_call(conn: Connection, call_id: int) -> Call:
    call = find_call(conn, call_id) if call_id <= MOST_ID else None
    if call is None:
        raise NotFound
    return call


def address_of(call: Call) -> str:
    if call.source_id is None or call.order_id is None:
        return url_for("order.show_call", call_id=call.id)
    return url_for("order.show", source=call.source_id, order_id=call.order_id)


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
        home=DEFAULT_ZONE,
        next=what_next(story, facts, zone, language, on_page=True),
        state=word(ORDER_STATES, story["state"], language),
        deliveries=[_delivery(each, story, zone, language) for each in story["deliveries"]],
        calls=[_shown_call(each, story, zone, visit.sees(subject), language) for each in story["calls"]],
        may_tell=story["order_id"] is not None and any(each["rule"] != MANUAL for each in story["calls"]),
        acts=[_act(each, language) for each in story["acts"]],
        sees=visit.sees(subject),
    )


def _delivery(delivery: dict[str, Json], story: dict[str, Json], zone: str, language: str) -> dict[str, Any]:
    topics = [one["topic"] for one in delivery["events"] if one["order_id"] == story["order_id"]]
    said = "sentence" if language == "vi" else "sentence_en"
    decisions = [
        {**each, "said": each[said], "evidence": list(evidence_lines(each, language))} for each in delivery["decisions"]
    ]
    told = [_message(one, zone, language) for one in story["messages"] if one["delivery_id"] == delivery["id"]]
    return {**delivery, "topics": topics, "decided": decisions, "told": told}


def _message(message: dict[str, Json], zone: str, language: str) -> dict[str, Any]:
    """What a webhook was told, and whether it took it."""
    return {**message, "said": told_state(message, zone, language)}


def _shown_call(call: dict[str, Json], story: dict[str, Json], zone: str, sees: bool, language: str) -> dict[str, Any]:
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
        "told": [_message(one, zone, language) for one in story["messages"] if one["call_id"] == call["id"]],
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
