"""Evaluate one rule on one event, with the order's newest state: a call, or a skip with its reason.

Pure: no I/O, no clock, no chance. The checks stand in the order in which a shopkeeper would make them, so that the
first reason found is the one worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from bridge.core.duplicates import duplicate_mark
from bridge.core.marketplace import find_marketplace
from bridge.core.markup import spoken_text
from bridge.core.model import PARCEL_CANCELLED, UNDER_WAY, BadRule, Json, Source
from bridge.core.model.order_states import DONE, OrderState
from bridge.core.phone import REASONS, Phone, choose_phone, read_phone
from bridge.core.schedule import local_day, promise
from bridge.rules.custom_fields import check_datas
from bridge.rules.mapping import Condition, Value, trace_datas
from bridge.rules.rule import Rule

LONGEST_NAME = 300
ORDER_PHONE = "order.phone"
# What a marketplace gives instead of a number.
HIDDEN = ("phone_masked", "phone_missing")

# Why a call about a parcel that was under way is not made, by what its carrier says of it by now.
_PARCEL_ENDED = {
    "delivery.delivered": "order_delivered",
    "delivery.returned": "order_delivered",
    PARCEL_CANCELLED: "parcel_cancelled",
}
_CLOSED: Mapping[OrderState, tuple[str, str]] = {
    "cancelled": ("order.cancelled", "order_cancelled"),
    "refunded": ("order.cancelled", "order_refunded"),
    "returned": ("delivery.returned", "order_returned"),
    "failed": ("order.cancelled", "order_failed"),
    "trashed": ("order.cancelled", "order_trashed"),
    "deleted": ("order.deleted", "order_deleted"),
    "draft": ("checkout.abandoned", "order_draft"),
    "completed": ("order.fulfilled", "order_completed"),
    "fulfilled": ("order.fulfilled", "order_fulfilled"),
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a rule makes of an event. A `call` has all fields; a skip its reason and facts for the sentence.

    `name`: the person's, which VBot wants with each phone of a batch.
    """

    decision: Literal["call", "skip", "cancel"]
    reason: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    phone: str = ""
    datas: Mapping[str, Json] = field(default_factory=dict)
    once_key: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    name: str = ""


@dataclass(frozen=True, repr=False)
class Question:
    """All that a verdict depends on. `document` is the event's (bridge.rules.document), on the order's newest state.

    state       the order's newest state in our words
    deleted     the platform has deleted the order, and has not restored it
    parcel_topic  of a carrier's status, the topic of the newest one of that parcel
    phones      all numbers that the platform knows of the buyer, as given; the document's `order.phone` is one of them
    created_at  the order's creation, if its document holds it
    fields      the template's custom fields; None while VBot has not given them
    """

    source: Source
    topic: str
    order_id: str
    occurred_at: datetime
    document: Mapping[str, Any]
    state: OrderState
    deleted: bool
    created_at: datetime | None
    fields: list[Json] | None
    holidays: Collection[date]
    phones: tuple[str, ...] = ()
    parcel_topic: str | None = None


def consider(rule: Rule, question: Question, now: datetime) -> Verdict:
    """What this rule makes of this event: a call with phone, datas, key and times, or a skip with its reason."""
    no = _guard(rule, question) or _outside(rule, question) or _thin(question) or _condition(rule, question)
    if no:
        return no
    counted_from = question.created_at if question.topic == "order.created" else None
    not_before, not_after = promise(
        counted_from or question.occurred_at,
        question.occurred_at,
        now,
        rule.after,
        rule.within,
        rule.windows,
        question.source.timezone,
        question.holidays,
    )
    if not_before > not_after:
        reason = "too_old" if now > not_after else "no_window"
        return Verdict("skip", reason, {"not_after": not_after.isoformat()})
    spoken = speak(rule, question)
    if spoken.decision != "call":
        return spoken
    try:
        key = once_key(rule, question, spoken.phone, not_before)
    except BadRule as error:
        return mapping_failed(error)
    return replace(spoken, once_key=key, not_before=not_before, not_after=not_after)


def holds(rule: Rule, question: Question) -> Verdict:
    """Evaluate the rule again before dialling: a call with today's phone and datas, or why it holds no more."""
    no = _guard(rule, question) or _outside(rule, question) or _thin(question) or _condition(rule, question)
    return no or speak(rule, question)


