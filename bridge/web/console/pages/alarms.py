"""Alarms: what is open, who has seen it, and what was open lately."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from bridge.monitor.alarms import describe, find_alarm
from bridge.store.operation.actions import Act, actions_on
from bridge.store.operation.alarms import StoredAlarm, recent_alarms
from bridge.web.console.visit import Page, Visit, get, post

SHOWN = 100
MOST_ID = 2**63 - 1
_SEEN = "alarm seen"


def show(visit: Visit) -> str:
    older = request.args.get("older", "")
    below = int(older) if older.isascii() and older.isdigit() and int(older[:20]) <= MOST_ID else None
    with visit.store.read() as conn:
        found = recent_alarms(conn, SHOWN + 1, below)
        acts = actions_on(conn, [_subject(alarm.id) for alarm in found])
    rows = [_row(alarm, acts, visit) for alarm in found[:SHOWN]]
    return visit.live(
        "alarms",
        opened=[row for row in rows if row["closed_at"] is None],
        closed=[row for row in rows if row["closed_at"] is not None],
        older=url_for("alarms.show", older=found[SHOWN - 1].id) if len(found) > SHOWN else None,
    )


def see(visit: Visit, alarm_id: int) -> Response:
    """Somebody has seen it and looks after it; it stays open until its cause ends."""
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        known = recent_alarms(conn, 1, alarm_id + 1) if alarm_id < MOST_ID else []
        if not known or known[0].id != alarm_id:
            raise NotFound
        visit.record(conn, _SEEN, _subject(alarm_id), reason)
    visit.say("Đã ghi nhận.", "Noted.")
    return visit.go(url_for("alarms.show"))


PAGE = Page(
    "alarms",
    ("Cảnh báo", "Alarms"),
    place=90,
    routes=(get("/console/alarms", show), post("/console/alarms/<int:alarm_id>/seen", see, role="operator")),
)


def _row(alarm: StoredAlarm, acts: list[Act], visit: Visit) -> dict[str, Any]:
    n, known = 0 if visit.language == "vi" else 1, find_alarm(alarm.key)
    seen = [act for act in acts if act.on == _subject(alarm.id) and act.what == _SEEN]
    return {
        "id": alarm.id,
        "what": describe(alarm.key, alarm.facts)[n],
        "mend": known.mend[n] if known else "",
        "opened_at": alarm.opened_at,
        "closed_at": alarm.closed_at,
        "seen": seen[-1] if seen else None,
    }


def _subject(alarm_id: int) -> str:
    return f"alarm:{alarm_id}"
