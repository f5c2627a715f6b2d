"""Place: a due call becomes one request to VBot, and the request's outcome becomes the call's next state.

The row says `dialing`, and the attempt with its external_call_id is committed, before a byte
leaves. Everything that could forbid the ring is asked again in that same transaction.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.breaker import after, may_probe, probing
from bridge.core.call_states import CallState, Transition
from bridge.core.model import StoreDown
from bridge.core.outcomes import AttemptOutcome
from bridge.core.schedule import retry_at
from bridge.engine import ADVANCE, Submit, lose
from bridge.place.batch import Batches, gather
from bridge.place.checks import Go, Joined, check_and_dial
from bridge.store import Connection, Store
from bridge.store.calls import (
    LEASE,
    Call,
    claim_due,
    count_active,
    end_attempt,
    find_call,
    has_due,
    list_hotlines,
    lock_hotline,
    move,
    sweep,
)
from bridge.store.catalog import Catalogs
from bridge.store.companions import give_back
from bridge.store.lines import find_line, write_line
from bridge.store.replays import late_cancel
from bridge.store.results import hear_again, proven_since
from bridge.vbot.client import CallRequest, Client, Outcome

log = logging.getLogger(__name__)

START_SECONDS = 2  # from the commit of `dialing` to the request's first byte
TOTAL_SECONDS = 25  # from that commit to the answer's last byte; the lease is 40
TOKEN_SECONDS = 10
JOIN_SECONDS = 1  # of the two until the first byte: so long calls are dialled into one request


@dataclass(frozen=True)
class Clock:
    """Where time and chance come from: an aware wall clock, a monotonic one in seconds, jitter in [0, 1)."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


def admit(
    store: Store, catalogs: Catalogs, now: datetime, free: int, account: str = "", submit: Submit = lose
) -> list[int]:
    """The ids of due calls, now queued and submitted: at most `free`, per hotline within its free places, oldest first.

    Ends first what time alone ends (leases, promises). Paused hotlines, rules and sources stay as they are.
    While the breaker of this VBot account is open nothing is queued, and at its probe's time one call.
    """
    queued: list[int] = []
    with store.read() as conn:
        if not has_due(conn, now):
            return queued
    with store.write() as conn:
        sweep(conn, now)
        catalog = catalogs.read(conn)
        paused = {kind: {name for held, name in catalog.pauses if held == kind} for kind in ("rule", "source")}
        if ("all", "") in catalog.pauses:
            return queued
        line = find_line(conn, account, now)
        if line.state != "closed":
            line = find_line(conn, account, now, lock=True)
            free = min(free, 1) if may_probe(line, now) else 0
        for code in list_hotlines(conn):
            if free <= len(queued) or ("hotline", code) in catalog.pauses:
                continue
            hotline = lock_hotline(conn, code)
            if hotline is None:
                continue
            places = free - len(queued)
            if hotline.max_active is not None:
                places = min(places, hotline.max_active - count_active(conn, code, now))
            if places > 0:
                queued += claim_due(conn, code, now, places, paused)
        if queued and line.state != "closed":
            write_line(conn, account, probing(line, queued[0], now + LEASE), now)
        submit(conn, ADVANCE, queued)
    return queued


def advance(
    store: Store,
    catalogs: Catalogs,
    client: Client,
    call_id: int,
    clock: Clock,
    max_calls_per_day: int | None = None,
) -> None:
    """One queued call is asked again and, if nothing forbids it, placed with exactly one request.

    1. Have a token ready, so that nothing slow stands between the commit and the request.
    2. In one transaction ask everything again, and commit `dialing` with the attempt. The companions that it takes
       along follow, each asked in a transaction of its own.
    3. Send, unless more than START_SECONDS passed meanwhile.
    4. Record what the answer means; it belongs to its attempt, whatever became of the call.
    """
    unready = client.prepare(clock.monotonic() + TOKEN_SECONDS)
    if unready is not None:
        with store.write() as conn:
            call = find_call(conn, call_id, lock=True)
            if call is not None and call.state == CallState.QUEUED:
                _back_off(conn, call, Transition.HOLD, unready, clock)
                _tell_breaker(conn, client.account_id, unready, call_id, clock.now())
        return
    begun_wall, begun = clock.now(), clock.monotonic()
    with store.write() as conn:
        line = find_line(conn, client.account_id, begun_wall)
        catalog = catalogs.read(conn)
        company = gather(conn, catalog, line, call_id, Batches(client.most_in_batch, client.carries), begun_wall)
        if company is None:
            go = check_and_dial(conn, catalog, line, call_id, uuid.uuid4().hex, begun_wall, max_calls_per_day)
            gos = [go] if go else []
    if company is not None:
        gos = _dial_together(store, catalogs, client.account_id, company.call_ids, clock, begun, max_calls_per_day)
    if not gos:
        return
    outcome = _send(client, gos, clock, begun_wall, begun)
    _record(store, client, gos, outcome, clock)
    for go in gos:
        told = (go.call_id, go.attempt_id, outcome.outcome, outcome.detail)
        log.info("call attempted call=%s attempt=%s outcome=%s detail=%s", *told)


