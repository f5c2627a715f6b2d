"""Deliveries: what shops sent, byte for byte, what was made of it, and deciding one again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, url_for
from werkzeug.exceptions import NotFound

from bridge.core.model import DEFAULT_ZONE, Delivery, Json
from bridge.core.reasons import sentence
from bridge.core.words import ACTS, DECISIONS, DELIVERY_STATES, RESULTS, word
from bridge.decide.replay import Replayed, replay
from bridge.monitor.story.evidence import evidence_lines
from bridge.monitor.story.request import HIDDEN, describe_request, raw_http
from bridge.store.configuration.outline import read_outline
from bridge.store.deliveries import acknowledge, find_delivery
from bridge.store.operation.actions import actions_on
from bridge.store.reports.views import Filter, describe_act, list_deliveries
from bridge.store.shops.fetches import documents_of
from bridge.web.console.listing import MOST_ID, chosen, cursor, older, search
from bridge.web.console.visit import Page, Visit, Wrong, get, post

SHOWN_LETTERS = 40_000  # of a body, on the page; the file has all of it
_LEFT: Mapping[str, tuple[str, str]] = {
    "unreadable": ("Tin này không đọc được.", "This delivery cannot be read."),
    "internal_error": (
        "Tin này làm chương trình lỗi và giữ nguyên như cũ; xem nhật ký.",
        "This delivery broke the program and stays as it was; see the log.",
    ),
    "erased": ("Nội dung tin này đã bị xóa.", "What this delivery held was erased."),
    "undecided": ("Tin này chưa được quyết định: worker sẽ làm.", "It is not decided yet: a worker does it."),
    "source_disabled": ("Nguồn của tin này đang tắt: hãy bật trước.", "Its source is switched off: enable it first."),
    "source_removed": ("Nguồn của tin này đã bị gỡ.", "Its source was removed."),
}


def show(visit: Visit) -> str:
    with visit.store.read() as conn:
        outline = read_outline(conn)
        wanted = Filter(
            source=chosen("source", outline.sources),
            rule=chosen("rule", outline.rules),
            state=chosen("state", DELIVERY_STATES),
            result=chosen("result", RESULTS),
            order=search() or None,
            cursor=cursor(),
        )
        page = list_deliveries(conn, wanted)
    return visit.show(
        "deliveries.html",
        wanted=wanted,
        q=search(),
        sources=[(name, name) for name in sorted(outline.sources)],
        rules=[(name, name) for name in sorted(outline.rules)],
        states=[(code, word(DELIVERY_STATES, code, visit.language)) for code in DELIVERY_STATES],
        results=[(code, word(RESULTS, code, visit.language)) for code in RESULTS],
        deliveries=[_row(item, visit) for item in page.items],
        older=older("deliveries.show", page.next),
    )


def show_one(visit: Visit, delivery_id: int) -> str:
    subject, language = f"delivery:{delivery_id}", visit.language
    sees = visit.sees(subject)
    delivery = _find(visit, delivery_id)
    with visit.store.read() as conn:
        (item,) = list_deliveries(conn, Filter(among=[delivery_id])).items
        documents = documents_of(conn, [delivery_id]).get(delivery_id, {})
        acts = [describe_act(act) for act in actions_on(conn, [subject])]
        outline = read_outline(conn)
        shop = outline.sources.get(item["source"])
    described = None if delivery.is_erased else describe_request(delivery, documents, show_phones=sees)
    return visit.live(
        "delivery",
        item=_row(item, visit),
        zone=shop.timezone if shop else DEFAULT_ZONE,
        asked=described,
        bodies=_bodies(described, sees=sees) if described else [],
        acts=[{**act, "done": _done(act["what"], language)} for act in acts],
        sees=sees,
        sample=_sample(item, outline.rules),
        may_close=item["state"] == "failed" and not item["acknowledged_at"],
    )


def reveal(visit: Visit, delivery_id: int) -> Response:
    _find(visit, delivery_id)
    visit.reveal(f"delivery:{delivery_id}")
    return visit.go(url_for("deliveries.show_one", delivery_id=delivery_id))


def download(visit: Visit, delivery_id: int) -> Response:
    """The request byte for byte, as a file that the command `try` reads: a sample for a rule. Recorded."""
    delivery = _find(visit, delivery_id)
    if delivery.is_erased:
        raise Wrong(*_LEFT["erased"], 409)
    with visit.store.write() as conn:
        visit.record(conn, "show raw", f"delivery:{delivery_id}")
    name = f"attachment; filename=delivery-{delivery_id}.http"
    return Response(raw_http(delivery), content_type="application/octet-stream", headers={"Content-Disposition": name})


def close(visit: Visit, delivery_id: int) -> Response:
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        state = acknowledge(conn, _known(delivery_id), reason, visit.now(conn), who=visit.who)
    if state is None:
        raise NotFound
    if state != "failed":
        raise Wrong("Tin này không cần đóng.", "This delivery need not be closed.", 409)
    visit.say("Đã đóng tin {id}.", "The delivery {id} is closed.", id=delivery_id)
    return visit.go(url_for("deliveries.show_one", delivery_id=delivery_id))


def preview(visit: Visit, delivery_id: int) -> str:
    """What deciding it again would lead to; nothing is stored."""
    _find(visit, delivery_id)
    done = _replay(visit, delivery_id, datetime.now(UTC), dry=True)
    if done.outcome in _LEFT:
        raise Wrong(*_LEFT[done.outcome], 409)
    return visit.show(
        "delivery_again.html",
        delivery_id=delivery_id,
        rows=[
            _decision(each.decision, sentence(each.reason, visit.language, **each.facts), each.facts, visit)
            for each in done.decisions
        ],
        must_fetch=done.outcome == "must_fetch",
    )


def again(visit: Visit, delivery_id: int) -> Response:
    _find(visit, delivery_id)
    with visit.store.write() as conn:
        visit.need_once(conn)
        now = visit.now(conn)
        visit.record(conn, "replay", f"delivery:{delivery_id}")
    done = _replay(visit, delivery_id, now, dry=False)
    if done.outcome in _LEFT:
        raise Wrong(*_LEFT[done.outcome], 409)
    calls = sum(each.decision == "call" for each in done.decisions)
    if calls:
        visit.say("Đã quyết định lại: {n} cuộc gọi đang chờ.", "Decided again: {n} call(s) wait.", n=calls)
    else:
        visit.say("Đã quyết định lại: không có cuộc gọi nào.", "Decided again: no call.")
    return visit.go(url_for("deliveries.show_one", delivery_id=delivery_id))


PAGE = Page(
    "deliveries",
    ("Tin nhận được", "Deliveries"),
    place=30,
    routes=(
        get("/console/deliveries", show),
        get("/console/deliveries/<int:delivery_id>", show_one),
        post("/console/deliveries/<int:delivery_id>/reveal", reveal, role="operator"),
        post("/console/deliveries/<int:delivery_id>/download", download, role="operator"),
        post("/console/deliveries/<int:delivery_id>/close", close, role="operator"),
        get("/console/deliveries/<int:delivery_id>/again", preview, role="operator"),
        post("/console/deliveries/<int:delivery_id>/again", again, role="operator"),
    ),
)


def _sample(item: Mapping[str, Json], rules: Collection[str]) -> str | None:
    """Where a rule is tried on this delivery's order: the rule that decided it, else a new one. None: it has none."""
    if not item["events"]:
        return None
    name = next((each["rule"] for each in item["decisions"] if each["rule"] in rules), None)
    return url_for("rules.edit", name=name, order=f"{item['source']}/{item['events'][0]['order_id']}")


