"""What an attempt's outcome means for its call, and for the account's breaker."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.call_states import CallState, Transition
from bridge.core.model import Attempt, AttemptOutcome, Call, StoreDown
from bridge.core.schedule import retry_at
from bridge.lib.masking import mask_id
from bridge.place.breaker import Signal, record_in_breaker
from bridge.place.dial import Dialled, Go
from bridge.place.placing import Clock, Placing
from bridge.store import Connection
from bridge.store.attempts import End, count_late_starts, end_attempts, proven_since
from bridge.store.calls import LEASE, find_call, lock_calls, move, move_each
from bridge.store.decisions import late_cancel
from bridge.store.results import settle_again
from bridge.vbot.client import Client, Outcome

log = logging.getLogger(__name__)

# Then the call ends: each late start holds up others. With the rests between, that is over 20 minutes.
MOST_LATE_STARTS = 8

# Seconds between two tries to store an outcome, as long as the lease. After it the call, still `dialing`, is unsure.
STORE_PAUSES = (0.1, 0.5, *[1] * int(LEASE.total_seconds() - 1))


def put_back(placing: Placing, call_id: int, outcome: Outcome) -> None:
    """Let a queued call wait again, for which no request can be made: there is no token."""
    with placing.store.write() as conn:
        call = find_call(conn, call_id, lock=True)
        if call is None or call.state != CallState.QUEUED:
            return
        _back_off(conn, call, Transition.HOLD, outcome, placing.clock)
        signal = Signal(outcome.outcome, outcome.detail, call_id)
        record_in_breaker(conn, placing.client.account_id, [signal], placing.clock.now())


class Overtaken(Exception):
    """Something else became known of a call before its outcome was recorded."""


@dataclass(frozen=True, repr=False)
class Ended:
    """A request that came out, and the attempts that it carried."""

    dialled: Dialled
    outcome: Outcome

    @property
    def gos(self) -> Sequence[Go]:
        return self.dialled.gos


def is_leased(dialled: Dialled, clock: Clock) -> bool:
    """Whether the lease of these attempts certainly holds: an outcome that cannot be stored is worth another try."""
    return clock.monotonic() < dialled.begun + LEASE.total_seconds()


def store_outcome(placing: Placing, ended: Ended) -> None:
    """Record the outcome of a request; try again while the database is down, as long as the lease holds."""
    for pause in STORE_PAUSES:
        if not is_leased(ended.dialled, placing.clock):
            break
        try:
            record_outcomes(placing, [ended])
        except StoreDown:
            time.sleep(pause)
        else:
            return
    log_lost(ended)


def log_lost(ended: Ended, error: Exception | None = None) -> None:
    """The outcome is not stored: the calls stay dialing until their lease is over, and are unsure then."""
    for go in ended.gos:
        log.error("outcome not stored call=%s attempt=%s", go.call_id, go.attempt_id, exc_info=error)


def record_outcomes(placing: Placing, ended: Sequence[Ended]) -> list[None]:
    """Record what became of these requests, in one transaction, and what it shows of the account."""
    with placing.store.write() as conn:
        record(conn, placing, ended)
    log_recorded(ended)
    return [None] * len(ended)


def record(conn: Connection, placing: Placing, ended: Sequence[Ended]) -> None:
    """As `record_outcomes`, in this transaction. Errors: Overtaken, as `_accept`."""
    client, clock = placing.client, placing.clock
    # In the order of their ids, whatever the order in which they came.
    each = sorted(((go, one.outcome) for one in ended for go in one.gos), key=lambda pair: pair[0].attempt_id)
    if len(each) > 1 and all(outcome.outcome == AttemptOutcome.ACCEPTED for _, outcome in each):
        _accept(conn, each, clock.now())
        each = []
    calls = lock_calls(conn, {go.call_id for go, _ in each}) if each else {}
    for go, outcome in each:
        # A call that is here twice has changed since.
        call = calls.pop(go.call_id, None) or find_call(conn, go.call_id, lock=True)
        record_outcome(conn, call, go, outcome, clock, renews=client.renews)
    signals = [signal for one in ended for signal in _signals(client, one)]
    record_in_breaker(conn, client.account_id, signals, clock.now())


def log_recorded(ended: Sequence[Ended]) -> None:
    for one in ended:
        for go in one.gos:
            parts = (go.call_id, go.attempt_id, mask_id(go.order_id), one.outcome.outcome, one.outcome.detail)
            log.info("call attempted call=%d attempt=%d order=%s outcome=%s detail=%s", *parts)


def _accept(conn: Connection, each: Sequence[tuple[Go, Outcome]], now: datetime) -> None:
    """VBot has all of these attempts, and nothing else became known of their calls meanwhile, as nearly always.

    Errors   Overtaken: something did; each is to be recorded alone
    """
    accepted = {go.call_id: {"placed_at": now, "attempt_id": go.attempt_id} for go, _ in each}
    moved = len(accepted) == len(each) and move_each(conn, Transition.ACCEPT, now, accepted, newest=True)
    if not moved or end_attempts(conn, [_end(go, outcome) for go, outcome in each], now) != len(each):
        raise Overtaken


def _end(go: Go, outcome: Outcome) -> End:
    told = (outcome.outcome, outcome.detail, outcome.http_status, outcome.message, outcome.vbot_call_id)
    return End(go.attempt_id, *told)


def record_outcome(
    conn: Connection, call: Call | None, go: Go, outcome: Outcome, clock: Clock, *, renews: bool
) -> None:
    """Record an attempt's outcome, and the next state of its call, locked, if it has not gone on without it.

    renews  whether a refused token is replaced, so that the call may be placed at once
    """
    now = clock.now()
    learned = end_attempts(conn, [_end(go, outcome)], now)
    if call is None or not learned:
        return  # a result was here first, and proves more
    newest = call.attempt_id == go.attempt_id
    if outcome.outcome == AttemptOutcome.ACCEPTED:
        change = Transition.ACCEPT if newest else Transition.ACCEPT_EARLIER
        move(conn, call.id, change, now, placed_at=now)
    elif newest and outcome.outcome == AttemptOutcome.UNSURE:
        move(conn, call.id, Transition.LOSE_ANSWER, now, reason=outcome.detail)
    elif newest and (earlier := proven_since(conn, go.attempt_id)) is not None:
        _end_with(conn, call, earlier, now)
    elif newest:
        _fail(conn, call, outcome, clock, now, renews=renews)


def _signals(client: Client, ended: Ended) -> list[Signal]:
    """What a request shows of the account; nothing where its token alone was refused, and another is fetched."""
    outcome = ended.outcome
    if outcome.detail == "token_refused" and client.renews and not client.is_locked_out:
        return []
    return [Signal(outcome.outcome, outcome.detail, ended.gos[0].call_id)]


def _end_with(conn: Connection, call: Call, earlier: Attempt, now: datetime) -> None:
    """While the newest attempt was under way it turned out that the one before had rung: so the call ends."""
    rang = {"attempt_id": earlier.id, "placed_at": earlier.started_at}
    move(conn, call.id, Transition.EARLIER_RANG, now, **rang)
    settle_again(conn, earlier.id)


def _fail(conn: Connection, call: Call, outcome: Outcome, clock: Clock, now: datetime, *, renews: bool) -> None:
    """VBot has no attempt of this call: it refused, or nothing was sent and the call is placed again later."""
    if outcome.outcome == AttemptOutcome.REFUSED:
        facts = {"detail": outcome.message or outcome.detail}
        move(conn, call.id, Transition.REFUSE, now, reason=outcome.detail, facts=facts)
    elif topic := late_cancel(conn, call):
        # It was too late to stop that request, but it is not too late to send no other.
        move(conn, call.id, Transition.CANCEL_UNSENT, now, reason="cancel_topic", facts={"topic": topic})
    elif outcome.detail == "late_start" and count_late_starts(conn, call.id) >= MOST_LATE_STARTS:
        move(conn, call.id, Transition.CANCEL_UNSENT, now, reason="late_start", facts={})
    else:
        at_once = renews and outcome.detail == "token_refused" and call.reason != "token_refused"
        _back_off(conn, call, Transition.NOT_SENT, outcome, clock, at_once=at_once)


def _back_off(
    conn: Connection, call: Call, change: Transition, outcome: Outcome, clock: Clock, *, at_once: bool = False
) -> None:
    now = clock.now()
    retries = call.retries if at_once else call.retries + 1
    wake_at = now if at_once else retry_at(now, retries, clock.jitter(), outcome.retry_after_seconds)
    wake_at = min(wake_at, max(call.not_after, now))
    facts = {"detail": outcome.detail, "at": wake_at.isoformat()}
    move(conn, call.id, change, now, wake_at=wake_at, reason=outcome.detail, facts=facts, retries=retries)