def _dial_together(
    store: Store,
    catalogs: Catalogs,
    account: str,
    call_ids: Sequence[int],
    clock: Clock,
    begun: float,
    max_calls_per_day: int | None,
) -> list[Go]:
    """Those of these calls that nothing forbids, all dialing now; what time did not allow is due again.

    Each is asked in a transaction of its own, whose locks have one order; a kill between them leaves `unsure`.
    """
    batch = uuid.uuid4().hex
    gos: list[Go] = []
    asked = 0
    for call_id in call_ids:
        if clock.monotonic() - begun > JOIN_SECONDS:
            break
        with store.write() as conn:
            now = clock.now()
            line = find_line(conn, account, now)
            joined = Joined(batch, has_calls=bool(gos))
            catalog = catalogs.read(conn)
            go = check_and_dial(conn, catalog, line, call_id, uuid.uuid4().hex, now, max_calls_per_day, joined)
        asked += 1
        gos += [go] if go else []
    if asked < len(call_ids):
        with store.write() as conn:
            give_back(conn, call_ids[asked:], clock.now())
    return gos


def _send(client: Client, gos: Sequence[Go], clock: Clock, begun_wall: datetime, begun: float) -> Outcome:
    late = clock.monotonic() - begun > START_SECONDS
    if late or abs(clock.now() - begun_wall) > timedelta(seconds=START_SECONDS):
        return Outcome(AttemptOutcome.NOT_SENT, "late_start")
    requests = [_request(go) for go in gos]
    if len(requests) == 1:
        return client.place(requests[0], begun + TOTAL_SECONDS)
    return client.place_batch(requests, begun + TOTAL_SECONDS)


def _request(go: Go) -> CallRequest:
    return CallRequest(
        external_call_id=go.external_call_id,
        phone=go.phone,
        hotline=go.hotline,
        template=go.template,
        datas=go.datas,
        max_time=go.max_time,
        max_waiting_time=go.max_waiting_time,
        name=go.name,
        customer_uid=go.customer_uid,
    )


def _record(store: Store, client: Client, gos: Sequence[Go], outcome: Outcome, clock: Clock) -> None:
    # An outcome that cannot be stored in time leaves the call `dialing`; its lease then makes it unsure.
    for pause in (0.1, 0.5, 1, 2, 4, 0):
        try:
            with store.write() as conn:
                for go in gos:
                    _settle(conn, go, outcome, clock, renews=client.renews)
                if outcome.detail != "token_refused" or client.is_locked_out or not client.renews:
                    _tell_breaker(conn, client.account_id, outcome, gos[0].call_id, clock.now())
        except StoreDown:
            time.sleep(pause)
        else:
            return
    for go in gos:
        log.error("outcome not stored call=%s attempt=%s", go.call_id, go.attempt_id)


def _settle(conn: Connection, go: Go, outcome: Outcome, clock: Clock, *, renews: bool) -> None:
    now = clock.now()
    call = find_call(conn, go.call_id, lock=True)
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
        return  # a result was here first, and says more
    newest = call.attempt_id == go.attempt_id
    is_no = outcome.outcome in (AttemptOutcome.NOT_SENT, AttemptOutcome.REFUSED)
    earlier = proven_since(conn, go.attempt_id) if newest and is_no else None
    if outcome.outcome == AttemptOutcome.ACCEPTED:
        change = Transition.ACCEPT if newest else Transition.ACCEPT_EARLIER
        move(conn, call.id, change, now, placed_at=now)
    elif earlier is not None:
        # While this one was under way it turned out that the one before had rung: that is how the call ends.
        rang = {"attempt_id": earlier.id, "placed_at": earlier.started_at}
        move(conn, call.id, Transition.EARLIER_RANG, now, **rang)
        hear_again(conn, earlier.id)
    elif newest and outcome.outcome == AttemptOutcome.REFUSED:
        facts = {"detail": outcome.message or outcome.detail}
        move(conn, call.id, Transition.REFUSE, now, reason=outcome.detail, facts=facts)
    elif newest and outcome.outcome == AttemptOutcome.NOT_SENT and (topic := late_cancel(conn, call)):
        # It was too late to stop that request, but it is not too late to send no other.
        move(conn, call.id, Transition.CANCEL_UNSENT, now, reason="cancel_topic", facts={"topic": topic})
    elif newest and outcome.outcome == AttemptOutcome.NOT_SENT:
        at_once = renews and outcome.detail == "token_refused" and call.reason != "token_refused"
        _back_off(conn, call, Transition.NOT_SENT, outcome, clock, at_once=at_once)
    elif newest:
        move(conn, call.id, Transition.LOSE_ANSWER, now, reason=outcome.detail)


def _tell_breaker(conn: Connection, account: str, outcome: Outcome, call_id: int, now: datetime) -> None:
    seen = find_line(conn, account, now)
    if seen == after(seen, outcome.outcome, outcome.detail, call_id, now):
        return
    line = find_line(conn, account, now, lock=True)
    changed = after(line, outcome.outcome, outcome.detail, call_id, now)
    if changed != line:
        write_line(conn, account, changed, now)
        if changed.state != line.state:
            log.warning("line %s reason=%s", changed.state, changed.reason)


def _back_off(
    conn: Connection, call: Call, change: Transition, outcome: Outcome, clock: Clock, *, at_once: bool = False
) -> None:
    now = clock.now()
    retries = call.retries if at_once else call.retries + 1
    wake_at = now if at_once else retry_at(now, retries, clock.jitter(), outcome.retry_after_seconds)
    wake_at = min(wake_at, max(call.not_after, now))
    facts = {"detail": outcome.detail, "at": wake_at.isoformat()}
    move(conn, call.id, change, now, wake_at=wake_at, reason=outcome.detail, facts=facts, retries=retries)