def mapping_failed(error: BadRule) -> Verdict:
    """The skip of an order for which a field of the rule cannot be filled in."""
    facts = {"field": error.where, "detail": error.problem, **error.facts}
    return Verdict("skip", "mapping_failed", {**facts, "detail_reason": error.reason} if error.reason else facts)


def speak(rule: Rule, question: Question) -> Verdict:
    """Whom to call, and the `datas` to speak."""
    phone, facts = _choose(rule, question)
    if phone.number is None:
        reason = phone.reason or "phone_missing"
        return (_hidden(question) if reason in HIDDEN else None) or Verdict("skip", reason, facts)
    try:
        datas, facts["datas_from"] = words_of(rule, question)
    except BadRule as error:
        return mapping_failed(error)
    return Verdict("call", "wanted", facts, phone.number, datas, name=_name(question.document))


def words_of(rule: Rule, question: Question) -> tuple[Mapping[str, Json], dict[str, Json]]:
    """The `datas` to speak, and from which path each comes. BadRule where one cannot be filled in."""
    traced = trace_datas(rule.datas, question.document)
    datas = check_datas({key: value for key, (value, _) in traced.items()}, question.fields)
    return datas, {key: origin for key, (_, origin) in traced.items() if key in datas}


def _dialled(rule: Rule, question: Question) -> Mapping[str, Any]:
    """The document in which `order.phone` is the first number that this rule can dial: one that calls abroad sees
    the same candidates, and measures them otherwise."""
    if not rule.abroad or not question.phones:
        return question.document
    chosen = choose_phone(question.phones, question.source.country, abroad=True).given
    return {**question.document, "order": {**question.document["order"], "phone": chosen}}


def _choose(rule: Rule, question: Question) -> tuple[Phone, dict[str, Json]]:
    """The number to call, or why there is none; and as facts which path gave it, and which are passed over and why.

    Facts   phone_from: a path; passed: [{path, reason}]; because: the reason of the first that the order names earlier
    """
    document, country = _dialled(rule, question), question.source.country
    passed: list[Json] = []
    for path, value in rule.to.values(document):
        is_chosen = path == ORDER_PHONE  # among the candidates of the platform
        codes = choose_phone(question.phones, country, rule.abroad).passed if is_chosen else ()
        named = zip(question.phones, codes, strict=False)
        earlier = [{"path": _origin(given, document), "reason": reason} for given, reason in named]
        passed += earlier
        phone, origin = read_phone(value, country, rule.abroad), _origin(value, document) if is_chosen else path
        if phone.number is not None:
            because = {"because": f"passed_{earlier[0]['reason']}"} if earlier else {}
            return phone, {"phone_from": origin, **({"passed": passed} if passed else {}), **because}
        passed.append({"path": origin, "reason": phone.reason})
    reasons = {each["reason"] for each in passed}
    reason = next((reason for reason in REASONS if reason in reasons), "phone_missing")
    return Phone(reason=reason), {"passed": passed} if passed else {}


def _origin(given: Json, document: Mapping[str, Any]) -> str:
    """The path of the person whose number this is; that of the order where it is nobody's."""
    parts = ("shipping", "billing", "customer")
    owner = next((part for part in parts if (document.get(part) or {}).get("phone") == given), "order")
    return f"{owner}.phone"


def _name(document: Mapping[str, Any]) -> str:
    """Who is called, for VBot's own lists; blank where the order names nobody."""
    people = (document.get(part) or {} for part in ("shipping", "customer"))
    return next((spoken_text(str(person["name"])[:LONGEST_NAME]) for person in people if person.get("name")), "")


def once_key(rule: Rule, question: Question, phone: str, first_ring: datetime) -> str:
    """The key that this rule rings once. BadRule for a blank key."""
    source = question.source
    if rule.once_per == "phone+day":
        return phone_day_key(phone, first_ring, source.timezone)
    if rule.once_per == "order":
        return f"order:{source.id}:{question.order_id}"
    if rule.once_per == "order+topic":
        return f"topic:{source.id}:{question.topic}:{question.order_id}"
    text = rule.once_per.render(question.document) if isinstance(rule.once_per, Value) else None
    if text is None or not str(text).strip():
        problem = "the key is blank for this order; write a value that every order has"
        raise BadRule("once_per", problem, reason="mapping_blank_key")
    return f"own:{source.id}:{text}"


