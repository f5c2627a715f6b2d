"""Lists: people of a CSV or Excel file that were, or are to be, called; how far each is, and its end."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from bridge.core.call_states import BEFORE_DIALING
from bridge.core.words import STATES, word
from bridge.store.configuration.templates import read_templates
from bridge.store.people.batches import NamedBatch, batch_names, cancel_batch, count_waiting, list_batches
from bridge.web.console.listing import cursor, older
from bridge.web.console.pages.new_batch import MOST_LINES
from bridge.web.console.visit import Page, Visit, Wrong, get, post

ON_A_PAGE = 50


def show(visit: Visit) -> str:
    with visit.store.read() as conn:
        found = list_batches(conn, ON_A_PAGE + 1, cursor())
        templates = sorted(read_templates(conn))
    shown = found[:ON_A_PAGE]
    return visit.live(
        "batches",
        batches=[_row(batch, visit) for batch in shown],
        older=older("batches.show", str(shown[-1].id) if len(found) > ON_A_PAGE else None),
        templates=templates,
        hotline=visit.posting.hotline or "",
        most=MOST_LINES,
        can_call=visit.posting.client is not None,
    )


def stop(visit: Visit) -> Response:
    name, reason = request.form.get("name", ""), visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        if name not in batch_names(conn):
            raise Wrong("Không có danh sách nào tên như vậy.", "There is no list of this name.", 404)
        if not count_waiting(conn, name):
            raise Wrong("Danh sách này không còn cuộc gọi nào đang chờ.", "No call of this list waits any more.", 409)
        ended = cancel_batch(conn, name, reason, visit.now(conn))
        visit.record(conn, "cancel", f"batch:{name}", reason)
    visit.say("Đã dừng: hủy {n} cuộc gọi đang chờ.", "Stopped: {n} waiting calls are cancelled.", n=ended)
    return visit.go(url_for("batches.show"))


PAGE = Page(
    "batches",
    ("Gọi theo danh sách", "Lists"),
    place=50,
    routes=(
        get("/console/batches", show),
        post("/console/batches/stop", stop, role="operator"),
    ),
)


def _row(batch: NamedBatch, visit: Visit) -> dict[str, Any]:
    return {
        "name": batch.name,
        "template": batch.template,
        "at": batch.created_at,
        "lines": batch.lines,
        "states": [(code, word(STATES, code, visit.language), count) for code, count in sorted(batch.by_state.items())],
        "left": sum(batch.by_state.get(state, 0) for state in BEFORE_DIALING),
    }
