"""Health: how each source fares, learned from what it sent and what was refused; alarms where somebody must look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bridge.core.folding import fold
from bridge.core.model import Json, Source
from bridge.core.reasons import sentence
from bridge.core.silence import DAYS, remember, usual_gap
from bridge.platforms import has_api, title_of
from bridge.store import Connection, Store
from bridge.store.configuration.outline import Outline
from bridge.store.operation.alarms import keep_alarm, list_alarms
from bridge.store.reports.counts import count_deliveries
from bridge.store.reports.views import DELIVERY_STATES
from bridge.store.shops.fetches import failed_fetches
from bridge.store.shops.health import read_health, sent_between, take_mark, write_health, write_mark
from bridge.store.shops.polls import read_polls
from bridge.store.shops.refusals import read_misaddressed, read_refusals, refused_so_far

if TYPE_CHECKING:
    from bridge.core.platform import Shop
    from bridge.store.configuration.catalog import Catalog, Catalogs

SETTLED = timedelta(seconds=10)  # what was received before that is committed, by clocks that differ a little
SLICE = timedelta(hours=6)
SLICES = 4 * DAYS + 1
FAILING = 5  # refused in a row, where the platform names no number
POLL_FAILING = 5
FETCH_FAILING = 3
FETCHES = 50
KINDS = ("source_silent", "source_failing", "poll_failing", "fetch_failing")


def look_at_sources(store: Store, catalogs: Catalogs, now: datetime) -> None:
    """Learn what came since the last look, whichever worker looks; then keep the alarms.

    Facts of an alarm are the source's id and numbers.
    """
    for _ in range(SLICES):
        if not _learn(store, now):
            break
    with store.read() as conn:
        wanted = _alarms(conn, catalogs.read(conn), now)
        known = {alarm["key"] for alarm in list_alarms(conn) if alarm["key"].partition(":")[0] in KINDS}
    for key in sorted(wanted.keys() ^ known):
        keep_alarm(store, key, key in wanted, wanted.get(key, {}), now)


def describe_sources(
    conn: Connection, catalog: Catalog | Outline, now: datetime, *, counted: bool = True
) -> list[dict[str, Json]]:
    """Every connected shop: where it sends its webhooks, what came, what was refused, how it fares.

    counted   False: without how many deliveries came, for which all of them are read
    """
    came = count_deliveries(conn) if counted else {}
    refused = read_refusals(conn)
    health, polls = read_health(conn), read_polls(conn)
    return [
        {
            **_source(catalog, source, came.get(source_id), refused),
            "health": _describe(source, catalog, health.get(source_id), now),
            "fetch": _fetch(conn, source),
            "poll": _poll(polls.get(source_id)),
        }
        for source_id, source in sorted(catalog.sources.items())
    ]


def describe_misaddressed(conn: Connection, catalog: Catalog | Outline) -> list[dict[str, Json]]:
    """Requests under /hooks/ that reached no source, by address, with the source that was probably meant."""
    return [
        {
            "address": f"/hooks/{row['source']}",
            "reason": row["reason"],
            "times": row["count"],
            "last_at": row["last_at"],
            "source": _meant(row["source"], catalog),
        }
        for row in read_misaddressed(conn)
    ]


def _meant(name: str, catalog: Catalog | Outline) -> str | None:
    """The source whose id is nearest to this name; None where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  for addresses that are wrong alone

    folded = fold(name).replace(" ", "-")
    near = get_close_matches(folded, catalog.sources, n=1, cutoff=0.5)
    return folded if folded in catalog.sources else next(iter(near), None)


def _learn(store: Store, now: datetime) -> bool:
    """One span of what came is learned; True if there is more."""
    newest = now - SETTLED
    with store.write() as conn:
        since = take_mark(conn, newest - timedelta(days=DAYS))
        if since is None or since >= newest:
            return False
        until = min(newest, since + SLICE)
        sent: dict[str, list[datetime]] = {}
        for one in sent_between(conn, since, until):
            sent.setdefault(one.source_id, []).append(one.at)
        rows: dict[str, Mapping[str, Any]] = {name: asdict(row) for name, row in read_health(conn).items()}
        refused = refused_so_far(conn)
        # What was taken a moment ago is learned at the next look, but it may have ended the row already.
        for one in sent_between(conn, newest, now):
            if one.source_id in refused and one.at >= refused[one.source_id].last_at:
                del refused[one.source_id]
        for source_id in sorted(sent.keys() | refused.keys()):
            before = rows.get(source_id, {})
            after = _with_gaps(before, sent.get(source_id, ()))
            if source_id in refused:
                after |= _failed(before, after, refused[source_id], bool(sent.get(source_id)))
            if any(before.get(name) != value for name, value in after.items()):
                write_health(conn, source_id, after)
        write_mark(conn, until)
        return until < newest


def _with_gaps(before: Mapping[str, Any], sent: Any) -> dict[str, Any]:
    last, gaps = before.get("last_delivery_at"), before.get("gaps", {})
    for at in sent:
        gaps = remember(gaps, last, at)
        last = at if last is None else max(last, at)
    return {"last_delivery_at": last, "gaps": dict(gaps)}


