"""Decide one event: learn its order's newest state, evaluate each rule on it, record each decision.

`decide` and `replay` share it. They differ in what becomes of a call that a rule wants: `Deciding.on_wanted`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.core.model import (
    UNDER_WAY,
    Decision,
    Delivery,
    Event,
    Json,
    KnownOrder,
    KnownParcel,
    NewCall,
    Origin,
    Source,
)
from bridge.decide.calls import at_best_hour, cancel_calls, cancel_unknown, create_or_keep
from bridge.decide.echo import is_own_echo
from bridge.decide.rule_input import (
    known_parcels,
    newest_event,
    rule_input,
    with_buyer,
    with_custom_fields,
    with_parcels,
    without_fallen_whole,
)
from bridge.decide.subject import Subject, learn_subject
from bridge.decide.verdicts import Verdicts, basis_of
from bridge.rules.evaluate import Question, Verdict, consider
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.decisions import record_decision
from bridge.store.orders import find_number, record_event, was_created_before, was_delivered
from bridge.store.people.dnc import is_listed
from bridge.store.shops.fetches import why_not_fetched

OnWanted = Callable[[Connection, Rule, NewCall, datetime], Decision]


@dataclass(frozen=True)
class Deciding:
    """What a delivery is decided by.

    on_wanted  (conn, rule, the new call, now) -> what becomes of a call that a rule wants
    verdicts   where whoever dials these calls finds what their rules said
    """

    catalog: Catalog
    now: datetime
    default_hotline: str | None
    on_wanted: OnWanted = create_or_keep
    verdicts: Verdicts = field(default_factory=Verdicts)


@dataclass(frozen=True, repr=False)
class _Learned:
    """An event as it was recorded, its order's newest state with its parcels, and the event that holds that state; None
    once it is erased."""

    event_id: int
    event: Event
    order: KnownOrder
    newest: Event | None
    parcels: tuple[KnownParcel, ...]


def decide_event(
    conn: Connection, deciding: Deciding, source: Source, delivery: Delivery, n: int, event: Event
) -> list[Decision]:
    """Evaluate each rule on the delivery's nth event; return the decisions, all recorded. Errors: BadPayload."""
    subject = learn_subject(conn, deciding.catalog, source, delivery, n, event, deciding.now)
    source, event, known = subject.source, subject.event, subject.order
    if event.later_topic and was_created_before(conn, source.id, event.order_id, delivery.id, n):
        event = replace(event, topic=event.later_topic)
    event_id = record_event(conn, delivery.id, n, source.id, event)
    is_newest = (known.delivery_id, known.event_n) == (delivery.id, n)
    newest = event if is_newest else newest_event(conn, deciding.catalog, known)
    parcels = known_parcels(conn, deciding.catalog, known, event.parcel.code if event.parcel else None)
    learned = _Learned(event_id, event, known, newest, parcels)
    question = _question(conn, deciding, subject, delivery, learned)
    if subject.carrier is None and is_own_echo(conn, deciding.catalog, source, delivery, n, event, known):
        question = Decision("skip", "own_write")
    decisions: list[Decision] = []
    for rule in deciding.catalog.rules:
        if not rule.listens(source.id) and not (subject.carrier and rule.listens(subject.carrier.id)):
            continue
        if event.incomplete and subject.carrier is None:
            cancel_unknown(conn, rule, source.id, event, question, deciding.now)
        if event.topic in rule.on:
            decision = _call_or_skip(conn, deciding, rule, question, learned)
        elif event.topic in rule.cancel_on and subject.unjoined is None:
            decision = cancel_calls(conn, rule, source.id, event, deciding.now)
        else:
            continue
        _record(conn, event_id, rule.name, decision, deciding.now)
        decisions.append(decision)
    if not decisions:
        decisions = [_unasked(subject, question)]
        _record(conn, event_id, None, decisions[0], deciding.now)
    return decisions


