"""One stored delivery under today's rules: what it says is learned, each rule is asked, each answer recorded.

`decide` and `replay` share it. They differ in what becomes of a wanted call, which they say with `Terms.want`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.model import Event, Json, Reading, Source
from bridge.decide.rule_input import ask, for_template, newest_event
from bridge.platforms import find_platform
from bridge.rules.evaluate import Question, Verdict, consider
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.calls import BEFORE_DIALING, Call, calls_of_order, create_call, find_by_key, move
from bridge.store.catalog import Catalog
from bridge.store.dnc import is_listed
from bridge.store.fetches import documents_of, why_not_fetched
from bridge.store.inbox import (
    Delivery,
    close_delivery,
    find_number,
    learn_order,
    record_decision,
    record_event,
    request_of,
    was_created_before,
)

# decision, reason, facts, call
Answer = tuple[str, str, Mapping[str, Json], int | None]
Want = Callable[[Connection, Rule, Mapping[str, Json], datetime], Answer]

LONGEST_TOPIC = 100  # of a message that is not read anything may stand there
REACHED = ("dialing", "placed", "finished", "unsure")


def first_ring(conn: Connection, rule: Rule, values: Mapping[str, Json], now: datetime) -> Answer:
    """A new call for this key; where it already has one, that one stays as it is."""
    call_id = create_call(conn, values, now)
    if call_id is not None:
        return "call", "wanted", {}, call_id
    existing = find_by_key(conn, rule.name, values["once_key"])
    if existing is None:
        return "skip", "already_called", {}, None
    return stays(existing, "already_called", values["order_id"])


def stays(call: Call, reason: str, order_id: str) -> Answer:
    """No call for this order, because of that one; it may be another order's."""
    other = call.order_number if call.order_id != order_id else None
    return "skip", reason, {"call": call.id, "order": other}, call.id


@dataclass(frozen=True)
class Terms:
    """What a delivery is decided by. `want`: what becomes of a call that a rule wants, given its row's values."""

    catalog: Catalog
    now: datetime
    default_hotline: str | None
    want: Want = first_ring


def read_delivery(conn: Connection, catalog: Catalog, row: Delivery) -> tuple[Source | None, Reading]:
    """The delivery's source, None where it or its platform is gone, and what its bytes say. BadPayload."""
    source = catalog.sources.get(row.source_id)
    platform = find_platform(source.platform) if source else None
    if source is None or platform is None:
        return None, Reading(ignored="source_removed")
    documents = documents_of(conn, [row.id] if platform.api else [])
    return source, platform.read(request_of(row, documents[row.id]), source, row.received_at)


def decide_claimed(conn: Connection, terms: Terms, row: Delivery) -> list[Answer]:
    """The delivery is decided, or ignored, in this transaction; every rule's answer, all recorded. BadPayload."""
    source, reading = read_delivery(conn, terms.catalog, row)
    topic = reading.events[0].platform_topic if reading.events else reading.platform_topic
    answers: list[Answer] = []
    # Orders are locked in one order of ids, so that two deliveries with several orders cannot block each other.
    for n, event in sorted(enumerate(reading.events), key=lambda pair: (pair[1].order_id, pair[0])):
        if source is not None:
            answers += _decide_event(conn, terms, source, row, n, event)
    state = "ignored" if reading.ignored else "decided"
    close_delivery(
        conn, row.id, state, terms.now, platform_topic=topic and topic[:LONGEST_TOPIC], reason=reading.ignored
    )
    return answers


