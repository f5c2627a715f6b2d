"""What a decision does to calls: one is created or stays as it is, those that wait are cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.core.call_states import BEFORE_DIALING, REACHED, Transition
from bridge.core.model import Call, Decision, Event, Json, NewCall, Origin
from bridge.decide.best_hour import best_hour, facts_of
from bridge.rules.evaluate import Question
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.calls import calls_of_order, create_calls, find_by_key, move
from bridge.store.reports.best_hour import find_learned

Wanted = tuple[Rule, NewCall]  # a rule, and the call that it wants


def create_or_keep(conn: Connection, wanted: Sequence[Wanted], now: datetime) -> list[Decision]:
    """Create the calls that rules want; where a once_per key has one already, that one stays as it is."""
    made = create_calls(conn, [new for _, new in wanted], now)
    return [
        _existing(conn, new) if call_id is None else Decision("call", "wanted", call_id=call_id)
        for call_id, (_, new) in zip(made, wanted, strict=True)
    ]


def _existing(conn: Connection, new: NewCall) -> Decision:
    existing = find_by_key(conn, new.rule, new.once_key)
    return Decision("skip", "already_called") if existing is None else keep(existing, "already_called", new.origin)


def keep(call: Call, reason: str, origin: Origin | None) -> Decision:
    """No call for this order, because of that one; it may be another order's."""
    other = call.order_number if origin is None or call.order_id != origin.order_id else None
    return Decision("skip", reason, {"call": call.id, "order": other}, call.id)


def cancel_calls(conn: Connection, rule: Rule, source_id: str, event: Event, now: datetime) -> Decision:
    """Cancel the rule's calls for this order that are not dialing yet; for a later one it is too late."""
    reason = event.topic.replace(".", "_")
    found = calls_of_order(conn, source_id, event.order_id, rule.name)
    for call in found:
        if call.state in BEFORE_DIALING:
            move(conn, call.id, Transition.CANCEL, now, reason=reason)
    if not found:
        return Decision("cancel", reason)
    last = found[-1]
    if last.state in REACHED:
        return Decision("cancel", "too_late", {"at": now.isoformat(), "call": last.id}, last.id)
    return Decision("cancel", reason, {"call": last.id}, last.id)


def cancel_unknown(
    conn: Connection, rule: Rule, source_id: str, event: Event, question: Question | Decision, now: datetime
) -> None:
    """The order changed in a way that the shop leaves open: it may have been cancelled, so what waits does not ring."""
    facts = dict(question.facts) if isinstance(question, Decision) else {}
    for call in calls_of_order(conn, source_id, event.order_id, rule.name):
        if call.state in BEFORE_DIALING:
            move(conn, call.id, Transition.CANCEL, now, reason="not_fetched", facts=facts)


def at_best_hour(
    conn: Connection, rule: Rule, question: Question, new: NewCall, now: datetime
) -> tuple[NewCall, Mapping[str, Json]]:
    """`hour: best`: the call with its new start, and what the decision remembers of it."""
    if rule.hour != "best":
        return new, {}
    arm, choice = best_hour(find_learned(conn), rule, question, (new.not_before, new.not_after), now)
    if choice is None:
        return new, {"best_hour": arm}
    new = replace(new, not_before=choice.at, reason="best_hour", facts=facts_of(choice))
    return new, {"best_hour": arm, "best_hour_choice": facts_of(choice)}