def _unasked(subject: Subject, question: Question | Decision) -> Decision:
    """Why no rule was asked."""
    if subject.unjoined is not None and isinstance(question, Decision):
        return question
    topic = subject.event.topic
    return Decision("skip", "test_message" if topic == "test" else "no_rule", {"topic": topic})


def _question(
    conn: Connection, deciding: Deciding, subject: Subject, delivery: Delivery, learned: _Learned
) -> Question | Decision:
    """The input of the rules, or the one skip of all of them: too little is known of the order."""
    event, known, newest = subject.event, subject.order, learned.newest
    if subject.unjoined is not None and not event.incomplete:
        return Decision("skip", subject.unjoined, {"order": event.parcel.reference if event.parcel else None})
    if event.incomplete or (newest is not None and newest.incomplete):
        because = why_not_fetched(conn, delivery.id if event.incomplete else known.delivery_id)
        return Decision("skip", "not_fetched", {"because": because})
    if newest is None:
        return Decision("skip", "erased")
    newest = without_fallen_whole(conn, subject.source, newest)
    question = rule_input(deciding.catalog, subject.source, known, newest, event)
    code = event.parcel.code if event.parcel else None
    return with_parcels(conn, deciding.catalog, question, known, learned.parcels, code)


def _call_or_skip(
    conn: Connection, deciding: Deciding, rule: Rule, question: Question | Decision, learned: _Learned
) -> Decision:
    if isinstance(question, Decision):
        return question
    if question.topic in UNDER_WAY and was_delivered(conn, question.source.id, question.order_id, question.occurred_at):
        return Decision("skip", "order_delivered")
    question = with_buyer(conn, with_custom_fields(question, deciding.catalog, rule), rule)
    verdict = consider(rule, question, deciding.now)
    _keep_verdict(deciding, rule, learned, verdict)
    if verdict.decision != "call":
        return Decision(verdict.decision, verdict.reason, _with_number(conn, question.source.id, verdict))
    if is_listed(conn, verdict.phone):
        return Decision("skip", "do_not_call")
    hotline = rule.hotline or deciding.default_hotline
    if hotline is None:
        return Decision("skip", "no_hotline")
    assert verdict.not_before is not None and verdict.not_after is not None  # noqa: S101 - a call has its span
    new = NewCall(
        rule=rule.name,
        once_key=verdict.once_key,
        origin=Origin(
            question.source.id, question.order_id, learned.order.number, learned.event_id, deciding.catalog.revision
        ),
        phone=verdict.phone,
        template=rule.template,
        hotline=hotline,
        datas=dict(verdict.datas),
        not_before=verdict.not_before,
        not_after=verdict.not_after,
    )
    new, timing = at_best_hour(conn, rule, question, new, deciding.now)
    decided = deciding.on_wanted(conn, rule, new, deciding.now)
    facts = {**verdict.facts, **timing, **decided.facts}
    return replace(decided, facts=facts) if decided.decision == "call" else decided


def _keep_verdict(deciding: Deciding, rule: Rule, learned: _Learned, verdict: Verdict) -> None:
    if learned.newest is not learned.event:
        return  # another delivery holds the newest state
    # This delivery is closed with this instant.
    version, decided_at = deciding.catalog.version, deciding.now
    basis = basis_of(rule, learned.event_id, learned.event, version, learned.order, decided_at, learned.parcels)
    deciding.verdicts.keep(basis, rule, learned.newest, verdict)


def _with_number(conn: Connection, source_id: str, verdict: Verdict) -> Mapping[str, Json]:
    """The facts of this verdict; another order is named by its number, where it was received."""
    if verdict.reason != "part_of_order":
        return verdict.facts
    return {"order": find_number(conn, source_id, str(verdict.facts["order"])) or verdict.facts["order"]}


def _record(conn: Connection, event_id: int, rule: str | None, decision: Decision, now: datetime) -> None:
    record_decision(conn, event_id, rule, decision.decision, decision.reason, decision.facts, decision.call_id, now)