def _failed(before: Mapping[str, Any], after: Mapping[str, Any], refused: Any, is_sent: bool) -> dict[str, Any]:
    """Refusals since the last request that was taken; those of one look, on both sides of one, all count."""
    new = max(refused.total - before.get("refused", 0), 0)
    last = after["last_delivery_at"]
    if last is not None and last >= refused.last_at:
        failures = 0
    else:
        failures = max(new, 1) if is_sent else before.get("failures", 0) + new
    return {"failures": failures, "last_failure_at": refused.last_at, "refused": refused.total}


def _alarms(conn: Connection, catalog: Catalog, now: datetime) -> dict[str, dict[str, Json]]:
    """By key, with the facts."""
    wanted: dict[str, dict[str, Json]] = {}
    polls = read_polls(conn)
    for source_id, row in read_health(conn).items():
        source = catalog.sources.get(source_id)
        if source is None or not source.enabled:
            continue
        silence = _silence(row, now)
        if silence is not None:
            wanted[f"source_silent:{source_id}"] = {"source": source_id, "seconds": int(silence.total_seconds())}
        if row.failures >= _alarming_failures(catalog.shop(source_id)):
            wanted[f"source_failing:{source_id}"] = {"source": source_id, "failures": row.failures}
    for source_id, poll in polls.items():
        if poll.failures >= POLL_FAILING and source_id in catalog.sources:
            wanted[f"poll_failing:{source_id}"] = {"source": source_id, "failures": poll.failures}
    for source_id, source in catalog.sources.items():
        fetch = _fetch(conn, source) if source.enabled else None
        if fetch is not None and fetch["failures"] >= FETCH_FAILING:
            wanted[f"fetch_failing:{source_id}"] = {"source": source_id, **fetch}
    return wanted


def _alarming_failures(shop: Shop | None) -> int:
    """How many refusals in a row raise an alarm: in time before the platform stops."""
    schedule = shop.platform.retry_schedule if shop else None
    return min(FAILING, (schedule.failures + 1) // 2) if schedule else FAILING


def _silence(row: Any, now: datetime) -> timedelta | None:
    """How long it has been silent, if that is longer than usual."""
    usual = usual_gap(row.gaps)
    if usual is None or row.last_delivery_at is None:
        return None
    silence: timedelta = now - row.last_delivery_at
    return silence if silence > usual else None


def _describe(source: Source, catalog: Catalog | Outline, row: Any, now: datetime) -> dict[str, Json]:
    usual = usual_gap(row.gaps) if row is not None else None
    failures = row.failures if row is not None else 0
    shop = catalog.shop(source.id) if failures > 0 else None  # only then what its platform does is of interest
    return {
        "last_sent_at": _instant(row.last_delivery_at if row is not None else None),
        "usual_gap_seconds": int(usual.total_seconds()) if usual is not None else None,
        "silent": source.enabled and row is not None and _silence(row, now) is not None,
        "failures": failures,
        "last_failure_at": _instant(row.last_failure_at if row is not None else None),
        "warning": _warning(shop, failures, "vi"),
        "warning_en": _warning(shop, failures, "en"),
    }


def _warning(shop: Shop | None, failures: int, language: str) -> str | None:
    """What the platform is about to do, by its own rule."""
    if failures <= 0:
        return None
    schedule = shop.platform.retry_schedule if shop else None
    if shop is None or schedule is None:
        return sentence("refused_in_a_row", language, failures=failures)
    title = shop.platform.title
    if failures >= schedule.failures:
        return sentence("platform_gave_up", language, platform=title, failures=failures)
    return sentence(schedule.then, language, platform=title, failures=schedule.failures - failures)


def _fetch(conn: Connection, source: Source) -> dict[str, Json] | None:
    """How many of its newest deliveries in a row the shop did not complete, and why the newest."""
    if not has_api(source.platform):
        return None
    failed = failed_fetches(conn, source.id, FETCHES)
    return {"failures": len(failed), "reason": failed[0] if failed else None}


def _poll(row: Any) -> dict[str, Json] | None:
    if row is None:
        return None
    return {
        "looked_at": _instant(row.looked_at),
        "next_at": _instant(row.wake_at),
        "failures": row.failures,
        "reason": row.reason,
        "recovered": row.recovered,
    }


def _source(
    catalog: Catalog | Outline, source: Source, came: Mapping[str, Json] | None, refused: list[dict[str, Json]]
) -> dict[str, Json]:
    states = came["states"] if came else {}
    return {
        "id": source.id,
        "platform": source.platform,
        "title": title_of(source.platform),
        "enabled": source.enabled,
        "paused": ("source", source.id) in catalog.pauses or ("all", "") in catalog.pauses,
        "webhook_path": f"/hooks/{source.id}",
        "last_delivery_at": _instant(came["last_at"] if came else None),
        "deliveries": {state: states.get(state, 0) for state in DELIVERY_STATES},
        "refused": [
            {key: row[key] for key in ("reason", "count", "last_at")} for row in refused if row["source"] == source.id
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
