"""Audit: who did what, when and why, from the commands, the API and these pages."""

from __future__ import annotations

import re
from typing import Any

from flask import request, url_for

from bridge.core.words import ACTS, SUBJECTS
from bridge.store.operation.actions import Act, list_actions
from bridge.web.console.pages.today import SPANS, begin_of, spans
from bridge.web.console.visit import Page, Visit, get

SHOWN = 100
MOST_ID = 2**63 - 1
_MOST_LETTERS = 200
_KIND = re.compile(r"((?:^|, )(?:[-+~] )?)([a-z]+)(: ?| |$|(?=,))")


def show(visit: Visit) -> str:
    who, what, span = (request.args.get(name, "")[:_MOST_LETTERS] for name in ("who", "what", "span"))
    if "\0" in who + what:
        who = what = ""
    older = request.args.get("older", "")
    cursor = int(older) if older.isascii() and older.isdigit() and int(older[:20]) <= MOST_ID else None
    span = span if span in SPANS else "30d"
    with visit.store.read() as conn:
        since = begin_of(span, visit.now(conn))
        found = list_actions(conn, SHOWN + 1, since=since, who=who or None, what=what or None, cursor=cursor)
    more = len(found) > SHOWN
    return visit.show(
        "audit.html",
        acts=[_row(act, visit) for act in found[:SHOWN]],
        older=url_for("audit.show", who=who, what=what, span=span, older=found[SHOWN - 1].id) if more else None,
        who=who,
        what=what,
        span=span,
        spans=spans(),
        kinds=sorted(((code, said[visit.language != "vi"]) for code, said in ACTS.items()), key=lambda kind: kind[1]),
    )


PAGE = Page("audit", ("Nhật ký thao tác", "Audit"), place=120, routes=(get("/console/audit", show, role="operator"),))


def _row(act: Act, visit: Visit) -> dict[str, Any]:
    said = ACTS.get(act.what, (act.what, act.what))[visit.language != "vi"]
    kind, _, number = act.on.partition(":")
    leads = kind == "call" and number.isascii() and number.isdigit() and int(number[:20]) <= MOST_ID
    link = url_for("order.show_call", call_id=int(number)) if leads else ""
    return {
        "at": act.at,
        "who": act.who,
        "said": said,
        "on": _named(act.on, visit.language),
        "link": link,
        "reason": act.reason,
    }


def _named(on: str, language: str) -> str:
    """What was acted on, as "call:4711" or "+ rule confirm, hotline 0812345678", its kinds in this language."""

    def said(found: re.Match[str]) -> str:
        begin, kind, behind = found.groups()
        return f"{begin}{SUBJECTS[kind][language != 'vi']}{behind and ' '}" if kind in SUBJECTS else found[0]

    return _KIND.sub(said, on)
