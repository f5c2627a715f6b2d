"""Decide events: learn their orders' newest states, evaluate each rule on them, record each decision.

`decide` and `replay` share it. They differ in what becomes of a call that a rule wants: `Deciding.on_wanted`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.core.model import (
    UNDER_WAY,
    Decision,
    Event,
    Json,
    KnownOrder,
    KnownParcel,
    NewCall,
    Origin,
)
from bridge.decide.calls import Wanted, at_best_hour, cancel_calls, cancel_unknown, create_or_keep
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
from bridge.decide.subject import Subject, learn_subjects
from bridge.decide.verdicts import Verdicts, basis_of
from bridge.rules.evaluate import Question, Verdict, consider
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.decisions import Answer, record_decisions
from bridge.store.orders import Told, find_number, record_events, was_created_before, was_delivered
from bridge.store.people.dnc import listed_among
from bridge.store.shops.fetches import why_not_fetched

OnWanted = Callable[[Connection, Sequence[Wanted], datetime], list[Decision]]


@dataclass(frozen=True)
class Deciding:
    """What a delivery is decided by.

    on_wanted  (conn, the rules with the calls that they want, now) -> what becomes of each
    verdicts   where whoever dials these calls finds what their rules said
    due        the new calls that are due at once
    """

    catalog: Catalog
    now: datetime
    default_hotline: str | None
    on_wanted: OnWanted = create_or_keep
    verdicts: Verdicts = field(default_factory=Verdicts)
    due: list[int] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class _Learned:
    """An event as it was recorded, what it is about, and the event that holds its order's newest state; None once
    that is erased. With the order's parcels."""

    told: Told
    event_id: int
    subject: Subject
    newest: Event | None
    parcels: tuple[KnownParcel, ...]

    @property
    def order(self) -> KnownOrder:
        return self.subject.order


@dataclass(frozen=True, repr=False)
class _Wanted:
    """A rule's verdict that somebody is to be called, and what it was asked."""

    rule: Rule
    question: Question
    learned: _Learned
    verdict: Verdict


def decide_events(conn: Connection, deciding: Deciding, told: Sequence[Told]) -> list[tuple[int, Decision]]:
    """Evaluate each rule on each of these events; return each decision, recorded, with its delivery's id.

    told    an event, or several of which none changes what is asked about another (`delivery.runs`)
    Errors  BadPayload
    """
    learned = _learn(conn, deciding, told)
    answers = [(one, rule, answer) for one in learned for rule, answer in _ask_rules(conn, deciding, one)]
    called = iter(_call(conn, deciding, [answer for _, _, answer in answers if isinstance(answer, _Wanted)]))
    decided = [(one, rule, next(called) if isinstance(answer, _Wanted) else answer) for one, rule, answer in answers]
    record_decisions(conn, [Answer(one.event_id, rule, decision) for one, rule, decision in decided], deciding.now)
    return [(one.told.delivery.id, decision) for one, _, decision in decided]


def _learn(conn: Connection, deciding: Deciding, told: Sequence[Told]) -> list[_Learned]:
    subjects = learn_subjects(conn, deciding.catalog, told, deciding.now)
    told = [_named(conn, one, subject) for one, subject in zip(told, subjects, strict=True)]
    learned = []
    for one, subject, event_id in zip(told, subjects, record_events(conn, told), strict=True):
        known, event = subject.order, one.event
        is_newest = (known.delivery_id, known.event_n) == (one.delivery.id, one.n)
        newest = event if is_newest else newest_event(conn, deciding.catalog, known)
        parcels = known_parcels(conn, deciding.catalog, known, event.parcel.code if event.parcel else None)
        learned.append(_Learned(one, event_id, subject, newest, parcels))
    return learned


def _named(conn: Connection, told: Told, subject: Subject) -> Told:
    """The event as it is recorded: under its subject's source, and under its later topic where it is not the first."""
    event = subject.event
    if event.later_topic and was_created_before(conn, subject.source.id, event.order_id, told.delivery.id, told.n):
        event = replace(event, topic=event.later_topic)
    return replace(told, source=subject.source, event=event)


def _ask_rules(conn: Connection, deciding: Deciding, learned: _Learned) -> list[tuple[str | None, Decision | _Wanted]]:
    """What each rule answers, by its name; where none was asked, why."""
    subject, event, source = learned.subject, learned.told.event, learned.told.source
    question = _question(conn, deciding, learned)
    if subject.carrier is None and is_own_echo(conn, deciding.catalog, learned.told, learned.order):
        question = Decision("skip", "own_write")
    answers: list[tuple[str | None, Decision | _Wanted]] = []
    for rule in deciding.catalog.rules:
        if not rule.listens(source.id) and not (subject.carrier and rule.listens(subject.carrier.id)):
            continue
        if event.incomplete and subject.carrier is None:
            cancel_unknown(conn, rule, source.id, event, question, deciding.now)
        if event.topic in rule.on:
            answers.append((rule.name, _call_or_skip(conn, deciding, rule, question, learned)))
        elif event.topic in rule.cancel_on and subject.unjoined is None:
            answers.append((rule.name, cancel_calls(conn, rule, source.id, event, deciding.now)))
    return answers or [(None, _unasked(learned, question))]


