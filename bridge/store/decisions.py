"""What each rule answered to each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from bridge.core.model import Call, Decision
from bridge.store.db.tables import calls, decisions, events, orders
from bridge.store.db.upsert import insert_all
from bridge.store.notify.messages import tell_of_skip


@dataclass(frozen=True, repr=False)
class Answer:
    """What a rule answered to an event; the rule is None where no rule was asked."""

    event_id: int
    rule: str | None
    decision: Decision


def record_decisions(conn: Connection, answers: Sequence[Answer], now: datetime) -> None:
    rows = [
        {
            "event_id": one.event_id,
            "rule": one.rule,
            "decision": one.decision.decision,
            "reason": one.decision.reason,
            "facts": dict(one.decision.facts),
            "call_id": one.decision.call_id,
            "decided_at": now,
        }
        for one in answers
    ]
    insert_all(conn, decisions, rows, decisions.c.id)
    for one in answers:
        if one.decision.decision == "skip" and one.rule is not None and one.decision.reason != "already_called":
            tell_of_skip(conn, one.event_id, one.rule, one.decision.reason, one.decision.facts, now)


def orders_covered(conn: Connection, call_ids: list[int]) -> dict[int, list[str]]:
    """By call: the numbers of the other orders for which it rings too, by their own decisions."""
    same = and_(orders.c.source_id == events.c.source_id, orders.c.order_id == events.c.order_id)
    query = (
        select(decisions.c.call_id, orders.c.number)
        .join(events, events.c.id == decisions.c.event_id)
        .join(orders, same)
        .join(calls, calls.c.id == decisions.c.call_id)
        .where(decisions.c.call_id.in_(call_ids), decisions.c.reason == "already_called")
        .where(or_(orders.c.order_id != calls.c.order_id, orders.c.source_id != calls.c.source_id))
        .distinct()
        .order_by(orders.c.number)
    )
    covered: dict[int, list[str]] = {call_id: [] for call_id in call_ids}
    for row in conn.execute(query):
        covered[row.call_id].append(row.number)
    return covered


def late_cancel(conn: Connection, call: Call) -> str | None:
    """The topic by which the shop first took the order back when it was too late to stop this call's request."""
    late = select(events.c.topic).join(decisions, events.c.id == decisions.c.event_id)
    same = and_(events.c.source_id == call.source_id, events.c.order_id == call.order_id)
    query = late.where(same, decisions.c.call_id == call.id, decisions.c.reason == "too_late")
    topic: str | None = conn.execute(query.order_by(decisions.c.id).limit(1)).scalar()
    return topic
