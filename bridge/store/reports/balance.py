"""The balance: every order of a span counted once, and what nobody can explain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, case, exists, func, or_, select

from bridge.core.call_states import ENDED_WITHOUT_RING, CallState
from bridge.core.model import MANUAL, AttemptOutcome, Json
from bridge.store.calls import is_in
from bridge.store.db.tables import attempts, calls, decisions, deliveries, events, orders
from bridge.store.db.upsert import standing, written
from bridge.store.deliveries import last_before
from bridge.store.operation.workers import is_worker_alive
from bridge.store.orders import of_orders
from bridge.store.reports.today import results_since
from bridge.store.shops.refusals import read_refusals
from bridge.store.undecided import UNDECIDED

GROUPS = (
    CallState.UNSURE.value,
    CallState.WAITING.value,
    "called",
    CallState.REFUSED.value,
    CallState.EXPIRED.value,
    CallState.CANCELLED.value,
    "skipped",
)
_RANK_OF = {
    CallState.UNSURE: 0,
    CallState.WAITING: 1,
    CallState.QUEUED: 1,
    CallState.DIALING: 1,
    CallState.PLACED: 2,
    CallState.FINISHED: 2,
    CallState.REFUSED: 3,
    CallState.EXPIRED: 4,
    CallState.CANCELLED: 5,
}
TELLS_LITTLE = ("no_rule", "already_called")  # of a later message about an order that another one decided
UNDECIDED_FOR = timedelta(minutes=5)
STUCK_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class OrderCounts:
    """The orders first seen since an instant, each counted once.

    groups    how many are in each of GROUPS
    skipped   those without a call, by reason, the most frequent first; "" where no rule was asked
    results   how their newest calls ended
    """

    groups: Mapping[str, int]
    skipped: Mapping[str, int]
    results: Mapping[str, int]


def rank_of_call() -> ColumnElement[int]:
    """Among GROUPS, where this call puts its order: with the called, too, if it rang and its redial came to nothing."""
    tried = attempts.alias()
    rang = exists().where(tried.c.call_id == calls.c.id, tried.c.outcome == written(AttemptOutcome.ACCEPTED))
    gave_up = and_(calls.c.state.in_(ENDED_WITHOUT_RING), calls.c.attempt_id.is_not(None), rang)
    return case((gave_up, GROUPS.index("called")), else_=case(_RANK_OF, value=calls.c.state))


def count_orders(conn: Connection, since: datetime) -> OrderCounts:
    """Counted from the ledger itself, order by order."""
    return OrderCounts(_orders(conn, since), _skipped(conn, since), results_since(conn, since))


def read_balance(
    conn: Connection,
    since: datetime,
    topics: dict[str, list[str]],
    now: datetime,
    counted: OrderCounts | None = None,
    suspects: Collection[tuple[str, str]] | None = None,
) -> dict[str, Json]:
    """Count every order once, and what nobody can explain.

    topics    each source's id -> the topics that its enabled rules listen to
    counted   the orders, where they are counted already
    suspects  the only orders that may have an event without a decision, where that is known

    orders              the orders first seen since then, each in the first group that fits
    skipped_by_reason   those skipped, each by one reason, the most frequent first; "" where no rule was asked
    unexplained         what is wrong, by kind
    refused_deliveries  what no secret had signed
    manual              calls without an order
    """
    unexplained = {
        "failed_deliveries": _count_deliveries(conn, ("failed",), deliveries.c.received_at >= since),
        "undecided_deliveries": _count_deliveries(conn, UNDECIDED, deliveries.c.received_at < now - UNDECIDED_FOR),
        "events_without_decision": _events_without_decision(conn, since, topics, suspects),
        "stuck_calls": _stuck_calls(conn, now),
    }
    counted = counted or count_orders(conn, since)
    return {
        "since": since.isoformat(),
        "until": now.isoformat(),
        "total": sum(counted.groups.values()),
        "orders": dict(counted.groups),
        "skipped_by_reason": dict(counted.skipped),
        "unexplained_total": sum(unexplained.values()),
        "unexplained": unexplained,
        "refused_deliveries": read_refusals(conn),
        "manual": _manual(conn, since),
        "worker_beats": is_worker_alive(conn, now),
        "work_waits": _work_waits(conn, now),
    }


def count_stuck(conn: Connection, now: datetime) -> int:
    """Calls and deliveries that the sweep should have moved on long ago."""
    late = deliveries.c.received_at < now - UNDECIDED_FOR
    return _stuck_calls(conn, now) + _count_deliveries(conn, UNDECIDED, late)


def _orders(conn: Connection, since: datetime) -> dict[str, int]:
    same = and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id)
    # For each order by itself: a join grouped by order would be read in the order of all orders there are.
    rank = select(func.min(rank_of_call())).where(same).correlate(orders).scalar_subquery()
    each = select(func.coalesce(rank, len(GROUPS) - 1).label("rank")).where(orders.c.first_seen_at >= since).subquery()
    rows = conn.execute(select(each.c.rank, func.count().label("orders")).group_by(each.c.rank))
    counted: dict[int, int] = {row.rank: row.orders for row in rows}
    return {name: counted.get(n, 0) for n, name in enumerate(GROUPS)}


def _skipped(conn: Connection, since: datetime) -> dict[str, int]:
    """The newest skip of each order without a call counts; a decision that says less only where there is no other."""
    tells = and_(decisions.c.decision == "skip", decisions.c.reason.not_in(TELLS_LITTLE))
    same = and_(events.c.source_id == orders.c.source_id, events.c.order_id == orders.c.order_id)
    decided = events.join(decisions, decisions.c.event_id == events.c.id)
    # For each order by itself, as in `_orders`.
    newest = select(func.coalesce(func.max(case((tells, decisions.c.id))), func.max(decisions.c.id)))
    newest = newest.select_from(decided).where(same).correlate(orders)
    rung = exists().where(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id)
    since_then = and_(orders.c.first_seen_at >= since, ~rung)
    each = select(newest.scalar_subquery().label("decision_id")).where(since_then).subquery()
    reason = func.coalesce(decisions.c.reason, "").label("reason")
    counted = (
        select(reason, func.count().label("n"))
        .select_from(each.outerjoin(decisions, decisions.c.id == each.c.decision_id))
        .group_by(reason)
        .order_by(func.count().desc(), reason)
    )
    return {row.reason: int(row.n) for row in conn.execute(counted)}


def _count_deliveries(conn: Connection, states: tuple[str, ...], condition: ColumnElement[bool]) -> int:
    """Counted in each state by itself, whose partial index then serves."""
    unseen = and_(condition, deliveries.c.acknowledged_at.is_(None))
    return sum(_count(conn, deliveries, standing(deliveries, (state,)), unseen) for state in states)


def _count(conn: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    return int(conn.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def _events_without_decision(
    conn: Connection, since: datetime, topics: dict[str, list[str]], suspects: Collection[tuple[str, str]] | None
) -> int:
    """By the deliveries' ids, which nearly follow their times, and the few that are left by topic here.

    With a condition on topics SQLite reads all events of each source.
    """
    if suspects is not None and not suspects:
        return 0
    first = last_before(conn, since - UNDECIDED_FOR)
    decided = exists().where(decisions.c.event_id == events.c.id)
    query = (
        select(events.c.source_id, events.c.topic)
        .join(deliveries, deliveries.c.id == events.c.delivery_id)
        .where(events.c.delivery_id > first, deliveries.c.received_at >= since, ~decided)
    )
    if suspects is not None:
        query = query.where(of_orders(events, suspects))
    return sum(row.topic in topics.get(row.source_id, ()) for row in conn.execute(query))


def _stuck_calls(conn: Connection, now: datetime) -> int:
    """Counted state by state, whose partial indexes then serve: the finished calls are many."""
    late, asleep = now - STUCK_FOR, calls.c.wake_at.is_(None)
    waiting = is_in(CallState.WAITING)
    # Without a condition on their end, but in its order: otherwise SQLite would read all that wait.
    ends = conn.execute(select(calls.c.not_after).where(waiting, asleep).order_by(calls.c.not_after)).scalars()
    return (
        _count(conn, calls, waiting, calls.c.not_after < late)
        + len([end for end in ends if end >= late])
        + _count(conn, calls, is_in(CallState.QUEUED), or_(asleep, calls.c.wake_at < late))
        + _count(conn, calls, is_in(CallState.DIALING), or_(asleep, calls.c.wake_at < late))
    )


def _manual(conn: Connection, since: datetime) -> dict[str, int]:
    mine = calls.c.rule == written(MANUAL)  # as a literal: the planner sees that its partial index covers it
    query = select(calls.c.state, func.count()).where(mine, calls.c.created_at >= since)
    return {state: int(n) for state, n in conn.execute(query.group_by(calls.c.state))}


def _work_waits(conn: Connection, now: datetime) -> bool:
    due = and_(calls.c.wake_at.is_not(None), calls.c.wake_at <= now)
    return conn.execute(select(calls.c.id).where(due).limit(1)).first() is not None or any(
        conn.execute(select(deliveries.c.id).where(deliveries.c.state == written(state)).limit(1)).first() is not None
        for state in UNDECIDED
    )
