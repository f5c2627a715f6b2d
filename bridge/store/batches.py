"""Calls that may go to VBot with one request: found, and taken together by whoever places the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from bridge.core.call_states import BEFORE_DIALING, CallState, Transition
from bridge.core.model import MANUAL, Call, Json
from bridge.store.calls import LEASE, is_in, move_all, read_calls
from bridge.store.db.tables import attempts, calls
from bridge.store.hotlines import count_active, lock_hotline

GATHERING = "gathering"
PERSON = "person"  # of a manual call: what differs from one line of a list to the next
_SPARE = 50  # more than are wanted: some are taken, or of a phone that is there already
_MADE_BY = select(calls.c.rule, calls.c.manual).where(calls.c.id == bindparam("id"), is_in(CallState.QUEUED))


@dataclass(frozen=True, slots=True, repr=False)
class MadeBy:
    """The rule's name, and the request of a manual call."""

    rule: str
    manual: Json


def made_by(conn: Connection, call_id: int) -> MadeBy | None:
    """The rule's name, and the request of a call by hand; None for a call that is not queued. Asked for each call."""
    row = conn.execute(_MADE_BY, {"id": call_id}).first()
    return MadeBy(*row) if row is not None else None


def find_calls_to_join(conn: Connection, call: Call, now: datetime, most: int) -> list[Call]:
    """At most so many calls of this one's rule, template, hotline and limits that are due, gather or are queued.

    Oldest first; each of another phone; none that is in another's hands, or goes alone.
    """
    ready = or_(
        calls.c.state == CallState.QUEUED,
        and_(calls.c.state == CallState.WAITING, or_(calls.c.reason == GATHERING, calls.c.wake_at <= now)),
    )
    same = and_(calls.c.rule == call.rule, calls.c.template == call.template, calls.c.hotline == call.hotline)
    # What rests has no `wake_at`: the index of the others keeps finished calls free of cost.
    live = and_(calls.c.wake_at.is_not(None), calls.c.state.in_(BEFORE_DIALING))
    query = select(calls).where(live, ready, same, calls.c.id != call.id, calls.c.not_after >= now)
    rows = read_calls(conn, query.order_by(calls.c.not_before, calls.c.id).limit(2 * most + _SPARE))
    alone = _refused_together(conn, rows)
    free = (row for row in rows if row.id not in alone and not is_taken(row, call.id, now))
    return list(_of_other_phones(call, free))[:most]


def goes_alone(conn: Connection, call: Call) -> bool:
    """Whether VBot would not take this call together with others."""
    return bool(_refused_together(conn, [call]))


def is_taken(call: Call, by: int, now: datetime) -> bool:
    """Whether another call than `by` takes this one along, and still may."""
    if call.state != CallState.QUEUED or call.reason != GATHERING or call.facts.get("leader") in (None, by):
        return False
    # The same lease: a call that was queued anew since then is nobody's.
    lease = datetime.fromisoformat(call.facts["lease"])
    return lease > now and lease == call.wake_at


def take_along(conn: Connection, call: Call, others: Sequence[Call], now: datetime) -> list[int]:
    """The ids of those that are queued now, in this call's hands: none more than the hotline has free places."""
    waiting = [other.id for other in others if other.state == CallState.WAITING]
    hotline = lock_hotline(conn, call.hotline) if waiting else None
    places = len(waiting) if hotline is not None else 0
    if hotline is not None and hotline.max_active is not None:
        places = min(places, max(hotline.max_active - count_active(conn, call.hotline, now), 0))
    mine = [call.id, *(other.id for other in others if other.state == CallState.QUEUED), *waiting[:places]]
    still = select(calls.c.id).where(calls.c.id.in_(mine), calls.c.state.in_(BEFORE_DIALING))
    taken = list(conn.execute(still.order_by(calls.c.id).with_for_update(skip_locked=True)).scalars())
    facts = {"leader": call.id, "lease": (now + LEASE).isoformat()}
    held = {"wake_at": now + LEASE, "reason": GATHERING, "facts": facts}
    move_all(conn, calls.c.id.in_(taken), Transition.JOIN, now, **held)
    return taken


def give_back(conn: Connection, call_ids: Sequence[int], now: datetime) -> None:
    """Those of these that were not dialled are due again."""
    move_all(conn, calls.c.id.in_(call_ids), Transition.HOLD, now, wake_at=now, facts={})


def _refused_together(conn: Connection, rows: Sequence[Call]) -> set[int]:
    """The ids of those that VBot refused as part of a batch, at whatever attempt."""
    tried = [row.id for row in rows if row.attempt_id is not None]
    if not tried:
        return set()
    query = select(attempts.c.call_id).where(attempts.c.call_id.in_(tried), attempts.c.detail == "batch_refused")
    return set(conn.execute(query).scalars())


def _of_other_phones(call: Call, rows: Iterator[Call]) -> Iterator[Call]:
    phones = {call.phone}
    for row in rows:
        if row.phone in phones or (call.rule == MANUAL and _limits(row) != _limits(call)):
            continue
        phones.add(row.phone)
        yield row


def _limits(call: Call) -> Mapping[str, Json]:
    return {key: value for key, value in (call.manual or {}).items() if key != PERSON}
