"""Hotlines and limits: the stop button, how much of each limit today has used, and each hotline's limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from bridge.configuration.by_page import find_hotline_errors, write_hotline
from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.schedule import local_day
from bridge.core.words import SCOPES, word
from bridge.store import Connection
from bridge.store.attempts import count_rings
from bridge.store.configuration.outline import Outline, read_outline
from bridge.store.configuration.pauses import list_pauses, pause, resume
from bridge.store.hotlines import count_active, count_started, find_hotline
from bridge.store.reports.counts import hotlines_in_use
from bridge.store.reports.tallies import Rings, read_rings
from bridge.web.console.language import duration, text
from bridge.web.console.visit import Page, Visit, Wrong, get, post

LENGTHS = {"30m": timedelta(minutes=30), "1h": timedelta(hours=1), "2h": timedelta(hours=2), "4h": timedelta(hours=4)}
MORNING = time(8)
_LIMITS = ("per_minute", "max_active")
_MOST_DIGITS = 6


def show(visit: Visit) -> str:
    with visit.store.read() as conn:
        now, outline = visit.now(conn), read_outline(conn)
        rings = read_rings(conn, now.replace(minute=0, second=0, microsecond=0) - timedelta(days=2))
        return visit.live(
            "hotlines",
            hotlines=[_hotline(conn, code, now, rings) for code in _codes(visit, conn, outline)],
            limits=list(_limits(visit, conn, outline, now, rings)),
            per_phone=visit.config.max_calls_per_phone,
            pauses=[
                {
                    "kind": one.kind,
                    "name": one.name,
                    "scope": _scope(visit, one.kind, one.name),
                    "reason": one.reason,
                    "since": one.paused_at,
                    "until": one.until,
                }
                for one in list_pauses(conn)
            ],
            scopes=[(_value(*scope), _scope(visit, *scope)) for scope in _scopes(visit, conn, outline)],
            lengths=_lengths(),
            stopped=("all", "") in outline.pauses,
        )


def stop(visit: Visit) -> Response:
    """Pause: for a while, until the next morning, or until a person resumes it."""
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        now = visit.now(conn)
        kind, name = _chosen(visit, conn)
        until = _until(request.form.get("length", ""), now)
        pause(conn, kind, name, reason, now, who=visit.who, until=until)
    visit.say("Đã tạm dừng: {scope}.", "Paused: {scope}.", scope=_scope(visit, kind, name))
    return visit.go(url_for("hotlines.show"))


def go_on(visit: Visit) -> Response:
    with visit.store.write() as conn:
        visit.need_once(conn)
        kind, _, name = request.form.get("scope", "").partition(":")
        reason = " ".join(request.form.get("reason", "").split())[:500]
        if not resume(conn, kind, name, reason, visit.now(conn), who=visit.who):
            raise Wrong("Không còn tạm dừng như vậy.", "There is no such pause any more.", 409)
    visit.say("Đã chạy lại: {scope}.", "Resumed: {scope}.", scope=_scope(visit, kind, name))
    return visit.go(url_for("hotlines.show"))


def limit(visit: Visit, code: str) -> Response:
    """A hotline's limits; an empty one is none."""
    reason = visit.need_reason()
    document: dict[str, Json] = {"code": code}
    for name in _LIMITS:
        written = request.form.get(name, "").strip()
        if written and not (written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS):
            raise Wrong("Giới hạn là một số nguyên, hoặc để trống.", "A limit is a whole number, or empty.")
        document |= {name: int(written)} if written else {}
    errors = find_hotline_errors(document)
    if errors:
        said = "; ".join(error.said(visit.language).partition(": ")[2] for error in errors)
        raise Wrong(said, said)
    with visit.store.write() as conn:
        visit.need_once(conn)
        if code not in _codes(visit, conn, read_outline(conn)):
            raise Wrong("Không có đầu số này.", "There is no such hotline.", 404)
        write_hotline(conn, visit.catalogs.seal, document, visit.now(conn), who=visit.who, reason=reason)
        visit.record(conn, "hotline limits", f"hotline:{code}", reason)
    visit.say("Đã đổi giới hạn của đầu số {code}.", "The limits of {code} are changed.", code=code)
    return visit.go(url_for("hotlines.show"))


