"""Dial: the commit that lets a request leave, for one call or for the members of a batch.

The row says `dialing`, and the attempt with its external_call_id is committed, before a byte leaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.call_states import CallState
from bridge.core.model import Call, Json
from bridge.place.batch import Batches, gather
from bridge.place.checks import Allowed, Checking, check
from bridge.place.limits import LOOK_AGAIN, Held
from bridge.place.placing import Placing
from bridge.store import Connection
from bridge.store.attempts import start_attempt
from bridge.store.batches import PERSON, give_back
from bridge.store.breakers import find_breaker
from bridge.store.calls import find_call, move
from bridge.store.orders import lock_order_of
from bridge.vbot import CallRequest

JOIN_SECONDS = 1  # of the two until the first byte: so long calls are dialled into one request


@dataclass(frozen=True, repr=False)
class Go:
    """A committed attempt of a call, and the request that it sends."""

    call_id: int
    attempt_id: int
    request: CallRequest


@dataclass(frozen=True)
class Joined:
    """The batch that a call joins: the text that all its attempts have, and whether a call is in it already."""

    batch: str
    has_calls: bool


def dial(placing: Placing, call_id: int, begun_wall: datetime, begun: float) -> list[Go]:
    """The attempts that are committed now: of this call, of all members of its batch, or none."""
    client = placing.client
    with placing.store.write() as conn:
        checking = _checking(conn, placing, begun_wall)
        batches = Batches(client.most_in_batch, client.carries)
        members = gather(conn, checking.catalog, checking.breaker, call_id, batches, begun_wall)
        if members is None:
            go = check_and_dial(conn, checking, call_id, uuid.uuid4().hex)
            return [go] if go else []
    return dial_together(placing, members.call_ids, begun)


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
            checking = _checking(conn, placing, clock.now())
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
    order = lock_order_of(conn, call_id)
    call = find_call(conn, call_id, lock=True)
    if call is None or call.state != CallState.QUEUED:
        return None
    checked = check(conn, checking, call, order, joins=joined is not None and joined.has_calls)
    if isinstance(checked, Held):
        _hold(conn, call, checked, checking.now)
        return None
    return _start(conn, checked, external_call_id, checking.now, joined.batch if joined else None)


def _checking(conn: Connection, placing: Placing, now: datetime) -> Checking:
    breaker = find_breaker(conn, placing.client.account_id, now)
    return Checking(placing.catalogs.read(conn), breaker, now, placing.caps)


def _hold(conn: Connection, call: Call, held: Held, now: datetime) -> None:
    values: dict[str, Json] = {"reason": held.reason or held.change.reason, "facts": dict(held.facts)}
    if held.until is not None:
        # Never beyond the promise's end, which the sweep must see in time.
        values["wake_at"] = min(held.until, max(call.not_after, now + LOOK_AGAIN))
        values["facts"]["at"] = held.until.isoformat()
    move(conn, call.id, held.change, now, **values)


def _start(conn: Connection, allowed: Allowed, external_call_id: str, now: datetime, batch: str | None) -> Go:
    call, rule, verdict = allowed.context.call, allowed.context.rule, allowed.verdict
    person = (call.manual or {}).get(PERSON) or {}
    request = CallRequest(
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
    kept = ("external_call_id", "phone", "template", "hotline", "datas")
    sent = {name: getattr(request, name) for name in kept}
    return Go(call.id, start_attempt(conn, call, {**sent, "batch": batch}, now), request)
