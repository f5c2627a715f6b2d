"""What an attempt's outcome means for its call, and for the account's breaker."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.call_states import CallState, Transition
from bridge.core.model import Attempt, AttemptOutcome, Call, StoreDown
from bridge.core.schedule import retry_at
from bridge.place.breaker import Signal, record_in_breaker
from bridge.place.dial import Go
from bridge.place.placing import Clock, Placing
from bridge.store import Connection
from bridge.store.attempts import count_late_starts, end_attempt, proven_since
from bridge.store.calls import LEASE, find_call, lock_calls, move
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


@dataclass(frozen=True, repr=False)
class Ended:
    """A request that came out, and the attempts that it carried."""

    gos: Sequence[Go]
    outcome: Outcome


def store_outcome(record: Callable[[Ended], object], ended: Ended, clock: Clock, begun: float) -> None:
    """Record the outcome of a request, for each call that it was to place; try again while the database is down.

    begun  the monotonic instant at which its lease had not begun yet
    """
    for pause in STORE_PAUSES:
        if clock.monotonic() >= begun + LEASE.total_seconds():
            break
        try:
            record(ended)
        except StoreDown:
            time.sleep(pause)
        else:
            return
    for go in ended.gos:
        log.error("outcome not stored call=%s attempt=%s", go.call_id, go.attempt_id)


def record_outcomes(placing: Placing, ended: Sequence[Ended]) -> list[None]:
    """Record what became of these requests, in one transaction, and what it shows of the account."""
    client, clock = placing.client, placing.clock
    with placing.store.write() as conn:
        # In the order of their ids, whatever the order in which they came.
        calls = lock_calls(conn, {go.call_id for one in ended for go in one.gos})
        for one in ended:
            for go in one.gos:
                # A call that is here twice has changed since.
                call = calls.pop(go.call_id, None) or find_call(conn, go.call_id, lock=True)
                _record(conn, call, go, one.outcome, clock, renews=client.renews)
        signals = [signal for one in ended for signal in _signals(client, one)]
        record_in_breaker(conn, client.account_id, signals, clock.now())
    return [None] * len(ended)


def record_outcome(conn: Connection, go: Go, outcome: Outcome, clock: Clock, *, renews: bool) -> None:
    """Record an attempt's outcome, and the next state of its call if the call has not gone on without it.

    renews  whether a refused token is replaced, so that the call may be placed at once
    """
    _record(conn, find_call(conn, go.call_id, lock=True), go, outcome, clock, renews=renews)


def _record(conn: Connection, call: Call | None, go: Go, outcome: Outcome, clock: Clock, *, renews: bool) -> None:
    now = clock.now()
    learned = end_attempt(
        conn,
        go.attempt_id,
        outcome.outcome,
        outcome.detail,
        now,
        http_status=outcome.http_status,
        message=outcome.message,
        vbot_call_id=outcome.vbot_call_id,
    )
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
