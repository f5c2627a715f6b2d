"""What a trace tells of deliveries, attempts and results: ids, times and our own words, nothing of a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from bridge.store.db.tables import attempts, calls, decisions, deliveries, events, results


@dataclass(frozen=True)
class DecidedDelivery:
    """`decisions`: each as `rule decision reason`."""

    id: int
    source: str
    state: str
    decided_at: datetime
    decisions: Sequence[str]


@dataclass(frozen=True)
class CallOrigin:
    """The delivery that a call comes from, and when it was decided; None of both for a call by hand."""

    call_id: int
    rule: str
    delivery_id: int | None
    decided_at: datetime | None


@dataclass(frozen=True)
class EndedAttempt:
    id: int
    origin: CallOrigin
    started_at: datetime
    ended_at: datetime
    outcome: str
    detail: str


@dataclass(frozen=True)
class SettledResult:
    id: int
    attempt_id: int
    origin: CallOrigin
    received_at: datetime
    settled_at: datetime
    end: str


def decided_since(conn: Connection, delivery_ids: Collection[int], begun: datetime) -> list[DecidedDelivery]:
    """Those of these deliveries that were decided, ignored or given up since then."""
    mine = deliveries.c.id.in_(delivery_ids)
    made = (
        select(events.c.delivery_id, decisions.c.rule, decisions.c.decision, decisions.c.reason)
        .join(decisions, decisions.c.event_id == events.c.id)
        .where(events.c.delivery_id.in_(delivery_ids), decisions.c.decided_at >= begun)
        .order_by(decisions.c.id)
    )
    words: dict[int, list[str]] = {}
    for row in conn.execute(made):
        words.setdefault(row.delivery_id, []).append(f"{row.rule or '-'} {row.decision} {row.reason}")
    columns = (deliveries.c.id, deliveries.c.source_id, deliveries.c.state, deliveries.c.decided_at)
    rows = conn.execute(select(*columns).where(mine, deliveries.c.decided_at >= begun).order_by(deliveries.c.id))
    return [DecidedDelivery(*row, words.get(row.id, [])) for row in rows]


def attempts_since(conn: Connection, call_id: int, begun: datetime) -> list[EndedAttempt]:
    """The call's attempts that ended since then, with those that went in the same request."""
    own = select(attempts.c.id, attempts.c.batch).where(attempts.c.call_id == call_id, attempts.c.ended_at >= begun)
    found = conn.execute(own).all()
    batches = {row.batch for row in found if row.batch}
    mine = attempts.c.id.in_([row.id for row in found])
    query = select(attempts).where(or_(mine, attempts.c.batch.in_(batches)) if batches else mine)
    rows = [row for row in conn.execute(query.order_by(attempts.c.id)) if row.ended_at is not None]
    origins = _origins(conn, [row.call_id for row in rows])
    return [
        EndedAttempt(
            row.id, origins[row.call_id], row.started_at, row.ended_at, str(row.outcome or ""), row.detail or ""
        )
        for row in rows
    ]


def settled_among(conn: Connection, result_ids: Collection[int]) -> list[SettledResult]:
    """Those of these results that are settled."""
    query = (
        select(results.c.id, results.c.attempt_id, results.c.received_at, results.c.settled_at, results.c.told)
        .add_columns(attempts.c.call_id)
        .join(attempts, attempts.c.id == results.c.attempt_id)
        .where(results.c.id.in_(result_ids), results.c.state == "settled")
        .order_by(results.c.id)
    )
    rows = conn.execute(query).all()
    origins = _origins(conn, [row.call_id for row in rows])
    return [
        SettledResult(
            row.id,
            row.attempt_id,
            origins[row.call_id],
            row.received_at,
            row.settled_at,
            (row.told or {}).get("end") or "",
        )
        for row in rows
    ]


def _origins(conn: Connection, call_ids: Collection[int]) -> dict[int, CallOrigin]:
    joined = calls.outerjoin(events, events.c.id == calls.c.event_id)
    joined = joined.outerjoin(deliveries, deliveries.c.id == events.c.delivery_id)
    columns = (calls.c.id, calls.c.rule, deliveries.c.id.label("delivery_id"), deliveries.c.decided_at)
    rows = conn.execute(select(*columns).select_from(joined).where(calls.c.id.in_(call_ids)))
    return {row.id: CallOrigin(*row) for row in rows}
