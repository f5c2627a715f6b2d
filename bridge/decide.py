"""Decide: a stored delivery becomes decisions, calls and the orders' newest states, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from bridge.model import BadPayload, Event, Json, Source, StoreDown
from bridge.platforms import find_platform
from bridge.question import ask, for_template, newest_event
from bridge.rules import Question, Rule, consider
from bridge.store import Connection, Store
from bridge.store.calls import BEFORE_DIALING, Call, calls_of_order, create_call, find_by_key, move
from bridge.store.catalog import Catalog, Catalogs
from bridge.store.inbox import (
    Delivery,
    claim_delivery,
    close_delivery,
    learn_order,
    record_decision,
    record_event,
    request_of,
)

log = logging.getLogger(__name__)

_REACHED = ("dialing", "placed", "finished", "unsure")


def decide(store: Store, catalogs: Catalogs, delivery_id: int, now: datetime, default_hotline: str | None) -> bool:
    """The delivery is decided, ignored or failed, with a reason for each rule; False if it was no longer undecided.

    1. Claim the delivery; whoever comes second finds nothing.
    2. Read its bytes: no event is a reason, an unreadable document a failure to be replayed.
    3. Learn each order's newest state, then ask each rule on that state.
    4. Record every answer, create or cancel the calls, close the delivery, commit.
    """
    try:
        with store.write() as conn:
            row = claim_delivery(conn, delivery_id)
            if row is None:
                return False
            _decide_claimed(conn, catalogs.read(conn), row, now, default_hotline)
    except StoreDown:
        raise
    except BadPayload as error:
        _fail(store, delivery_id, "bad_payload", str(error), now)
    except Exception as error:
        # A delivery that breaks our code must not hold up the shop's other orders; its bytes wait for a replay.
        log.exception("delivery failed delivery=%s", delivery_id)
        _fail(store, delivery_id, "internal_error", type(error).__name__, now)
    return True


def _fail(store: Store, delivery_id: int, reason: str, detail: str, now: datetime) -> None:
    with store.write() as conn:
        close_delivery(conn, delivery_id, "failed", now, reason=reason, detail=detail)


def _decide_claimed(
    conn: Connection, catalog: Catalog, row: Delivery, now: datetime, default_hotline: str | None
) -> None:
    source = catalog.sources.get(row.source_id)
    platform = find_platform(source.platform) if source else None
    if source is None or platform is None:
        close_delivery(conn, row.id, "ignored", now, reason="source_removed")
        return
    reading = platform.read(request_of(row), source, row.received_at)
    topic = reading.events[0].platform_topic if reading.events else None
    # Orders are locked in one order of ids, so that two deliveries with several orders cannot block each other.
    for n, event in sorted(enumerate(reading.events), key=lambda pair: (pair[1].order_id, pair[0])):
        _decide_event(conn, catalog, source, row, n, event, now, default_hotline)
    state = "ignored" if reading.ignored else "decided"
    close_delivery(conn, row.id, state, now, platform_topic=topic, reason=reading.ignored)


def _decide_event(
    conn: Connection,
    catalog: Catalog,
    source: Source,
    row: Delivery,
    n: int,
    event: Event,
    now: datetime,
    default_hotline: str | None,
) -> None:
    known = learn_order(conn, source.id, event, row.id, n, row.received_at, now)
    event_id = record_event(conn, row.id, n, source.id, event)
    is_newest = (known.delivery_id, known.event_n) == (row.id, n)
    newest = event if is_newest else newest_event(conn, source, known)
    question = ask(catalog, source, known, newest, event.topic, event.platform_topic, event.occurred_at)
    answered = False
    for rule in catalog.rules:
        if not rule.listens(source.id):
            continue
        if event.topic in rule.on:
            asked = for_template(question, catalog.templates, rule.template)
            answer = _call_or_skip(conn, rule, asked, event_id, known.number, default_hotline, now)
        elif event.topic in rule.cancel_on:
            answer = _cancel(conn, rule, source.id, event, now)
        else:
            continue
        answered = True
        decision, reason, facts, call_id = answer
        record_decision(conn, event_id, rule.name, decision, reason, facts, call_id, now)
    if not answered:
        reason = "test_message" if event.topic == "test" else "no_rule"
        record_decision(conn, event_id, None, "skip", reason, {"topic": event.topic}, None, now)


Answer = tuple[str, str, Mapping[str, Json], int | None]


def _call_or_skip(
    conn: Connection,
    rule: Rule,
    question: Question,
    event_id: int,
    number: str,
    default_hotline: str | None,
    now: datetime,
) -> Answer:
    verdict = consider(rule, question, now)
    if verdict.decision != "call":
        return verdict.decision, verdict.reason, verdict.facts, None
    hotline = rule.hotline or default_hotline
    if hotline is None:
        return "skip", "no_hotline", {}, None
    call_id = create_call(
        conn,
        {
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
        },
        now,
    )
    if call_id is not None:
        return "call", verdict.reason, verdict.facts, call_id
    existing = find_by_key(conn, rule.name, verdict.once_key)
    existing_id = existing.id if existing else None
    return "skip", "already_called", {"call": existing_id}, existing_id


def _cancel(conn: Connection, rule: Rule, source_id: str, event: Event, now: datetime) -> Answer:
    reason = event.topic.replace(".", "_")
    found = calls_of_order(conn, source_id, event.order_id, rule.name)
    for call in found:
        if call.state in BEFORE_DIALING:
            move(conn, call.id, BEFORE_DIALING, "cancelled", now, reason=reason)
    if not found:
        return "cancel", reason, {}, None
    return _told(found[-1], reason, now)


def _told(call: Call, reason: str, now: datetime) -> Answer:
    if call.state in _REACHED:
        return "cancel", "too_late", {"at": now.isoformat(), "call": call.id}, call.id
    return "cancel", reason, {"call": call.id}, call.id