def _row(item: Mapping[str, Json], visit: Visit) -> dict[str, Any]:
    language = visit.language
    said = "sentence" if language == "vi" else "sentence_en"
    why = sentence(item["reason"], language, detail=item["detail"]) if item["reason"] else ""
    decided = [
        {**_decision(each["decision"], each[said], each, visit), "evidence": list(evidence_lines(each, language))}
        for each in item["decisions"]
    ]
    return {
        **item,
        "word": word(DELIVERY_STATES, item["state"], language),
        "badge": {"stored": "now", "decided": "good", "failed": "bad"}.get(item["state"], "quiet"),
        "why": why,
        "decided": decided,
        "orders": list(dict.fromkeys(event["order_id"] for event in item["events"])),
        "topics": list(dict.fromkeys(event["topic"] for event in item["events"])),
    }


def _decision(decision: str, said: str, facts: Mapping[str, Json], visit: Visit) -> dict[str, Any]:
    return {
        "decision": decision,
        "word": word(DECISIONS, decision, visit.language),
        "rule": facts.get("rule"),
        "said": said,
        "call_id": facts.get("call_id"),
    }


def _bodies(described: Mapping[str, Json], *, sees: bool) -> list[tuple[str, str, bool]]:
    """Of the request ("") and of each document that was fetched: name, text, whether it is cut."""
    found = []
    for name, body in {"": described["body"], **described["fetched"]}.items():
        shown = body if sees else _outline(body)
        written = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, indent=2)
        found.append((name, written[:SHOWN_LETTERS], len(written) > SHOWN_LETTERS))
    return found


def _outline(value: Json) -> Json:
    """The document without its texts: any of them may be a name or an address."""
    if isinstance(value, dict):
        return {name: _outline(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_outline(part) for part in value]
    return HIDDEN if isinstance(value, str) and value else value


def _done(what: str, language: str) -> str:
    return ACTS.get(what, (what, what))[0 if language == "vi" else 1]


def _known(delivery_id: int) -> int:
    if delivery_id > MOST_ID:
        raise NotFound
    return delivery_id


def _find(visit: Visit, delivery_id: int) -> Delivery:
    with visit.store.read() as conn:
        delivery = find_delivery(conn, _known(delivery_id))
    if delivery is None:
        raise NotFound
    return delivery


def _replay(visit: Visit, delivery_id: int, now: datetime, *, dry: bool) -> Replayed:
    (done,) = replay(visit.store, visit.catalogs, [delivery_id], lambda: now, visit.posting.hotline, dry=dry)
    return done
