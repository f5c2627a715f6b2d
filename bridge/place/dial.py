"""Dial: the commit that lets requests leave, of one call, of several at once, or of the members of a batch.

The row says `dialing`, and the attempt with its external_call_id is committed, before a byte leaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.call_states import BEFORE_DIALING, CallState
from bridge.core.model import Call, Json
from bridge.place.batch import Batches, batching_rule, gather
from bridge.place.checks import Allowed, Asked, Checking, counts_attempts, lock, look, permit
from bridge.place.limits import LOOK_AGAIN, Held
from bridge.place.placing import Placing
from bridge.store import Connection
from bridge.store.attempts import NewAttempt, start_attempts
from bridge.store.batches import PERSON, give_back
from bridge.store.breakers import find_breaker
from bridge.store.calls import LEASE, lock_calls, move
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import OrderOfCall, lock_orders_of
from bridge.store.queue import admit_unlimited
from bridge.vbot import CallRequest

JOIN_SECONDS = 1  # of the two until the first byte: so long calls are dialled into one request


@dataclass(frozen=True, repr=False)
class Go:
    """A committed attempt of a call, and the request that it sends."""

    call_id: int
    attempt_id: int
    request: CallRequest
    order_id: str | None


@dataclass(frozen=True)
class Joined:
    """The batch that a call joins: the text that all its attempts have, and whether a call is in it already."""

    batch: str
    has_calls: bool


@dataclass(frozen=True, repr=False)
class Dialled:
    """What was committed for a call, by the clocks at the begin of that transaction.

    gos    its attempt, those of all members of its batch, or none
    leads  nothing was: its rule places batches, and it is to be dialled by `lead`
    """

    begun_wall: datetime
    begun: float
    gos: tuple[Go, ...] = ()
    leads: bool = False


def dial(placing: Placing, call_ids: Sequence[int]) -> list[Dialled]:
    """Dial those of these calls that nothing forbids, in one transaction, one after the other; the result of each."""
    begun_wall, begun = placing.clock.now(), placing.clock.monotonic()
    with placing.store.write() as conn:
        catalog = placing.catalogs.hold(conn)
        return dial_locked(conn, placing, catalog, call_ids, lock_calls_of(conn, call_ids), begun_wall, begun)


def dial_locked(
    conn: Connection,
    placing: Placing,
    catalog: Catalog,
    call_ids: Sequence[int],
    locked: Mapping[int, Locked],
    begun_wall: datetime,
    begun: float,
) -> list[Dialled]:
    """As `dial`, in a transaction that began then, holds the catalog and locked these calls."""
    checking = _checking(conn, placing, catalog, begun_wall)
    queued = {**_queued(locked), **_admit(conn, checking, locked)}
    leaders = _leaders(checking, [each.call for each in queued.values()])
    wanted = [queued[one] for one in call_ids if one in queued and one not in leaders]
    gos = check_and_dial_all(conn, checking, wanted)
    return [
        Dialled(begun_wall, begun, (gos[call_id],) if call_id in gos else (), call_id in leaders)
        for call_id in call_ids
    ]


def lead(placing: Placing, call_id: int) -> Dialled:
    """Dial this call with all members of the batch that it leads, or let it wait for them; alone, if it goes alone."""
    client, begun_wall, begun = placing.client, placing.clock.now(), placing.clock.monotonic()
    with placing.store.write() as conn:
        checking = _checking(conn, placing, placing.catalogs.hold(conn), begun_wall)
        batches = Batches(client.most_in_batch, client.carries)
        members = gather(conn, checking.catalog, checking.breaker, call_id, batches, begun_wall)
        if members is None:
            go = check_and_dial(conn, checking, call_id, uuid.uuid4().hex)
            return Dialled(begun_wall, begun, (go,) if go else ())
    return Dialled(begun_wall, begun, tuple(dial_together(placing, members.call_ids, begun)))


def dial_together(placing: Placing, call_ids: Sequence[int], begun: float) -> list[Go]:
    """Dial those of these calls that nothing forbids; what time did not allow is due again.

    Each is checked in a transaction of its own, whose locks have one order; a kill between them leaves `unsure`.
    """
    batch, clock = uuid.uuid4().hex, placing.clock
    gos: list[Go] = []
    checked = 0
    for call_id in call_ids:
        if clock.monotonic() - begun > JOIN_SECONDS:
            break
        with placing.store.write() as conn:
            checking = _checking(conn, placing, placing.catalogs.hold(conn), clock.now())
            go = check_and_dial(conn, checking, call_id, uuid.uuid4().hex, Joined(batch, has_calls=bool(gos)))
        checked += 1
        gos += [go] if go else []
    if checked < len(call_ids):
        with placing.store.write() as conn:
            give_back(conn, call_ids[checked:], clock.now())
    return gos


def check_and_dial(
    conn: Connection, checking: Checking, call_id: int, external_call_id: str, joined: Joined | None = None
) -> Go | None:
    """The call is dialing and its attempt is there, or it waits or has ended with the reason; then None."""
    queued = _queued(lock_calls_of(conn, [call_id]))
    return check_and_dial_all(conn, checking, list(queued.values()), external_call_id, joined).get(call_id)


@dataclass(frozen=True, repr=False)
class Locked:
    """A call before it is dialled, and its order, both locked."""

    call: Call
    order: OrderOfCall | None


def lock_calls_of(conn: Connection, call_ids: Sequence[int], others: Collection[int] = ()) -> dict[int, Locked]:
    """Those of these calls that are queued, or wait, by id. Orders first, as who decides a delivery locks them.

    others   calls that the transaction changes besides: who takes several takes them in the order of their ids
    """
    orders = lock_orders_of(conn, call_ids)
    calls = lock_calls(conn, {*call_ids, *others})
    return {
        call_id: Locked(calls[call_id], orders.get(call_id))
        for call_id in call_ids
        if call_id in calls and calls[call_id].state in BEFORE_DIALING
    }


def _queued(locked: Mapping[int, Locked]) -> dict[int, Locked]:
    return {call_id: each for call_id, each in locked.items() if each.call.state == CallState.QUEUED}


def _admit(conn: Connection, checking: Checking, locked: Mapping[int, Locked]) -> dict[int, Locked]:
    """Queue those that wait and are due, and that nothing has held back yet: they were made a moment ago.

    Where a limit of the hotline, a pause or the breaker is to be asked they go on waiting, for `queue.admit`.
    """
    if checking.breaker.state != "closed":
        return {}
    due = [
        each.call.id
        for each in locked.values()
        if each.call.state == CallState.WAITING
        and each.call.reason is None
        and each.call.attempt_id is None
        and each.call.wake_at is not None
        and each.call.wake_at <= checking.now <= each.call.not_after
        and not checking.catalog.pause(rule=each.call.rule, source=each.call.source_id, hotline=each.call.hotline)
    ]
    admitted = admit_unlimited(conn, due, checking.now) if due else []
    lease = checking.now + LEASE
    return {
        one: replace(locked[one], call=replace(locked[one].call, state=CallState.QUEUED, wake_at=lease))
        for one in admitted
    }


def check_and_dial_all(
    conn: Connection,
    checking: Checking,
    queued: Sequence[Locked],
    external_call_id: str | None = None,
    joined: Joined | None = None,
) -> dict[int, Go]:
    """By call, the attempts of those that nothing forbids; the others wait or have ended with their reasons.

    external_call_id  of a single call's attempt; None: a new one for each
    """
    looked = [look(conn, checking, each.call, each.order) for each in queued]
    lock(conn, checking, [asked for asked in looked if isinstance(asked, Asked)])
    gos: dict[int, Go] = {}
    allowed: list[Allowed] = []
    for each, asked in zip(queued, looked, strict=True):
        joins = joined is not None and joined.has_calls
        if isinstance(asked, Asked) and counts_attempts(checking, asked):
            gos |= _start(conn, checking, allowed, external_call_id, joined)
            allowed = []
        checked = permit(conn, checking, asked, joins=joins) if isinstance(asked, Asked) else asked
        if isinstance(checked, Held):
            _hold(conn, each.call, checked, checking.now)
        else:
            allowed.append(checked)
    return gos | _start(conn, checking, allowed, external_call_id, joined)


def _leaders(checking: Checking, calls: Sequence[Call]) -> set[int]:
    """The calls whose rule places batches. While the breaker is open nobody gathers: the probe goes alone."""
    if checking.breaker.state != "closed":
        return set()
    return {call.id for call in calls if batching_rule(checking.catalog, call.rule, call.manual) is not None}


def _checking(conn: Connection, placing: Placing, catalog: Catalog, now: datetime) -> Checking:
    breaker = find_breaker(conn, placing.client.account_id, now)
    return Checking(catalog, breaker, now, placing.caps, placing.verdicts)


def _hold(conn: Connection, call: Call, held: Held, now: datetime) -> None:
    values: dict[str, Json] = {"reason": held.reason or held.change.reason, "facts": dict(held.facts)}
    if held.until is not None:
        # Never beyond the promise's end, which the sweep must see in time.
        values["wake_at"] = min(held.until, max(call.not_after, now + LOOK_AGAIN))
        values["facts"]["at"] = held.until.isoformat()
    move(conn, call.id, held.change, now, **values)


def _start(
    conn: Connection,
    checking: Checking,
    allowed: Sequence[Allowed],
    external_call_id: str | None,
    joined: Joined | None,
) -> dict[int, Go]:
    """Write the attempts of these calls, with one statement for all."""
    if not allowed:
        return {}
    requests = {each.context.call.id: _request(each, external_call_id or uuid.uuid4().hex) for each in allowed}
    new = [_new_attempt(each, requests[each.context.call.id], joined) for each in allowed]
    ids = start_attempts(conn, new, checking.now)
    for one in new:
        checking.verdicts.drop(one.call.rule, one.call.event_id)
    return {one.call.id: Go(one.call.id, ids[one.call.id], requests[one.call.id], one.call.order_id) for one in new}


def _new_attempt(allowed: Allowed, request: CallRequest, joined: Joined | None) -> NewAttempt:
    return NewAttempt(
        call=allowed.context.call,
        external_call_id=request.external_call_id,
        phone=request.phone,
        template=request.template,
        hotline=request.hotline,
        datas=request.datas,
        batch=joined.batch if joined else None,
    )


def _request(allowed: Allowed, external_call_id: str) -> CallRequest:
    call, rule, verdict = allowed.context.call, allowed.context.rule, allowed.verdict
    person = (call.manual or {}).get(PERSON) or {}
    return CallRequest(
        external_call_id=external_call_id,
        phone=verdict.phone,
        hotline=call.hotline,
        template=rule.template,
        datas=dict(verdict.datas),
        max_time=rule.max_time,
        max_waiting_time=rule.max_waiting_time,
        name=verdict.name,
        customer_uid=person.get("customer_uid", ""),
    )
