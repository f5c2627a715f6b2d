"""Calls: every phone call that was intended, with its attempts; found by number, order, state or result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from bridge.core.model import Json
from bridge.core.phone import read_phone
from bridge.core.words import OUTCOMES, RESULTS, STATES, word
from bridge.store.configuration.outline import read_outline
from bridge.store.people.batches import batch_names
from bridge.store.reports.views import Filter, list_calls
from bridge.web.console.listing import chosen, cursor, older, search
from bridge.web.console.pages.today import SPANS, begin_of, spans
from bridge.web.console.visit import Page, Visit, get


def show(visit: Visit) -> str:
    span = request.args.get("span") if request.args.get("span") in SPANS else ""
    with visit.store.read() as conn:
        outline, batches = read_outline(conn), batch_names(conn)
        wanted = Filter(
            source=chosen("source", outline.sources),
            rule=chosen("rule", [*outline.rules, "manual"]),
            state=chosen("state", STATES),
            result=chosen("result", RESULTS),
            batch=chosen("batch", batches),
            since=begin_of(span, visit.now(conn)) if span else None,
            cursor=cursor(),
            **_meant(search()),
        )
        page = list_calls(conn, wanted, show_phones=False)
    language = visit.language
    return visit.show(
        "calls.html",
        wanted=wanted,
        q=search(),
        states=[(code, word(STATES, code, language)) for code in STATES],
        results=[(code, word(RESULTS, code, language)) for code in RESULTS],
        sources=[(name, name) for name in sorted(outline.sources)],
        rules=[(name, name) for name in [*sorted(outline.rules), "manual"]],
        batches=[(name, name) for name in batches],
        span=span,
        spans=spans(),
        calls=[_row(call, language) for call in page.items],
        older=older("calls.show", page.next),
    )


PAGE = Page("calls", ("Cuộc gọi", "Calls"), place=40, routes=(get("/console/calls", show),))


def _meant(written: str) -> dict[str, Any]:
    """By phone where it is one, else by the order's number or id."""
    if not written:
        return {}
    number = read_phone(written, "VN", abroad=True).number
    return {"phone": number} if number else {"order": written}


def _row(call: Mapping[str, Json], language: str) -> dict[str, Any]:
    attempts = [{**each, "word": word(OUTCOMES, each["outcome"], language)} for each in call["attempts"]]
    return {
        **call,
        "badge": call["result"] or call["state"],
        "word": word(RESULTS, call["result"], language) or word(STATES, call["state"], language),
        "said": call["sentence" if language == "vi" else "sentence_en"],
        "attempts": attempts,
    }
