"""Try a rule, saved or not, on an event that it does not decide: what would it make of it? Nothing is stored.

Left out is what depends on what else rang: limits, rests, pauses, and the calls that are there already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.model import UNDER_WAY, BadPayload, Event, Json, KnownOrder, KnownParcel, Occasion, Source
from bridge.core.model.parcel_states import DELIVERED, RETURNED, finality
from bridge.core.reasons import sentence
from bridge.core.reports.best_hour import Learned
from bridge.decide.best_hour import best_hour, facts_of
from bridge.decide.rule_input import (
    UNSTORED,
    known_parcels,
    newest_event,
    rule_input,
    with_buyer,
    with_custom_fields,
    with_parcels,
    without_fallen_whole,
)
from bridge.decide.subject import joined_keys, known_subject
from bridge.monitor.story.evidence import evidence_lines
from bridge.rules.evaluate import Question, Verdict, consider
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import find_order, occasions_of
from bridge.store.people.dnc import is_listed
from bridge.store.reports.best_hour import MOVED, find_learned

ENDED = (DELIVERED, RETURNED)


@dataclass(frozen=True, repr=False)
class Preview:
    """The verdict on this topic. `happened`: the order had such an event; else it is as if its newest had been one."""

    topic: str
    happened: bool
    verdict: Verdict


def try_event(
    conn: Connection,
    catalog: Catalog,
    rule: Rule,
    teller: Source,
    event: Event,
    at: datetime | None = None,
    missing: str | None = None,
) -> Verdict:
    """What the rule would make of this event of `teller` if it came now: a call, a skip, or a cancel.

    An order is taken as the event has it. A carrier's status is about its shop's order, as that is known by now,
    unless the carrier has said something newer.
    at       when it is decided; None: at the event's own time, as if it had just arrived
    missing  why the shop did not give what its delivery leaves out
    """
    source, told = known_subject(conn, catalog, teller, event) if event.parcel else (teller, event)
    if told.incomplete:
        return Verdict("skip", "not_fetched", {"because": missing})
    if told.parcel is not None and told.order is None:
        reason = "parcel_ambiguous" if len(joined_keys(conn, catalog, teller, event)) > 1 else "parcel_unjoined"
        return Verdict("skip", reason, {"order": told.parcel.reference})
    listens = rule.sources is None or {source.id, teller.id} & rule.sources
    if listens and told.topic in rule.cancel_on and told.topic not in rule.on:
        return Verdict("cancel", told.topic.replace(".", "_"))
    if not listens or (told.topic not in rule.on and told.topic != "test"):
        return Verdict("skip", "no_rule", {"topic": told.topic})
    known = find_order(conn, source.id, told.order_id) if source is not teller else None
    known = known or _as_told(source, told)
    code = told.parcel.code if told.parcel else None
    parcels = _with_told(known_parcels(conn, catalog, known, code), teller, known, told) if code else ()
    if was_delivered(told.topic, told.occurred_at, parcels):
        return Verdict("skip", "order_delivered")
    question = rule_input(catalog, source, known, told, told)
    question = with_parcels(conn, catalog, question, known, parcels, code, told.parcel)
    created = told.order.created_at if told.order and told.topic == "order.created" else None
    return _listed(conn, verdict_on(conn, catalog, rule, question, at or created or told.occurred_at))


def preview(conn: Connection, catalog: Catalog, rule: Rule, known: KnownOrder) -> Preview | None:
    """What the rule would say to a stored order, had the rule been there when the order's event came.

    None where the order's bytes cannot be read any more, or were erased.
    """
    source = catalog.sources.get(known.source_id)
    try:
        newest = newest_event(conn, catalog, known) if source else None
    except BadPayload:
        newest = None
    if source is None or newest is None:
        return None
    newest = without_fallen_whole(conn, source, newest)
    found = occasions_of(conn, known.source_id, known.order_id)
    own = next((occasion for occasion in found if occasion.topic in rule.on), None)
    occasion = own or Occasion(min(rule.on), newest.platform_topic, newest.occurred_at)
    parcels = known_parcels(conn, catalog, known, occasion.parcel)
    carriers = {parcel.carrier for parcel in parcels if parcel.code == occasion.parcel}
    if not rule.listens(source.id) and not any(map(rule.listens, carriers)):
        return Preview(occasion.topic, own is not None, Verdict("skip", "no_rule", {"topic": occasion.topic}))
    if newest.incomplete:
        return Preview(occasion.topic, own is not None, Verdict("skip", "not_fetched"))
    question = rule_input(catalog, source, known, newest, occasion)
    question = with_parcels(conn, catalog, question, known, parcels, occasion.parcel)
    verdict = _listed(conn, verdict_on(conn, catalog, rule, question, occasion.occurred_at))
    return Preview(occasion.topic, own is not None, verdict)


def verdict_on(
    conn: Connection,
    catalog: Catalog,
    rule: Rule,
    question: Question,
    now: datetime,
    learned: Learned | None = None,
    before: datetime | None = None,
) -> Verdict:
    """What the rule says, with the buyer as the ledger knows them and, by `hour: best`, at their hour.

    learned  what was learnt of hours; None: it is read
    before   the buyer as of then; None: as of today
    """
    question = with_buyer(conn, with_custom_fields(question, catalog, rule), rule, before)
    verdict = consider(rule, question, now)
    if verdict.not_before is None or verdict.not_after is None or rule.hour != "best":
        return verdict
    span = (verdict.not_before, verdict.not_after)
    arm, choice = best_hour(learned or find_learned(conn), rule, question, span, now)
    facts = {**verdict.facts, "best_hour": arm}
    if choice is None:
        return replace(verdict, facts=facts)
    return replace(verdict, not_before=choice.at, facts={**facts, **facts_of(choice)})


def describe_verdict(rule: Rule, verdict: Verdict) -> dict[str, Json]:
    """{decision, reason, sentence, sentence_en, datas, phone, not_before, not_after}; null where nobody is called."""
    is_call = verdict.decision == "call"
    times = {"not_before": verdict.not_before, "not_after": verdict.not_after}
    return {
        "decision": verdict.decision,
        "reason": verdict.reason,
        "sentence": _said(rule, verdict, "vi"),
        "sentence_en": _said(rule, verdict, "en"),
        "datas": dict(verdict.datas) if is_call else None,
        "phone": verdict.phone if is_call else None,
        **{name: time.isoformat() if time and is_call else None for name, time in times.items()},
    }


def _said(rule: Rule, verdict: Verdict, language: str) -> str:
    """The sentence of the reason, the parts of the condition that are not so, and for which hour the call waits."""
    facts = verdict.facts
    said = [sentence(verdict.reason, language, **{"rule": rule.name, **facts})]
    said += evidence_lines({"unmet": facts.get("unmet")}, language)
    if facts.get("best_hour") == MOVED and "at" in facts:
        said.append(sentence("best_hour", language, **facts))
    return " ".join(said)


def was_delivered(topic: str, occurred_at: datetime, parcels: tuple[KnownParcel, ...]) -> bool:
    """Whether a carrier said, then or later, that a parcel of the order was taken or is back: nothing is under way."""
    return topic in UNDER_WAY and any(one.topic in ENDED and one.status_at >= occurred_at for one in parcels)


def with_status(parcels: tuple[KnownParcel, ...], told: KnownParcel) -> tuple[KnownParcel, ...]:
    """The parcels once this status is known too: of each the newest one, as `learn_parcel` finds it."""
    same = next((one for one in parcels if (one.carrier, one.code) == (told.carrier, told.code)), None)
    if same is not None and (same.status_at, finality(same.topic)) > (told.status_at, finality(told.topic)):
        return parcels
    return (*(one for one in parcels if one is not same), told)


def _with_told(
    parcels: tuple[KnownParcel, ...], carrier: Source, order: KnownOrder, event: Event
) -> tuple[KnownParcel, ...]:
    parcel = event.parcel
    if parcel is None:
        return parcels
    names = (carrier.id, parcel.code, parcel.reference, order.source_id, order.order_id)
    return with_status(parcels, KnownParcel(*names, event.topic, event.occurred_at, UNSTORED, 0))


def _as_told(source: Source, event: Event) -> KnownOrder:
    """The order as the event alone has it."""
    order = event.order
    number, state = (order.number, order.state) if order else (event.order_id, "open")
    deleted = event.topic == "order.deleted"
    return KnownOrder(source.id, event.order_id, number, state, deleted, UNSTORED, 0, event.occurred_at)


def _listed(conn: Connection, verdict: Verdict) -> Verdict:
    """The verdict; a number that nobody may call is a skip."""
    is_skipped = verdict.decision == "call" and is_listed(conn, verdict.phone)
    return Verdict("skip", "do_not_call") if is_skipped else verdict
