"""What each rule answered to each event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from bridge.core.model import Call, Json
from bridge.store.db.tables import calls, decisions, events, orders
from bridge.store.notify.messages import tell_of_skip

_NAMES = ("event_id", "rule", "decision", "reason", "facts", "call_id", "decided_at")
# Built once, as it is asked for each decision; without RETURNING, for nobody wants its id.
_DECISION = decisions.insert().values({name: bindparam(name) for name in _NAMES}).inline()


def record_decision(
    conn: Connection,
    event_id: int,
    rule: str | None,
    decision: str,
    reason: str,
    facts: Mapping[str, Json],
    call_id: int | None,
    now: datetime,
) -> None:
    new = {
        "event_id": event_id,
        "rule": rule,
        "decision": decision,
        "reason": reason,
        "facts": dict(facts),
        "call_id": call_id,
        "decided_at": now,
    }
    conn.execute(_DECISION, new)
    if decision == "skip" and rule is not None and reason != "already_called":
        tell_of_skip(conn, event_id, rule, reason, facts, now)


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
    """The topic by which the shop took the order back when it was too late to stop this call's request."""
    late = select(events.c.topic).join(decisions, events.c.id == decisions.c.event_id)
    same = and_(events.c.source_id == call.source_id, events.c.order_id == call.order_id)
    query = late.where(same, decisions.c.call_id == call.id, decisions.c.reason == "too_late")
    topic: str | None = conn.execute(query.limit(1)).scalar()
    return topic
