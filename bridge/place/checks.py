"""The last look before a ring: everything that could forbid it.

One transaction, for one call or for several: `look` at each, `lock` what all of them need, then `permit` one after
the other, each as it finds what became of those before. On Postgres the locks are taken in one order (orders, calls,
phones, caps, sources, hotlines, and of each kind in the order of their names), so that no two groups wait for one
another. The source's row is locked against new deliveries, whose foreign key shares it: a cancel that was answered
before this commit is seen here, a later one finds the call dialing. So it comes when all that takes time is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.core.breaker import Breaker, passes
from bridge.core.call_states import Transition
from bridge.core.model import BadPayload, BadRule, Call
from bridge.core.schedule import is_permitted, next_permitted
from bridge.decide.rule_input import (
    known_parcels,
    newest_event,
    rule_input,
    with_buyer,
    with_custom_fields,
    with_parcels,
    without_fallen_whole,
)
from bridge.decide.verdicts import Verdicts, basis_of
from bridge.place.call_context import CallContext, call_context
from bridge.place.limits import LOOK_AGAIN, Held, has_caps, hold_back, lock_caps, midnight, take_place
from bridge.place.placing import Caps
from bridge.rules.custom_fields import check_datas
from bridge.rules.evaluate import Verdict, holds, mapping_failed, phone_day_key
from bridge.store import Connection
from bridge.store.batches import PERSON
from bridge.store.calls import expiry_reason, find_by_key, rename_key
from bridge.store.configuration.catalog import Catalog
from bridge.store.deliveries import lock_sources
from bridge.store.hotlines import lock_hotlines
from bridge.store.orders import OrderOfCall
from bridge.store.people.phones import AskedPhone, Phone, lock_phones, look_at_phones
from bridge.store.shops.parcels import codes_of
from bridge.store.undecided import UNDECIDED_DELIVERY, is_crowded, undecided_among

MISFIT_REST = timedelta(minutes=1)  # woken earlier, as soon as the rule or the script changes
UNDECIDED_REST = timedelta(milliseconds=100)  # a delivery is decided in less, and a busy shop always has one undecided


@dataclass(repr=False)
class Found:
    """What stays true to the end of the transaction once the locks of a group are taken.

    undecided  by source: the orders of the group that an undecided delivery may name
    limited    the hotlines of the group that have a rate
    phones     by call: the phone that it is to ring
    rung       the phones that calls of the group ring
    """

    undecided: dict[str, set[str]] = field(default_factory=dict)
    limited: set[str] = field(default_factory=set)
    phones: dict[int, Phone] = field(default_factory=dict)
    rung: set[str] = field(default_factory=set)


@dataclass(frozen=True, repr=False)
class Checking:
    """What calls are checked by.

    breaker  the account's, as it stands in this transaction
    verdicts what rules said lately
    crowded  whether a source has a crowd of undecided deliveries, once that was asked
    found    what `lock` found for all calls of the group
    """

    catalog: Catalog
    breaker: Breaker
    now: datetime
    caps: Caps = field(default_factory=Caps)
    verdicts: Verdicts = field(default_factory=Verdicts)
    crowded: dict[str, bool] = field(default_factory=dict)
    found: Found = field(default_factory=Found)


@dataclass(frozen=True, repr=False)
class Asked:
    """A call that may ring as far as its own row, its rule and its order say, or that `verdict` ends."""

    context: CallContext
    verdict: Verdict


@dataclass(frozen=True, repr=False)
class Allowed:
    """Nothing forbids the ring, whose phone and datas the verdict holds."""

    context: CallContext
    verdict: Verdict


def look(conn: Connection, checking: Checking, call: Call, order: OrderOfCall | None) -> Asked | Held:
    """Whether this queued, locked call may ring now by itself, its order's newest state being what is asked.

    order  its locked order and the event that made it; None of a manual call
    """
    context = call_context(checking.catalog, call)
    if context is None or not context.is_enabled:
        return Held(Transition.CANCEL, "rule_removed")
    held = _stopped(checking, call) or _not_now(checking, context) or _crowded(conn, checking, context)
    return held or Asked(context, _evaluate_again(conn, checking, context, order))


def lock(conn: Connection, checking: Checking, asked: Sequence[Asked]) -> None:
    """Nobody else permits calls of these phones, under these caps or by these hotlines until the transaction ends, and
    no delivery of these sources is stored."""
    contexts, found = [each.context for each in asked], checking.found
    ringing = [
        AskedPhone(each.context.call.id, each.verdict.phone, midnight(checking.now, each.context.zone))
        for each in asked
        if each.verdict.decision == "call"
    ]
    lock_phones(conn, {one.number for one in ringing})
    lock_caps(conn, contexts, checking.caps)
    orders: dict[str, dict[str, str]] = {}
    for context in contexts:
        if context.source is not None:
            orders.setdefault(context.source.id, {})[context.call.order_id or ""] = context.call.order_number or ""
    carriers = {carrier for source in orders for carrier in checking.catalog.carriers_of(source)}
    lock_sources(conn, orders.keys() | carriers)
    for source, numbers in orders.items():
        found.undecided[source] = undecided_among(conn, source, numbers)
        for carrier in checking.catalog.carriers_of(source):
            found.undecided[source] |= _told_of(conn, source, numbers, carrier)
    found.limited |= lock_hotlines(conn, {context.call.hotline for context in contexts})
    found.phones |= look_at_phones(conn, ringing)


def _told_of(conn: Connection, source_id: str, numbers: Mapping[str, str], carrier: str) -> set[str]:
    """Those of these orders, given as id -> number, of which an undecided delivery of this carrier may tell."""
    names: dict[str, str] = {}
    for order_id, number in numbers.items():
        names |= dict.fromkeys((order_id, number, number.removeprefix("#"), f"#{number.removeprefix('#')}"), order_id)
    names |= codes_of(conn, source_id, numbers)
    names.pop("", None)
    return {names[name] for name in undecided_among(conn, carrier, names.keys())} if names else set()


def permit(conn: Connection, checking: Checking, asked: Asked, *, joins: bool) -> Allowed | Held:
    """Whether this call may ring beside all others; its hotline's place is then taken. What it needs is locked.

    joins  the request holds another call already
    """
    context, verdict = asked.context, asked.verdict
    held = _changed(verdict) or _phone_forbids(conn, checking, context, verdict.phone)
    if held is None or held.change is Transition.CANCEL:
        # What ends a call must not be an older state than the shop has sent.
        held = _undecided(checking, context) or held
    if held is None and context.call.hotline in checking.found.limited:
        held = take_place(conn, context.call, checking.now, joins=joins)
    if held is not None:
        return held
    checking.found.rung.add(verdict.phone)
    return Allowed(context, verdict)


def counts_attempts(checking: Checking, asked: Asked) -> bool:
    """Whether `permit` counts the attempts of other calls: those of the group must then be written before."""
    context = asked.context
    limited = context.call.hotline in checking.found.limited
    return limited or context.rule.advertising or has_caps(context, checking.caps)


def _stopped(checking: Checking, call: Call) -> Held | None:
    breaker, now = checking.breaker, checking.now
    if passes(breaker, call.id):
        return None
    until = max(breaker.probe_at or now, now + LOOK_AGAIN)
    return Held(Transition.HOLD, "line_stopped", until, {"detail": breaker.reason})


def _not_now(checking: Checking, context: CallContext) -> Held | None:
    call, rule, now = context.call, context.rule, checking.now
    if now > call.not_after:
        return Held(Transition.EXPIRE, expiry_reason(call.reason))
    pause = checking.catalog.pause(rule=call.rule, source=call.source_id, hotline=call.hotline)
    if pause is not None:
        return Held(Transition.HOLD, f"paused_{pause}", now + 5 * LOOK_AGAIN)
    wrong = _misfit(checking.catalog, context)
    if wrong:
        facts = {"template": rule.template, "field": wrong}
        return Held(Transition.HOLD, "template_changed", now + MISFIT_REST, facts)
    if not is_permitted(now, rule.windows, context.zone, context.holidays):
        opens = next_permitted(now, rule.windows, context.zone, context.holidays)
        return Held(Transition.HOLD, "window_closed", opens or call.not_after)
    return None


def _crowded(conn: Connection, checking: Checking, context: CallContext) -> Held | None:
    """Asked before the order is read and the rule evaluated, which would be in vain."""
    if context.source is None:
        return None
    source = context.source.id
    if source not in checking.crowded:
        checking.crowded[source] = is_crowded(conn, source)
    return (
        Held(Transition.HOLD, UNDECIDED_DELIVERY, checking.now + UNDECIDED_REST) if checking.crowded[source] else None
    )


def _undecided(checking: Checking, context: CallContext) -> Held | None:
    """To the commit no delivery of the source is stored, and none that is undecided may name this order."""
    source = context.source
    if source is None or (context.call.order_id or "") not in checking.found.undecided[source.id]:
        return None
    return Held(Transition.HOLD, UNDECIDED_DELIVERY, checking.now + UNDECIDED_REST)


def _misfit(catalog: Catalog, context: CallContext) -> str:
    """The fields in which no call of this rule fits its template; of a manual call, the one that it was made with."""
    if not context.is_manual:
        return ", ".join(misfit.key for misfit in catalog.misfits.get(context.rule.name, ()))
    try:
        check_datas(context.call.datas, catalog.templates.get(context.call.template))
    except BadRule as error:
        return error.where.removeprefix("datas.")
    return ""


def _evaluate_again(conn: Connection, checking: Checking, context: CallContext, order: OrderOfCall | None) -> Verdict:
    catalog, rule, source = checking.catalog, context.rule, context.source
    if source is None:
        return _manual(catalog, context.call)
    if order is None:
        return Verdict("skip", "erased")
    parcels = known_parcels(conn, catalog, order.order, order.parcel)
    basis = basis_of(rule, context.call.event_id or 0, order, catalog.judging, order.order, order.decided_at, parcels)
    kept = checking.verdicts.find(basis)
    if kept is not None:
        return kept
    try:
        newest = newest_event(conn, catalog, order.order)
    except BadPayload as error:
        return Verdict("skip", "bad_payload", {"detail": error.problem})
    if newest is None:
        return Verdict("skip", "erased")
    question = rule_input(catalog, source, order.order, without_fallen_whole(conn, source, newest), order)
    question = with_parcels(conn, catalog, question, order.order, parcels, order.parcel)
    verdict = holds(rule, with_buyer(conn, with_custom_fields(question, catalog, rule), rule))
    checking.verdicts.keep(basis, rule, newest, verdict, evict=False)
    return verdict


def _manual(catalog: Catalog, call: Call) -> Verdict:
    try:
        datas = check_datas(call.datas, catalog.templates.get(call.template))
    except BadRule as error:
        return mapping_failed(error)
    person = call.manual.get(PERSON) or {}
    return Verdict("call", "wanted", {}, call.phone, datas, name=person.get("name", ""))


def _changed(verdict: Verdict) -> Held | None:
    if verdict.decision == "call":
        return None
    return Held(Transition.CANCEL, "changed", facts={"because": verdict.reason, **verdict.facts})


def _phone_forbids(conn: Connection, checking: Checking, context: CallContext, number: str) -> Held | None:
    phone = checking.found.phones[context.call.id]
    if number in checking.found.rung:
        phone = replace(phone, in_flight=True)
    if phone.is_listed:
        return Held(Transition.CANCEL, "do_not_call")
    held = _key_taken(conn, context, number, checking.now)
    return held or hold_back(conn, checking.catalog, context, phone, checking.now, checking.caps)


def _key_taken(conn: Connection, context: CallContext, phone: str, now: datetime) -> Held | None:
    """`phone+day` is the day of the ring itself: the key follows a ring that moved to another day or phone."""
    call, rule = context.call, context.rule
    if rule.once_per != "phone+day" or context.source is None:
        return None
    key = phone_day_key(phone, now, context.zone)
    if key == call.once_key:
        return None
    other = find_by_key(conn, rule.name, key)
    if other is not None:
        return Held(Transition.CANCEL, "already_called", facts={"call": other.id})
    rename_key(conn, call.id, key)
    return None
