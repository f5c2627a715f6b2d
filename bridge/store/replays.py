"""What a replay asks of the database: which deliveries, which calls are the same, and the row that waits again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select

from bridge.core.call_states import LIVE, RANG, Transition
from bridge.core.model import Json
from bridge.core.outcomes import MAY_HAVE_REACHED, AttemptOutcome
from bridge.store.calls import Call, move
from bridge.store.inbox import ERASED, Delivery
from bridge.store.tables import attempts, calls, decisions, deliveries, events, hotlines
from bridge.store.upsert import insert_new

REPLAYED = ("decided", "ignored", "failed")
LEFT = Transition.RESOLVE_LEAVE.reason  # the reason of an unsure call that a person has seen and left
AROUND = timedelta(days=1)  # how much earlier than the deliveries replayed a cancel of their orders may have come
BATCH = 200


@dataclass(frozen=True)
class Span:
    """Which deliveries: received since then, of one source or all, in these states."""

    since: datetime
    source: str | None = None
    states: tuple[str, ...] = REPLAYED


def ids_of_span(conn: Connection, span: Span) -> list[int]:
    """Oldest first."""
    query = select(deliveries.c.id).where(deliveries.c.received_at >= span.since, deliveries.c.state.in_(span.states))
    if span.source is not None:
        query = query.where(deliveries.c.source_id == span.source)
    return list(conn.execute(query.order_by(deliveries.c.id)).scalars())


def states_of(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The state of each of these deliveries that exists."""
    found: dict[int, str] = {}
    for batch in _batches(ids):
        rows = conn.execute(select(deliveries.c.id, deliveries.c.state).where(deliveries.c.id.in_(batch)))
        found |= {row.id: row.state for row in rows}
    return found


def read_deliveries(conn: Connection, ids: Sequence[int]) -> list[Delivery]:
    """With their bytes, oldest first."""
    return list(conn.execute(select(deliveries).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)))


def unheard(conn: Connection, ids: Sequence[int]) -> list[int]:
    """Deliveries of the same sources that nobody decided, and that may tell of the same orders: ignored and failed."""
    named: set[str] = set()
    earliest: datetime | None = None
    for batch in _batches(ids):
        for row in conn.execute(
            select(deliveries.c.source_id, deliveries.c.received_at).where(deliveries.c.id.in_(batch))
        ):
            named.add(row.source_id)
            earliest = min(earliest or row.received_at, row.received_at)
    if earliest is None:
        return []
    off = and_(deliveries.c.state == "ignored", deliveries.c.reason == "source_disabled")
    query = select(deliveries.c.id).where(
        deliveries.c.source_id.in_(named),
        deliveries.c.received_at >= earliest - AROUND,
        or_(off, deliveries.c.state == "failed"),
        deliveries.c.reason.is_distinct_from(ERASED),
    )
    return list(conn.execute(query.order_by(deliveries.c.id)).scalars())


def lock_delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    """The delivery, ours until the transaction ends."""
    return conn.execute(select(deliveries).where(deliveries.c.id == delivery_id).with_for_update()).first()


def calls_like(conn: Connection, rule: str, once_key: str, event_id: int) -> list[Call]:
    """The rule's calls for this key, and those that it answered this event with before; oldest first, locked.

    The key alone does not tell: that of `phone+day` is another one tomorrow, and a rule's `once_per` may change.
    """
    answered = select(decisions.c.call_id).where(
        decisions.c.event_id == event_id, decisions.c.rule == rule, decisions.c.call_id.is_not(None)
    )
    same = and_(calls.c.rule == rule, or_(calls.c.once_key == once_key, calls.c.id.in_(answered)))
    return list(conn.execute(select(calls).where(same).order_by(calls.c.id).with_for_update()))


def rang(conn: Connection, found: Sequence[Call]) -> list[Call]:
    """Those of these calls of which a request reached VBot, or may have."""
    reached = select(attempts.c.call_id).where(
        attempts.c.call_id.in_([call.id for call in found]),
        or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_(MAY_HAVE_REACHED)),
    )
    ids = set(conn.execute(reached).scalars()) if found else set()
    return [call for call in found if call.id in ids or call.state in RANG]


def calls_of_gone_rules(
    conn: Connection, source_id: str, order_id: str, event_id: int, rule: str, standing: Collection[str]
) -> list[Call]:
    """The order's calls under rules that stand no more; none if `rule`, else their heir, answered this event before."""
    asked = exists().where(decisions.c.event_id == event_id, decisions.c.rule == rule)
    query = select(calls).where(
        calls.c.source_id == source_id, calls.c.order_id == order_id, calls.c.rule.not_in(standing), ~asked
    )
    return list(conn.execute(query.order_by(calls.c.id)))


def topic_since(
    conn: Connection, source_id: str, order_id: str, delivery_id: int, topics: Collection[str]
) -> str | None:
    """One of these topics that a later delivery told of this order."""
    query = select(events.c.topic).where(
        events.c.source_id == source_id,
        events.c.order_id == order_id,
        events.c.delivery_id > delivery_id,
        events.c.topic.in_(topics),
    )
    return conn.execute(query.order_by(events.c.delivery_id).limit(1)).scalar()


def late_cancel(conn: Connection, call: Call) -> str | None:
    """The topic by which the shop took the order back when it was too late to stop this call's request."""
    told = select(events.c.topic).join(decisions, events.c.id == decisions.c.event_id)
    same = and_(events.c.source_id == call.source_id, events.c.order_id == call.order_id)
    query = told.where(same, decisions.c.call_id == call.id, decisions.c.reason == "too_late")
    topic: str | None = conn.execute(query.limit(1)).scalar()
    return topic


def settle_attempt(conn: Connection, attempt_id: int | None, detail: str) -> datetime | None:
    """The unsure attempt says what a person found; it stays unsure. When it was started."""
    same = and_(attempts.c.id == attempt_id, attempts.c.outcome == AttemptOutcome.UNSURE)
    started: datetime | None = conn.execute(
        attempts.update().where(same).values(detail=detail).returning(attempts.c.started_at)
    ).scalar()
    return started


def wait_again(conn: Connection, call_id: int, values: Mapping[str, Json], now: datetime) -> bool:
    """The ended call waits again, with these values; False if it had not ended."""
    insert_new(conn, hotlines, {"code": values["hotline"], "configured": False})
    fresh = {"wake_at": values["not_before"], "retries": 0, "result": None, "key": None, "placed_at": None}
    return move(conn, call_id, Transition.REPLAY, now, **values, **fresh)


def is_live(call: Row[Any]) -> bool:
    return call.state in LIVE


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[n : n + BATCH] for n in range(0, len(ids), BATCH)]