def _unasked(learned: _Learned, question: Question | Decision) -> Decision:
    """Why no rule was asked."""
    if learned.subject.unjoined is not None and isinstance(question, Decision):
        return question
    topic = learned.subject.event.topic
    return Decision("skip", "test_message" if topic == "test" else "no_rule", {"topic": topic})


def _question(conn: Connection, deciding: Deciding, learned: _Learned) -> Question | Decision:
    """The input of the rules, or the one skip of all of them: too little is known of the order."""
    subject, event, known, newest = learned.subject, learned.told.event, learned.order, learned.newest
    if subject.unjoined is not None and not event.incomplete:
        return Decision("skip", subject.unjoined, {"order": event.parcel.reference if event.parcel else None})
    if event.incomplete or (newest is not None and newest.incomplete):
        because = why_not_fetched(conn, learned.told.delivery.id if event.incomplete else known.delivery_id)
        return Decision("skip", "not_fetched", {"because": because})
    if newest is None:
        return Decision("skip", "erased")
    newest = without_fallen_whole(conn, subject.source, newest)
    question = rule_input(deciding.catalog, subject.source, known, newest, event)
    code = event.parcel.code if event.parcel else None
    return with_parcels(conn, deciding.catalog, question, known, learned.parcels, code)


def _call_or_skip(
    conn: Connection, deciding: Deciding, rule: Rule, question: Question | Decision, learned: _Learned
) -> Decision | _Wanted:
    if isinstance(question, Decision):
        return question
    if question.topic in UNDER_WAY and was_delivered(conn, question.source.id, question.order_id, question.occurred_at):
        return Decision("skip", "order_delivered")
    question = with_buyer(conn, with_custom_fields(question, deciding.catalog, rule), rule)
    verdict = consider(rule, question, deciding.now)
    _keep_verdict(deciding, rule, learned, verdict)
    if verdict.decision != "call":
        return Decision(verdict.decision, verdict.reason, _with_number(conn, question.source.id, verdict))
    return _Wanted(rule, question, learned, verdict)


def _call(conn: Connection, deciding: Deciding, wanted: Sequence[_Wanted]) -> list[Decision]:
    """What becomes of the calls that rules want."""
    listed = listed_among(conn, [one.verdict.phone for one in wanted])
    planned = [_plan(conn, deciding, one, listed) for one in wanted]
    news = [(one.rule, plan[0]) for one, plan in zip(wanted, planned, strict=True) if not isinstance(plan, Decision)]
    made = deciding.on_wanted(conn, news, deciding.now)
    for (_, new), decision in zip(news, made, strict=True):
        if decision.decision == "call" and decision.call_id and new.not_before <= deciding.now:
            deciding.due.append(decision.call_id)
    called = iter(made)
    return [
        plan if isinstance(plan, Decision) else _with_facts(next(called), {**one.verdict.facts, **plan[1]})
        for one, plan in zip(wanted, planned, strict=True)
    ]


def _plan(
    conn: Connection, deciding: Deciding, wanted: _Wanted, listed: Collection[str]
) -> Decision | tuple[NewCall, Mapping[str, Json]]:
    """The new call with what its decision remembers, or why there is none. `listed`: nobody may call these numbers."""
    rule, question, verdict, learned = wanted.rule, wanted.question, wanted.verdict, wanted.learned
    if verdict.phone in listed:
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
    return at_best_hour(conn, rule, question, new, deciding.now)


def _with_facts(decided: Decision, facts: Mapping[str, Json]) -> Decision:
    return replace(decided, facts={**facts, **decided.facts}) if decided.decision == "call" else decided


def _keep_verdict(deciding: Deciding, rule: Rule, learned: _Learned, verdict: Verdict) -> None:
    event = learned.told.event
    if learned.newest is not event:
        return  # another delivery holds the newest state
    # This delivery is closed with this instant.
    judging, decided_at = deciding.catalog.judging, deciding.now
    basis = basis_of(rule, learned.event_id, event, judging, learned.order, decided_at, learned.parcels)
    deciding.verdicts.keep(basis, rule, learned.newest, verdict)


def _with_number(conn: Connection, source_id: str, verdict: Verdict) -> Mapping[str, Json]:
    """The facts of this verdict; another order is named by its number, where it was received."""
    if verdict.reason != "part_of_order":
        return verdict.facts
    return {"order": find_number(conn, source_id, str(verdict.facts["order"])) or verdict.facts["order"]}
