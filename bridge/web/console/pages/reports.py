"""Reports: how many orders were called, reached and confirmed, as figures, charts and files."""

from __future__ import annotations

from flask import Response, request
from markupsafe import Markup

from bridge.core.reports.figures import DIMENSIONS, read_terms
from bridge.monitor.report import Picture, draw, take_picture
from bridge.monitor.report.page import charts, notes, summary, unfinished
from bridge.monitor.report.words import DIMENSIONS as NAMES
from bridge.monitor.report.words import pick
from bridge.monitor.report.words import say as words
from bridge.store.configuration.documents import read_group
from bridge.web.console.visit import Page, Visit, get

SPANS = {"7d": 7, "30d": 30, "90d": 90}


def show(visit: Visit) -> str:
    span, by = _asked()
    picture, language = _picture(visit, span, by), visit.language
    pieces = charts(picture, language)
    return visit.show(
        "reports.html",
        span=span,
        spans={name: words("days_long", language, n=days_long) for name, days_long in SPANS.items()},
        by=by,
        unfinished=unfinished(picture, language),
        dimensions=[(each, pick(NAMES[each], language)) for each in DIMENSIONS],
        summary=summary(picture.report.total, language),
        # Drawn by code that escapes whatever a shop or a person wrote.
        pieces=[(title, Markup(drawn)) for title, drawn in pieces],  # noqa: S704
        notes=Markup(notes(picture, language)),  # noqa: S704
    )


def file(visit: Visit) -> Response:
    """The page as one file to mail."""
    span, by = _asked()
    drawn = draw(_picture(visit, span, by), visit.language)
    headers = {"Content-Disposition": f"attachment; filename=vbot-report-{span}.html"}
    return Response(drawn, content_type="text/html; charset=utf-8", headers=headers)


PAGE = Page(
    "reports",
    ("Báo cáo", "Reports"),
    place=60,
    routes=(get("/console/reports", show), get("/console/reports/file", file)),
)


def _asked() -> tuple[str, str | None]:
    span, by = request.args.get("span", ""), request.args.get("by", "")
    return (span if span in SPANS else "30d"), (by if by in DIMENSIONS else None)


def _picture(visit: Visit, span: str, by: str | None) -> Picture:
    with visit.store.read() as conn:
        counted = visit.count_days(conn, SPANS[span])
        return take_picture(conn, counted, by, read_terms(read_group(conn, "reports")))
