"""What the ledger knows of when people answer, kept for `hour: best`; and what moving calls has brought."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from bridge.core.model import DEFAULT_ZONE, AttemptOutcome
from bridge.core.reports.best_hour import Gain, Learned, measure, part_of_day, read_learned
from bridge.core.reports.figures import REACHED
from bridge.core.words import UNREACHABLE
from bridge.store.db.tables import attempts, calls, decisions, orders, sources, state
from bridge.store.db.upsert import upsert

MOST_RINGS = 100_000  # the newest ones
LEARNED_OF = timedelta(days=180)
_KEY = "best_hour"
MOVED, HELD_OUT, LEARNING = "moved", "held_out", "learning"


def learn_hours(conn: Connection, now: datetime) -> Learned:
    """Count the newest first rings of orders by who was rung when. A ring that another followed reached nobody."""
    zones = {
        row.id: ZoneInfo(row.document.get("timezone", DEFAULT_ZONE))
        for row in conn.execute(select(sources.c.id, sources.c.document))
    }
    same = and_(orders.c.source_id == calls.c.source_id, orders.c.order_id == calls.c.order_id)
    query = (
        select(orders.c.source_id, orders.c.region, orders.c.first_seen_at, attempts.c.started_at, calls.c.result)
        .add_columns((attempts.c.id == calls.c.attempt_id).label("is_newest"))
        .select_from(attempts.join(calls, calls.c.id == attempts.c.call_id).join(orders, same))
        .where(attempts.c.started_at >= now - LEARNED_OF, attempts.c.n == 1)
        .where(attempts.c.outcome == AttemptOutcome.ACCEPTED)
        .order_by(attempts.c.started_at.desc())
        .limit(MOST_RINGS)
    )
    cells: dict[tuple[str, str], dict[int, tuple[int, int]]] = defaultdict(dict)
    for row in conn.execute(query):
        if row.is_newest and row.result not in (*REACHED, *UNREACHABLE):
            continue  # nobody knows yet
        zone = zones.get(row.source_id) or ZoneInfo(DEFAULT_ZONE)
        hours = cells[row.region or "", part_of_day(row.first_seen_at, zone)]
        hour = row.started_at.astimezone(zone).hour
        rung, reached = hours.get(hour, (0, 0))
        hours[hour] = (rung + 1, reached + (row.is_newest and row.result in REACHED))
    return Learned(cells)


def keep_learned(conn: Connection, learned: Learned) -> None:
    upsert(conn, state, {"key": _KEY}, {"value": learned.as_json()})


def find_learned(conn: Connection) -> Learned:
    """What was learnt last; empty before the first time."""
    return read_learned(conn.execute(select(state.c.value).where(state.c.key == _KEY)).scalar())


def read_gain(conn: Connection, rule: str, since: datetime, until: datetime) -> Gain:
    """Of the rule's calls that were made in the span under `hour: best`: all that might be moved beside those held out.

    Whether a call that might be moved really was does not matter: only so are both alike but for the moving.
    """
    query = (
        select(decisions.c.facts, calls.c.result)
        .join(decisions, decisions.c.call_id == calls.c.id)
        .where(calls.c.rule == rule, calls.c.created_at >= since, calls.c.created_at < until)
        .where(decisions.c.rule == rule, decisions.c.decision == "call")
        .where(calls.c.result.in_((*REACHED, *UNREACHABLE)))
    )
    counted = {MOVED: [0, 0], HELD_OUT: [0, 0]}
    for row in conn.execute(query):
        arm = (row.facts or {}).get("best_hour")
        if arm in counted:
            counted[arm][0] += 1
            counted[arm][1] += row.result in REACHED
    return measure((counted[MOVED][0], counted[MOVED][1]), (counted[HELD_OUT][0], counted[HELD_OUT][1]))