def _decide_event(conn: Connection, terms: Terms, source: Source, row: Delivery, n: int, event: Event) -> list[Answer]:
    known = learn_order(conn, source.id, event, row.id, n, row.received_at, terms.now)
    if event.later_topic and was_created_before(conn, source.id, event.order_id, row.id, n):
        event = replace(event, topic=event.later_topic)
    event_id = record_event(conn, row.id, n, source.id, event)
    is_newest = (known.delivery_id, known.event_n) == (row.id, n)
    newest = event if is_newest else newest_event(conn, source, known)
    question: Question | Answer = ("skip", "erased", {}, None)
    if event.incomplete or (newest is not None and newest.incomplete):
        because = why_not_fetched(conn, row.id if event.incomplete else known.delivery_id)
        question = ("skip", "not_fetched", {"because": because}, None)
    elif newest is not None:
        question = ask(terms.catalog, source, known, newest, event.topic, event.platform_topic, event.occurred_at)
    answers: list[Answer] = []
    for rule in terms.catalog.rules:
        if not rule.listens(source.id):
            continue
        if event.incomplete:
            _end_blind(conn, rule, source.id, event, question, terms.now)
        if event.topic in rule.on:
            answer = _call_or_skip(conn, terms, rule, question, event_id, known.number)
        elif event.topic in rule.cancel_on:
            answer = _cancel(conn, rule, source.id, event, terms.now)
        else:
            continue
        _record(conn, event_id, rule.name, answer, terms.now)
        answers.append(answer)
    if not answers:
        reason = "test_message" if event.topic == "test" else "no_rule"
        answers = [("skip", reason, {"topic": event.topic}, None)]
        _record(conn, event_id, None, answers[0], terms.now)
    return answers


def _record(conn: Connection, event_id: int, rule: str | None, answer: Answer, now: datetime) -> None:
    decision, reason, facts, call_id = answer
    record_decision(conn, event_id, rule, decision, reason, facts, call_id, now)


def _call_or_skip(
    conn: Connection, terms: Terms, rule: Rule, question: Question | Answer, event_id: int, number: str
) -> Answer:
    if not isinstance(question, Question):
        return question
    verdict = consider(rule, for_template(question, terms.catalog, rule), terms.now)
    if verdict.decision != "call":
        return verdict.decision, verdict.reason, _with_number(conn, question.source.id, verdict), None
    if is_listed(conn, verdict.phone):
        return "skip", "do_not_call", {}, None
    hotline = rule.hotline or terms.default_hotline
    if hotline is None:
        return "skip", "no_hotline", {}, None
    values = {
        "rule": rule.name,
        "once_key": verdict.once_key,
        "source_id": question.source.id,
        "order_id": question.order_id,
        "order_number": number,
        "event_id": event_id,
        "phone": verdict.phone,
        "template": rule.template,
        "hotline": hotline,
        "datas": dict(verdict.datas),
        "not_before": verdict.not_before,
        "not_after": verdict.not_after,
    }
    return terms.want(conn, rule, values, terms.now)


def _with_number(conn: Connection, source_id: str, verdict: Verdict) -> Mapping[str, Json]:
    """The facts of this verdict; another order is named by its number, where it was received."""
    if verdict.reason != "part_of_order":
        return verdict.facts
    return {"order": find_number(conn, source_id, str(verdict.facts["order"])) or verdict.facts["order"]}


def _cancel(conn: Connection, rule: Rule, source_id: str, event: Event, now: datetime) -> Answer:
    reason = event.topic.replace(".", "_")
    found = calls_of_order(conn, source_id, event.order_id, rule.name)
    for call in found:
        if call.state in BEFORE_DIALING:
            move(conn, call.id, BEFORE_DIALING, "cancelled", now, reason=reason)
    if not found:
        return "cancel", reason, {}, None
    return _told(found[-1], reason, now)


def _end_blind(
    conn: Connection, rule: Rule, source_id: str, event: Event, question: Question | Answer, now: datetime
) -> None:
    """The shop changed the order and does not say how: it may have been cancelled, so what waits does not ring."""
    facts = {} if isinstance(question, Question) else question[2]
    for call in calls_of_order(conn, source_id, event.order_id, rule.name):
        if call.state in BEFORE_DIALING:
            move(conn, call.id, BEFORE_DIALING, "cancelled", now, reason="not_fetched", facts=dict(facts))


def _told(call: Call, reason: str, now: datetime) -> Answer:
    if call.state in REACHED:
        return "cancel", "too_late", {"at": now.isoformat(), "call": call.id}, call.id
    return "cancel", reason, {"call": call.id}, call.id
