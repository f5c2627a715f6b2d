"""The last look before a ring: everything that could forbid it, and the commit that allows it.

One transaction. On Postgres its locks are taken in one order (order, call, phone, source,
hotline). The source's row is locked against new deliveries, whose foreign key shares it: a
cancel that was answered before this commit is seen here, a later one finds the call dialing.
Calls of one source pass there one after the other, so it comes when all that takes time is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.breaker import Line, passes
from bridge.core.call_states import CallState, Transition
from bridge.core.model import DEFAULT_ZONE, BadPayload, BadRule, Json, Source
from bridge.core.schedule import ALWAYS, is_permitted, next_permitted
from bridge.decide.rule_input import newest_event, rule_input, with_custom_fields, without_fallen_whole
from bridge.place.limits import LOOK_AGAIN, SOON, Held, hold_back, line_is_full
from bridge.rules.custom_fields import check_datas
from bridge.rules.evaluate import Verdict, holds, phone_day_key
from bridge.rules.rule import MANUAL, Rule, parse_rule
from bridge.store import Connection
from bridge.store.calls import (
    Call,
    find_by_key,
    find_call,
    move,
    rename_key,
    start_attempt,
)
from bridge.store.catalog import Catalog
from bridge.store.companions import PERSON
from bridge.store.inbox import lock_order_of, lock_source
from bridge.store.phones import lock_phone, look_at_phone
from bridge.store.undecided import has_undecided

# Woken earlier, as soon as the rule or the script changes.
HELD_FOR = timedelta(minutes=1)


@dataclass(frozen=True, repr=False)
class Go:
    """A committed attempt: what to send, and under which id."""

    call_id: int
    attempt_id: int
    external_call_id: str
    phone: str
    hotline: str
    template: str
    datas: Mapping[str, Json]
    max_time: int
    max_waiting_time: int
    name: str = ""
    customer_uid: str = ""


@dataclass(frozen=True)
class Joined:
    """The request that this call shares: the text that all its attempts have, and whether a call is in it already."""

    batch: str
    has_calls: bool


def check_and_dial(
    conn: Connection,
    catalog: Catalog,
    line: Line,
    call_id: int,
    external_call_id: str,
    now: datetime,
    max_calls_per_day: int | None = None,
    joined: Joined | None = None,
) -> Go | None:
    """The call is dialing and its attempt is there, or it waits or has ended with the reason; then None.

    `line` is the account's breaker as it stands in this transaction.
    """
    told = lock_order_of(conn, call_id)
    call = find_call(conn, call_id, lock=True)
    if call is None or call.state != CallState.QUEUED:
        return None
    rule, source = _rule_and_source(catalog, call)
    if rule is None:
        return _hold(conn, call, Held(Transition.CANCEL, "rule_removed"), now)
    held = _stopped(line, call, now) or _not_now(catalog, rule, source, call, now)
    if held is not None:
        return _hold(conn, call, held, now)
    verdict = _ask_again(conn, catalog, rule, source, call, told)
    held = _changed(verdict) or _forbidden(conn, catalog, rule, source, call, verdict.phone, now, max_calls_per_day)
    if held is None or held.change is Transition.CANCEL:
        # What ends a call must not be an older state than the shop has told.
        held = _untold(conn, source, call, now) or held
    held = held or line_is_full(conn, call, now, joins=joined is not None and joined.has_calls)
    if held is not None:
        return _hold(conn, call, held, now)
    return _dial(conn, rule, call, verdict, external_call_id, now, joined.batch if joined else None)


def _hold(conn: Connection, call: Call, held: Held, now: datetime) -> Go | None:
    values: dict[str, Json] = {"reason": held.reason or held.change.reason, "facts": dict(held.facts)}
    if held.until is not None:
        # Never beyond the promise's end, which the sweep must see in time.
        values["wake_at"] = min(held.until, max(call.not_after, now + LOOK_AGAIN))
        values["facts"]["at"] = held.until.isoformat()
    move(conn, call.id, held.change, now, **values)
    return None


def _rule_and_source(catalog: Catalog, call: Call) -> tuple[Rule | None, Source | None]:
    """Both None where no enabled rule, or no enabled source, stands behind the call any more."""
    if call.rule == MANUAL:
        return parse_rule(call.manual), None
    source = catalog.sources.get(call.source_id)
    rule = catalog.rule(call.rule)
    if source is None or not source.enabled or rule is None or not rule.listens(source.id):
        return None, None
    return rule, source


def _stopped(line: Line, call: Call, now: datetime) -> Held | None:
    if passes(line, call.id):
        return None
    return Held(Transition.HOLD, "line_stopped", max(line.probe_at or now, now + LOOK_AGAIN), {"detail": line.reason})


def _not_now(catalog: Catalog, rule: Rule, source: Source | None, call: Call, now: datetime) -> Held | None:
    if now > call.not_after:
        return Held(Transition.EXPIRE)
    pause = catalog.pause(rule=call.rule, source=call.source_id, hotline=call.hotline)
    if pause is not None:
        return Held(Transition.HOLD, f"paused_{pause}", now + 5 * LOOK_AGAIN)
    wrong = _misfit(catalog, rule, call)
    if wrong:
        return Held(Transition.HOLD, "template_changed", now + HELD_FOR, {"template": rule.template, "field": wrong})
    zone = source.timezone if source else DEFAULT_ZONE
    # A person who opened the window for one call meant today, whatever day it is.
    holidays = () if call.rule == MANUAL and rule.windows == ALWAYS else catalog.holidays
    if not is_permitted(now, rule.windows, zone, holidays):
        opens = next_permitted(now, rule.windows, zone, holidays)
        return Held(Transition.HOLD, "window_closed", opens or call.not_after)
    return None


def _untold(conn: Connection, source: Source | None, call: Call, now: datetime) -> Held | None:
    """From here to the commit no delivery of the source is stored, and none that is may tell of this order."""
    if source is None:
        return None
    lock_source(conn, source.id)
    if has_undecided(conn, source.id, call.order_id):
        return Held(Transition.HOLD, "undecided_delivery", now + SOON)
    return None


def _misfit(catalog: Catalog, rule: Rule, call: Call) -> str:
    """The fields in which no call of this rule fits its template; of a call by hand, the one that it was made with."""
    if call.rule != MANUAL:
        return ", ".join(misfit.key for misfit in catalog.misfits.get(rule.name, ()))
    try:
        check_datas(call.datas, catalog.templates.get(call.template))
    except BadRule as error:
        return error.where.removeprefix("datas.")
    return ""


def _ask_again(
    conn: Connection, catalog: Catalog, rule: Rule, source: Source | None, call: Call, told: Json
) -> Verdict:
    if source is None:
        return _manual(catalog, call)
    known, event = told
    try:
        newest = newest_event(conn, source, known)
    except BadPayload as error:
        return Verdict("skip", "bad_payload", {"detail": error.problem})
    if newest is None:
        return Verdict("skip", "erased")
    newest = without_fallen_whole(conn, source, newest)
    question = rule_input(catalog, source, known, newest, event.topic, event.platform_topic, event.occurred_at)
    return holds(rule, with_custom_fields(question, catalog, rule))


def _manual(catalog: Catalog, call: Call) -> Verdict:
    try:
        datas = check_datas(call.datas, catalog.templates.get(call.template))
    except BadRule as error:
        return Verdict("skip", "mapping_failed", {"field": error.where, "detail": error.problem})
    person = call.manual.get(PERSON) or {}
    return Verdict("call", "wanted", {}, call.phone, datas, name=person.get("name", ""))


def _changed(verdict: Verdict) -> Held | None:
    if verdict.decision == "call":
        return None
    return Held(Transition.CANCEL, "changed", facts={"because": verdict.reason, **verdict.facts})


def _forbidden(
    conn: Connection,
    catalog: Catalog,
    rule: Rule,
    source: Source | None,
    call: Call,
    number: str,
    now: datetime,
    max_calls_per_day: int | None,
) -> Held | None:
    lock_phone(conn, number)
    phone = look_at_phone(conn, number, but=call.id)
    if phone.is_listed:
        return Held(Transition.CANCEL, "do_not_call")
    held = _key_taken(conn, rule, source, call, number, now)
    return held or hold_back(conn, catalog, rule, source, call, phone, now, max_calls_per_day)


def _key_taken(
    conn: Connection, rule: Rule, source: Source | None, call: Call, phone: str, now: datetime
) -> Held | None:
    """`phone+day` is the day of the ring itself: the key follows a ring that moved to another day or phone."""
    if rule.once_per != "phone+day" or source is None:
        return None
    key = phone_day_key(phone, now, source.timezone)
    if key == call.once_key:
        return None
    other = find_by_key(conn, rule.name, key)
    if other is not None:
        return Held(Transition.CANCEL, "already_called", facts={"call": other.id})
    rename_key(conn, call.id, key)
    return None


def _dial(
    conn: Connection,
    rule: Rule,
    call: Call,
    verdict: Verdict,
    external_call_id: str,
    now: datetime,
    batch: str | None,
) -> Go:
    sent = {
        "external_call_id": external_call_id,
        "phone": verdict.phone,
        "template": rule.template,
        "hotline": call.hotline,
        "datas": dict(verdict.datas),
    }
    attempt_id = start_attempt(conn, call, {**sent, "batch": batch}, now)
    person = (call.manual or {}).get(PERSON) or {}
    told = {"name": verdict.name, "customer_uid": person.get("customer_uid", "")}
    return Go(call.id, attempt_id, max_time=rule.max_time, max_waiting_time=rule.max_waiting_time, **told, **sent)
