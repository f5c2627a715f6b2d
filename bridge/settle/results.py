"""Settle: a result of VBot's ends its call, or lets it ring again.

A result belongs to its attempt and proves that VBot has it, whatever was known before. Of several results of
one attempt the most telling one counts, so that they may come in any order and any number; of other keys the later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.call_states import CallState, Transition
from bridge.core.model import Attempt, AttemptOutcome, BadPayload, Call, Json, StoreDown
from bridge.core.schedule import redial_at
from bridge.lib.masking import mask_id
from bridge.notify.write_plan import plan_writes
from bridge.place.breaker import Signal, record_in_breaker
from bridge.place.call_context import CallContext, call_context
from bridge.rules.rule import Rule
from bridge.rules.write_back import UNREACHABLE, results_of
from bridge.store import Connection, Store
from bridge.store.attempts import count_reached, find_attempt, prove, reached_after
from bridge.store.calls import ERASED_TEXT, end_silent, find_call, follow_rule, move, write_facts
from bridge.store.configuration.catalog import Catalogs
from bridge.store.decisions import late_cancel
from bridge.store.notify.messages import tell_fallback
from bridge.store.results import close_result, erase_results, find_result, reports_before, this_result, unsettled
from bridge.store.shops.write_backs import expired_untold
from bridge.vbot.results import End, Report, end_of, name_result, read_result

log = logging.getLogger(__name__)

RESULT_AWAITED = timedelta(hours=24)  # after its placing; VBot promises no result
EXPIRED_LOOKED_AT = timedelta(hours=1)
SETTLED_AT_ONCE = 200  # results, or calls without one


@dataclass(frozen=True, repr=False)
class _Reported:
    """What a result reports, its attempt, and the locked call as it was before."""

    call: Call
    attempt: Attempt
    report: Report
    now: datetime

    @property
    def is_newest(self) -> bool:
        return bool(self.call.attempt_id == self.attempt.id)


def settle_stored(
    store: Store, catalogs: Catalogs, account: str, now: datetime, default_hotline: str | None = None
) -> list[int]:
    """Settle every stored result, each in a transaction of its own, oldest first; return their ids."""
    with store.read() as conn:
        waiting = unsettled(conn, SETTLED_AT_ONCE)
    for result_id in waiting:
        try:
            settle(store, catalogs, account, result_id, now, default_hotline)
        except StoreDown:
            raise
        except Exception:
            # Its bytes are kept; what one result breaks must not stop the others.
            log.exception("result not settled result=%d", result_id)
            with store.write() as conn:
                close_result(conn, result_id, "failed", now)
    return waiting


def end_silent_calls(store: Store, catalogs: Catalogs, now: datetime) -> int:
    """Finish the calls placed RESULT_AWAITED ago without a result, as `unknown`; return how many."""
    with store.write() as conn:
        ended = end_silent(conn, now - RESULT_AWAITED, now, SETTLED_AT_ONCE)
        catalog = catalogs.read(conn) if ended else None
        for call in ended:
            context = call_context(catalog, call) if catalog else None
            if context is not None:
                plan_writes(conn, call, context.rule, context.zone, "unknown", None, now)
        return len(ended)


def tell_of_expired(store: Store, catalogs: Catalogs, now: datetime) -> int:
    """Let shops and people know of the calls whose redial came to nothing: the last that is known is their result.

    Return how many calls that was. A call is looked at for an hour after it expired.
    """
    with store.read() as conn:
        rules = [
            rule.name
            for rule in catalogs.read(conn).rules
            if rule.fallback_webhook or UNREACHABLE.intersection(results_of(rule.write_back))
        ]
        waiting = expired_untold(conn, rules, now - EXPIRED_LOOKED_AT, SETTLED_AT_ONCE) if rules else []
    for call_id in waiting:
        with store.write() as conn:
            call = find_call(conn, call_id, lock=True)
            context = call_context(catalogs.read(conn), call) if call else None
            if call is None or context is None or call.attempt_id is None or call.state != CallState.EXPIRED:
                continue
            ends = [end for told in reports_before(conn, call.attempt_id, 0) if (end := end_of(told))]
            if ends:
                result, _ = name_result(max(ends, key=lambda end: end.rank), context.rule.answers)
                plan_writes(conn, call, context.rule, context.zone, result, None, now)
                _fall_back(conn, call, context.rule, result, now)
    return len(waiting)


def settle(
    store: Store, catalogs: Catalogs, account: str, result_id: int, now: datetime, default_hotline: str | None = None
) -> None:
    """Settle this result: it ends settled, a stranger's or failed, and its call as it reports.

    1. Read the bytes, find the attempt, lock its call, and then take the result, which nobody else took.
    2. The attempt is accepted, and a call that waited, or had ended without it, is placed.
    3. Where it reports the call's end, and more than earlier results did: finished, or waiting for a redial.
    """
    with store.write() as conn:
        catalog = catalogs.hold(conn)
        reported = _take(conn, result_id, now)
        if reported is None:
            return
        attempt, report = reported.attempt, reported.report
        before = [end for other in reports_before(conn, attempt.id, result_id) if (end := end_of(other))]
        newly = prove(conn, attempt.id, now)
        if report.end is None:
            if newly:
                _place(conn, reported)
        elif all(report.end.outdoes(other) for other in before):
            _end(conn, call_context(catalog, reported.call), reported, report.end, default_hotline)
        if report.end is not None and report.end.is_no_balance and not before:
            signal = Signal(AttemptOutcome.REFUSED, "no_balance", reported.call.id)
            record_in_breaker(conn, account, [signal], now)
    ids = (result_id, attempt.id, reported.call.id, mask_id(reported.call.order_id))
    log.info("result settled result=%d attempt=%d call=%d order=%s kind=%s", *ids, report.kind)


def _take(conn: Connection, result_id: int, now: datetime) -> _Reported | None:
    """The result, closed as settled; None where another took it, it cannot be read, or no attempt of ours is meant."""
    row = find_result(conn, result_id)
    if row is None or row.state != "stored":
        return None
    try:
        report = read_result(row.body)
    except BadPayload:
        close_result(conn, result_id, "failed", now)
        log.warning("result not readable result=%d", result_id)
        return None
    attempt = find_attempt(conn, report.external_call_id) if report.external_call_id else None
    call = find_call(conn, attempt.call_id, lock=True) if attempt else None
    if attempt is None or call is None:
        close_result(conn, result_id, "stranger", now, None, report.kind, report.details)
        return None
    if not close_result(conn, result_id, "settled", now, attempt.id, report.kind, report.details):
        return None
    if call.phone == ERASED_TEXT:
        erase_results(conn, this_result(result_id))
    return _Reported(call, attempt, report, now)


def _place(conn: Connection, reported: _Reported) -> None:
    """As an answer that comes late: the attempt was not known to have reached VBot, and its end is not reported."""
    if not reported.is_newest and reached_after(conn, reported.attempt):
        return
    change = Transition.ACCEPT if reported.is_newest else Transition.ACCEPT_EARLIER
    move(conn, reported.call.id, change, reported.now, placed_at=reported.attempt.started_at)


def _end(
    conn: Connection, context: CallContext | None, reported: _Reported, end: End, default_hotline: str | None
) -> None:
    """Finish the call, or let it wait for its redial; one that a later attempt carries on is left to that.

    context  None where no rule stands behind the call any more
    """
    call = reported.call
    if _is_superseded(conn, reported, end):
        if call.state == CallState.FINISHED:
            write_facts(conn, call.id, {**call.facts, "rings": count_reached(conn, call.id)})
        return
    result, key = name_result(end, context.rule.answers if context else {})
    rings = count_reached(conn, call.id)
    known = {"detail": end.said, "key": key, "rings": rings if rings > 1 else None}
    facts: dict[str, Json] = {name: value for name, value in known.items() if value is not None}
    reason = f"failed_{end.why}" if end.why else result
    if context is not None:
        again = _redial_at(conn, context, reported, end, result)
        if again is not None:
            facts |= {"because": reason, "at": again.isoformat()}
            _redial(conn, context, again, facts, default_hotline, reported.now)
            return
    move(conn, call.id, Transition.FINISH, reported.now, reason=reason, facts=facts, result=result, key=key)
    if context is not None:
        plan_writes(conn, call, context.rule, context.zone, result, key, reported.now)
        _fall_back(conn, call, context.rule, result, reported.now)


def _redial(
    conn: Connection,
    context: CallContext,
    again: datetime,
    facts: Mapping[str, Json],
    default_hotline: str | None,
    now: datetime,
) -> None:
    """Let the call wait until then, as its rule says now."""
    call, rule = context.call, context.rule
    waits = {"facts": facts, "wake_at": again, "retries": 0, "placed_at": None}
    move(conn, call.id, Transition.REDIAL, now, **waits)
    follow_rule(conn, rule.name, rule.template, rule.hotline or default_hotline, now, call.id)


def _fall_back(conn: Connection, call: Call, rule: Rule, result: str, now: datetime) -> None:
    """Nobody was reached, for the first time of this call, and no redial follows: a person may take over.

    Of an order that the shop took back while it rang nobody has to be called.
    """
    if rule.fallback_webhook is None or result not in UNREACHABLE or call.result in UNREACHABLE:
        return
    if late_cancel(conn, call):
        return
    if not tell_fallback(conn, call.id, rule.fallback_webhook, now):
        log.error("no webhook for the fallback rule=%s webhook=%s", rule.name, rule.fallback_webhook)


def _is_superseded(conn: Connection, reported: _Reported, end: End) -> bool:
    if reported.is_newest:
        return False
    if reported.call.state == CallState.DIALING:
        return True
    followed = reached_after(conn, reported.attempt)
    return followed and (end.word != "answered" or reported.call.state in (CallState.PLACED, CallState.FINISHED))


def _redial_at(conn: Connection, context: CallContext, reported: _Reported, end: End, result: str) -> datetime | None:
    """When the rule lets this call ring again; None: it does not."""
    call, rule, now = context.call, context.rule, reported.now
    if not (end.may_redial and reported.is_newest and call.state in Transition.REDIAL.any_of):
        return None
    if rule.redial is None or result not in rule.redial.on or call.phone == ERASED_TEXT or not context.is_enabled:
        return None
    if count_reached(conn, call.id) > rule.redial.times or late_cancel(conn, call):
        return None
    # A clock of VBot's that differs from ours must not move the ring before the call itself.
    ended_at = max(min(reported.report.ended_at or now, now), reported.attempt.started_at)
    span = (rule.redial.every, call.not_after, rule.windows, context.zone, context.holidays)
    return redial_at(ended_at, now, *span, next_day=rule.advertising)