def phone_day_key(phone: str, ring: datetime, timezone: str) -> str:
    """One ring a day for a phone, whatever source its orders come from."""
    return f"phone:{phone}:{local_day(ring, timezone).isoformat()}"


def _guard(rule: Rule, question: Question) -> Verdict | None:
    """The skip of an order that no rule rings unless its `on` names that very topic: closed, paid, a test, a part."""
    order = question.document["order"]
    if question.topic == "test" or order.get("test"):
        return Verdict("skip", "test_message")
    if order.get("in_store"):
        return Verdict("skip", "sold_in_store")
    state = "deleted" if question.deleted else question.state
    topic, reason = _CLOSED.get(state, ("", ""))
    closed = reason and topic not in rule.on and not _rings_under_way(rule, question.topic, state)
    no = _parcel_moved(question) or (Verdict("skip", reason) if closed else None) or _same_purchase(order)
    if no:
        return no
    payment = order.get("payment") or {}
    is_paid = payment.get("cod") and payment.get("paid")
    if is_paid and not rule.after_delivery and not rule.on & {"order.paid", topic or "order.paid"}:
        return Verdict("skip", "cod_paid")
    return None


def _parcel_moved(question: Question) -> Verdict | None:
    """The skip of a parcel that its carrier has brought, taken back or tried again since, or that needs no call."""
    if question.parcel_topic is None or question.topic not in UNDER_WAY:
        return None
    parcel, newest = question.document["parcel"], question.parcel_topic
    if newest != question.topic:
        return Verdict("skip", _PARCEL_ENDED.get(newest, "parcel_moved_on"), {"topic": newest})
    if question.topic != "delivery.failed":
        return None
    if parcel["appointment"]:
        return Verdict("skip", "parcel_appointment")
    return Verdict("skip", "parcel_collects_nothing") if parcel["cod"] == 0 else None


def _rings_under_way(rule: Rule, topic: str, state: str) -> bool:
    """Whether a closed order rings all the same: on its way, by a carrier's word; delivered, where the rule says so."""
    return (state == "fulfilled" and topic in UNDER_WAY) or (state in DONE and rule.after_delivery)


def _same_purchase(order: Mapping[str, Any]) -> Verdict | None:
    """One purchase, one call: where this order is a part of another, or is tagged as placed twice."""
    if order.get("parent"):
        return Verdict("skip", "part_of_order", {"order": order["parent"]})
    mark = duplicate_mark(order.get("tags") or ())
    return Verdict("skip", "marked_duplicate", {"detail": mark}) if mark else None


def _outside(rule: Rule, question: Question) -> Verdict | None:
    """An order that is in no part of the rule's sample."""
    if rule.sample is None or rule.sample.takes(question.source.id, question.order_id):
        return None
    return Verdict("skip", "not_in_sample")


def _thin(question: Question) -> Verdict | None:
    """A marketplace's own delivery holds no order: nothing for a condition to compare, and nobody to be called."""
    return _hidden(question) if question.document["order"].get("total") is None else None


def _hidden(question: Question) -> Verdict | None:
    """The marketplace's reason, if the order is one of a marketplace."""
    title = find_marketplace(question.source.platform, question.document["order"].get("channel"))
    return None if title is None else Verdict("skip", "marketplace_hides_phone", {"marketplace": title})


def _condition(rule: Rule, question: Question) -> Verdict | None:
    if rule.when is None:
        return None
    try:
        if rule.when.holds(question.document):
            return None
    except BadRule as error:
        return mapping_failed(error)
    facts = {**_read_as_not_cod(rule.when, question), "unmet": rule.when.unmet(question.document)}
    return Verdict("skip", "condition_false", facts)


def _read_as_not_cod(when: Condition, question: Question) -> Mapping[str, Json]:
    """The name of the payment method, if the order is skipped only because that name is read as not on delivery."""
    order = question.document["order"]
    payment = order.get("payment") or {}
    if not payment.get("method") or payment.get("cod") or payment.get("paid"):
        return {}
    on_delivery = {**question.document, "order": {**order, "payment": {**payment, "cod": True}}}
    try:
        return {"method": _short(payment["method"])} if when.holds(on_delivery) else {}
    except BadRule:
        return {}


def _short(name: str) -> str:
    """A free text as it may stand in a sentence: its beginning, without what may be a phone or an account."""
    return re.sub(r"\d[\d .-]{5,}\d", "…", name)[:60]