PAGE = Page(
    "hotlines",
    ("Đầu số và giới hạn", "Hotlines and limits"),
    place=70,
    routes=(
        get("/console/hotlines", show),
        post("/console/pause", stop, role="operator"),
        post("/console/resume", go_on, role="operator"),
        post("/console/hotlines/<code>/limits", limit, role="admin"),
    ),
)


def _lengths() -> list[tuple[str, str]]:
    return [
        ("", text("đến khi có người cho chạy lại", "until somebody resumes it")),
        *((code, text("trong {span}", "for {span}", span=duration(span))) for code, span in LENGTHS.items()),
        ("morning", text("đến 8:00 sáng hôm sau", "until 8:00 tomorrow")),
    ]


def _until(length: str, now: datetime) -> datetime | None:
    if length == "morning":
        day = local_day(now, DEFAULT_ZONE) + timedelta(days=1)
        return datetime.combine(day, MORNING, ZoneInfo(DEFAULT_ZONE))
    if length and length not in LENGTHS:
        raise Wrong("Hãy chọn một khoảng thời gian.", "Choose for how long.")
    return now + LENGTHS[length] if length else None


def _codes(visit: Visit, conn: Connection, outline: Outline) -> list[str]:
    return hotlines_in_use(conn, [visit.config.hotline, *(rule.get("hotline") for rule in outline.rules.values())])


def _hotline(conn: Connection, code: str, now: datetime, rings: Sequence[Rings]) -> dict[str, Any]:
    found = find_hotline(conn, code)
    return {
        "code": code,
        "per_minute": found.per_minute if found else None,
        "max_active": found.max_active if found else None,
        "active": count_active(conn, code, now),
        "last_minute": count_started(conn, code, now - timedelta(minutes=1)),
        "today": sum(each.count for each in _since(rings, now, DEFAULT_ZONE) if each.hotline == code),
    }


def _limits(
    visit: Visit, conn: Connection, outline: Outline, now: datetime, rings: Sequence[Rings]
) -> Iterator[dict[str, Any]]:
    """What today has used: of all calls, and of each rule and source that has a limit. `most` is None for none."""
    today = [each for each in _since(rings, now, DEFAULT_ZONE) if each.reached]
    used = sum(each.count for each in today)
    yield {"scope": _scope(visit, "all", ""), "used": used, "most": visit.config.max_calls_per_day}
    for name, rule in sorted(outline.rules.items()):
        if rule.get("max_per_day") is not None:
            used = sum(each.count for each in today if each.rule == name)
            yield {"scope": _scope(visit, "rule", name), "used": used, "most": rule["max_per_day"]}
    for source_id, source in sorted(outline.sources.items()):
        if source.max_per_day is not None:
            midnight = _midnight(now, source.timezone)
            mine = [each for each in _since(rings, now, source.timezone) if each.reached and each.source == source_id]
            # Some time zones begin their day within an hour of UTC.
            is_hour = midnight.astimezone(UTC).minute == 0
            used = sum(each.count for each in mine) if is_hour else count_rings(conn, midnight, source=source_id)
            yield {"scope": _scope(visit, "source", source_id), "used": used, "most": source.max_per_day}


def _since(rings: Sequence[Rings], now: datetime, zone: str) -> list[Rings]:
    """Those of the hours of this zone's today."""
    midnight = _midnight(now, zone)
    return [each for each in rings if each.hour >= midnight]


def _midnight(now: datetime, zone: str) -> datetime:
    return datetime.combine(local_day(now, zone), time(), ZoneInfo(zone))


def _scopes(visit: Visit, conn: Connection, outline: Outline) -> list[tuple[str, str]]:
    return [
        ("all", ""),
        *(("hotline", code) for code in _codes(visit, conn, outline)),
        *(("rule", name) for name in outline.rules),
        *(("source", name) for name in sorted(outline.sources)),
    ]


def _chosen(visit: Visit, conn: Connection) -> tuple[str, str]:
    kind, _, name = request.form.get("scope", "").partition(":")
    if (kind, name) not in _scopes(visit, conn, read_outline(conn)):
        raise Wrong("Hãy chọn điều cần tạm dừng.", "Choose what to pause.")
    return kind, name


def _scope(visit: Visit, kind: str, name: str) -> str:
    said = text("mọi cuộc gọi", "all calls") if kind == "all" else word(SCOPES, kind, visit.language)
    return f"{said} {name}".strip()


def _value(kind: str, name: str) -> str:
    return f"{kind}:{name}" if name else kind
