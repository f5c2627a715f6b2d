"""Facts for people who look after the bridge: what each source sent, and how the database does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from bridge.core.call_states import LIVE
from bridge.core.folding import fold
from bridge.core.model import Json
from bridge.store.calls import is_in
from bridge.store.db.tables import calls, decisions, deliveries, events, hotlines
from bridge.store.db.upsert import written
from bridge.store.reports.tallies import counted_upto, read_tallies
from bridge.store.shops.health import read_health
from bridge.store.undecided import UNDECIDED

IGNORED = "ignored"
NEWEST = 20_000
RECENT = timedelta(days=7)
MOST_WORDS = 100


# Small plans limit the role or the database, and not the server. Postgres keeps some connections for superusers.
_CONNECTIONS = text("""
    WITH clients AS (SELECT usename, datname, application_name FROM pg_stat_activity
                     WHERE backend_type = 'client backend'),
    limits (most, usename, datname) AS (
        SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0), NULL, NULL
        UNION ALL SELECT rolconnlimit, rolname, NULL FROM pg_roles WHERE rolname = current_user AND rolconnlimit >= 0
        UNION ALL SELECT datconnlimit, NULL, datname FROM pg_database
                  WHERE datname = current_database() AND datconnlimit >= 0)
    SELECT count(clients), count(clients) FILTER (WHERE clients.application_name NOT LIKE 'vbot-bridge%'), most
    FROM limits LEFT JOIN clients ON (limits.usename IS NULL OR clients.usename = limits.usename)
                                 AND (limits.datname IS NULL OR clients.datname = limits.datname)
    GROUP BY most, limits.usename, limits.datname
""")


@dataclass(frozen=True)
class Connections:
    """Postgres' connections that count against the tightest limit: open ones, others' of these, and how many may be."""

    used: int
    others: int
    most: int


def count_deliveries(conn: Connection) -> dict[str, dict[str, Json]]:
    """Each source that ever sent something -> {last_at, states: {state: count}}.

    Of what was counted already, `last_at` is when a shop sent something last, as its health says.
    Ignored deliveries are those that were ignored at first; what is decided is the rest.
    """
    total, ignored = Counter[str](), Counter[str]()
    for (source, state, _), count in read_tallies(conn).get("deliveries", {}).items():
        total[source] += count
        ignored[source] += count if state == IGNORED else 0
    # Read first: grouped by source, all deliveries would be read in the order of their sources.
    newest = select(deliveries.c.source_id, deliveries.c.state, deliveries.c.received_at).where(
        deliveries.c.id > counted_upto(conn, "deliveries")
    )
    tail = newest.cte("tail").prefix_with("MATERIALIZED")
    last_at = {source: row.last_delivery_at for source, row in read_health(conn).items()}
    counted = select(tail.c.source_id, tail.c.state, func.count().label("n"), func.max(tail.c.received_at).label("at"))
    for row in conn.execute(counted.group_by(tail.c.source_id, tail.c.state)):
        last_at[row.source_id] = max(last_at.get(row.source_id) or row.at, row.at)
        total[row.source_id] += row.n
        ignored[row.source_id] += row.n if row.state == IGNORED else 0
    aside: dict[str, Counter[str]] = {"failed": Counter(), "stored": Counter()}
    for state in ("failed", *UNDECIDED):
        sources = conn.execute(select(deliveries.c.source_id).where(deliveries.c.state == written(state))).scalars()
        aside["stored" if state in UNDECIDED else state].update(sources)
    return {
        source: {"last_at": last_at.get(source), "states": _states(count, ignored[source], aside, source)}
        for source, count in total.items()
    }


def _states(total: int, ignored: int, aside: Mapping[str, Counter[str]], source: str) -> dict[str, int]:
    found = {"ignored": ignored, **{state: counts[source] for state, counts in aside.items()}}
    found["decided"] = max(total - sum(found.values()), 0)
    return {state: count for state, count in found.items() if count}


def have_sent(conn: Connection, sources: Iterable[str]) -> set[str]:
    """Those of these sources that ever sent something."""
    # The first of an index: asked whether there is any, Postgres may read all deliveries of the others.
    least = func.min(deliveries.c.dedup_key)
    first = {source: select(least).where(deliveries.c.source_id == source) for source in sources}
    return {source for source, query in first.items() if conn.execute(query).scalar() is not None}


def methods_not_cod(conn: Connection, since: datetime) -> dict[str, dict[str, int]]:
    """By source, the names of payment methods for which alone an order was skipped, the most frequent first.

    They were read as not paid on delivery. Looked for among the newest NEWEST decisions only.
    """
    newest = select(func.max(decisions.c.id)).scalar_subquery()
    query = (
        select(events.c.source_id, decisions.c.facts)
        .join(events, events.c.id == decisions.c.event_id)
        .where(decisions.c.id > newest - NEWEST, decisions.c.reason == "condition_false")
        .where(decisions.c.decided_at >= since)
    )
    counted: dict[str, Counter[str]] = {}
    for row in conn.execute(query):
        if row.facts.get("method"):
            counted.setdefault(row.source_id, Counter())[row.facts["method"]] += 1
    return {source: _most_first(names) for source, names in counted.items()}


def unknown_states(conn: Connection, since: datetime) -> dict[str, dict[str, int]]:
    """By source, the shop's words for states that nobody knows the meaning of, the most frequent first."""
    count = func.count().label("n")
    query = (
        select(deliveries.c.source_id, deliveries.c.detail, count)
        .where(deliveries.c.received_at >= since, deliveries.c.reason == "unknown_state")
        .group_by(deliveries.c.source_id, deliveries.c.detail)
        .order_by(count.desc(), deliveries.c.detail)
        .limit(MOST_WORDS)
    )
    # The most frequent spelling stands for all of a word.
    spelt: dict[tuple[str, str], str] = {}
    counted: dict[str, Counter[str]] = {}
    for row in conn.execute(query):
        word = spelt.setdefault((row.source_id, fold(row.detail or "")), row.detail or "")
        counted.setdefault(row.source_id, Counter())[word] += row.n
    return {source: _most_first(words) for source, words in counted.items()}


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def hotlines_in_use(conn: Connection, named: Iterable[str | None]) -> list[str]:
    """These hotlines, and those that the configuration or a live call names."""
    known = conn.execute(select(hotlines.c.code, hotlines.c.configured)).all()
    used = (row.code for row in known if row.configured or _has_live_call(conn, row.code))
    return sorted({code for code in named if code} | set(used))


def _has_live_call(conn: Connection, hotline: str) -> bool:
    """By the index of each state's calls by hotline."""
    each = (select(calls.c.id).where(is_in(state), calls.c.hotline == hotline).limit(1) for state in LIVE)
    return any(conn.execute(query).first() is not None for query in each)


def count_connections(conn: Connection) -> Connections:
    """On Postgres only: of the server's, the database's and the role's limit the one that leaves the least room."""
    rows = (Connections(*row) for row in conn.execute(_CONNECTIONS))
    return min(rows, key=lambda found: found.most - found.others)
