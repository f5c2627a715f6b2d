"""What is so at this moment, for a monitor: by indexes of unfinished rows, so that a long history costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.core.call_states import CallState
from bridge.store.calls import is_in
from bridge.store.db.tables import alarms, calls, deliveries, pauses, workers
from bridge.store.db.upsert import written
from bridge.store.reports.balance import count_stuck
from bridge.store.undecided import UNDECIDED


@dataclass(frozen=True)
class Gauges:
    """How it stands now.

    calls             by state, but for those that are finished
    oldest_waiting    when the oldest call that still waits was made
    first_due         when the first call that waits was, or will be, due
    undecided         deliveries by state; `oldest_undecided` is when the first of them came
    failed            deliveries that failed and that nobody acknowledged
    stuck             deliveries and calls that stand still
    alarms            how many are open, by kind
    paused            how many pauses there are, by kind
    beat_at           the newest heartbeat of `workers` workers
    """

    calls: Mapping[str, int]
    oldest_waiting: datetime | None
    first_due: datetime | None
    undecided: Mapping[str, int]
    oldest_undecided: datetime | None
    failed: int
    stuck: int
    alarms: Mapping[str, int]
    paused: Mapping[str, int]
    workers: int
    beat_at: datetime | None


def read_gauges(conn: Connection, now: datetime, beaten_since: datetime) -> Gauges:
    """`beaten_since`: a worker without a heartbeat since then is not counted."""
    unfinished = [state for state in CallState if state != CallState.FINISHED]
    alive = select(func.count()).select_from(workers).where(workers.c.beat_at >= beaten_since)
    failed = select(func.count()).where(deliveries.c.state == written("failed"), deliveries.c.acknowledged_at.is_(None))
    undecided = {state: _undecided(conn, state) for state in UNDECIDED}
    return Gauges(
        calls={
            str(state): int(conn.execute(select(func.count()).select_from(calls).where(is_in(state))).scalar_one())
            for state in unfinished
        },
        oldest_waiting=_oldest_waiting(conn),
        first_due=conn.execute(select(func.min(calls.c.wake_at)).where(is_in(CallState.WAITING))).scalar(),
        undecided={state: count for state, (count, _) in undecided.items()},
        oldest_undecided=min((oldest for _, oldest in undecided.values() if oldest), default=None),
        failed=int(conn.execute(failed).scalar_one()),
        stuck=count_stuck(conn, now),
        alarms=_open_alarms(conn),
        paused={row.kind: row.n for row in conn.execute(select(pauses.c.kind, _N).group_by(pauses.c.kind))},
        workers=int(conn.execute(alive).scalar_one()),
        beat_at=conn.execute(select(func.max(workers.c.beat_at))).scalar(),
    )


_N = func.count().label("n")


def _oldest_waiting(conn: Connection) -> datetime | None:
    """By the least id, which the index of waiting calls holds. Of `min(id)` the finished calls before it are read."""
    first = select(func.min(calls.c.id + 0)).where(is_in(CallState.WAITING)).scalar_subquery()
    found: datetime | None = conn.execute(select(calls.c.created_at).where(calls.c.id == first)).scalar()
    return found


def _undecided(conn: Connection, state: str) -> tuple[int, datetime | None]:
    query = select(_N, func.min(deliveries.c.received_at).label("oldest")).where(deliveries.c.state == written(state))
    row = conn.execute(query).one()
    return int(row.n), row.oldest


def _open_alarms(conn: Connection) -> dict[str, int]:
    """An alarm about one source counts under its kind, without the source."""
    found: dict[str, int] = {}
    for key in conn.execute(select(alarms.c.key).where(alarms.c.closed_at.is_(None))).scalars():
        kind = key.partition(":")[0]
        found[kind] = found.get(kind, 0) + 1
    return found
