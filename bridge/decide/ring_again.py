"""What a replay does with a call that a rule wants: the same row waits again, a new one is created, or none rings.

A call of which no request reached VBot, nor may have, waits again. What rang, or what a person ended, stays: only
`forced`, with a person's reason, makes a further ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.model import Call, Decision, NewCall, OrderKey, Origin
from bridge.decide.calls import Wanted, keep
from bridge.decide.missed import Missed
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.attempts import rang
from bridge.store.calls import calls_like, calls_of_gone_rules, create_call, wait_again
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import topic_since

BY_HAND = ("by_person", "forgotten")
# Topics that the order's newest state shows by itself, so that a later state counts more than the event.
_IN_STATE = frozenset({"order.cancelled", "order.deleted", "order.fulfilled"})


@dataclass(frozen=True)
class Forced:
    """A person's order that what rang, or was ended by hand, rings once more; who gave it, and why."""

    reason: str
    who: str


@dataclass(frozen=True)
class Replaying:
    """One delivery of a replay. `promised`: the keys that a dry run has counted, for it stores nothing to be found."""

    catalog: Catalog
    delivery_id: int
    missed: Missed
    forced: Forced | None
    dry: bool
    promised: set[tuple[str, str]]


def ring_again(replaying: Replaying, conn: Connection, wanted: Sequence[Wanted], now: datetime) -> list[Decision]:
    """What becomes of the calls that rules want today, one after the other."""
    return [_ring_again(replaying, conn, rule, new, now) for rule, new in wanted]


def _ring_again(replaying: Replaying, conn: Connection, rule: Rule, new: NewCall, now: datetime) -> Decision:
    origin = new.origin
    if origin is None:
        raise ValueError("a call by hand comes from no delivery")
    key = (rule.name, new.once_key)
    ended_by = _ended_by(conn, replaying, rule, origin)
    if ended_by is not None:
        return Decision("skip", ended_by.replace(".", "_"))
    if key in replaying.promised:
        return Decision("skip", "already_called")
    same = calls_like(conn, rule.name, new.once_key, origin.event_id)
    kin = same or _elders(conn, replaying.catalog, rule, origin)
    forbids = _forbids(conn, kin)
    if forbids is not None and (replaying.forced is None or forbids[0].is_live):
        return keep(*forbids, origin)
    if replaying.dry:
        replaying.promised.add(key)
    if forbids is not None or not same:
        ring = 1 + max((call.ring for call in same), default=0)
        return _create(conn, replace(new, ring=ring), now, replaying.forced if forbids is not None else None)
    call = next((call for call in reversed(same) if call.once_key == new.once_key), same[-1])
    wait_again(conn, call.id, new, now)
    return Decision("call", "replayed", call_id=call.id)


def _forbids(conn: Connection, kin: Sequence[Call]) -> tuple[Call, str] | None:
    """The call that forbids another ring by itself, and why: it still waits, it rang, or a person ended it."""
    live = [(call, "already_called") for call in kin if call.is_live]
    reached = [(call, "already_called") for call in rang(conn, kin)]
    by_hand = [(call, call.reason) for call in kin if call.reason in BY_HAND]
    found = live or reached or by_hand
    return found[-1] if found else None


def _ended_by(conn: Connection, replaying: Replaying, rule: Rule, origin: Origin) -> str | None:
    """The topic of a later delivery that ends this rule's calls, and that the order's newest state does not show."""
    topics = rule.cancel_on - _IN_STATE
    if not topics:
        return None
    source_id, order_id = origin.source_id, origin.order_id
    for other, topic in replaying.missed.of_order.get(OrderKey(source_id, order_id), ()):
        if other > replaying.delivery_id and topic in topics:
            return topic
    return topic_since(conn, source_id, order_id, replaying.delivery_id, topics)


def _elders(conn: Connection, catalog: Catalog, rule: Rule, origin: Origin) -> list[Call]:
    """The order's calls under rules that are gone, whose place this one took: a new name rings nobody again."""
    standing = [other.name for other in catalog.rules if other.enabled]
    return calls_of_gone_rules(conn, origin.source_id, origin.order_id, origin.event_id, rule.name, standing)


def _create(conn: Connection, new: NewCall, now: datetime, forced: Forced | None) -> Decision:
    call_id = create_call(conn, new, now)
    if call_id is None:
        return Decision("skip", "already_called")
    if forced is None:
        return Decision("call", "wanted", call_id=call_id)
    return Decision("call", "forced", {"detail": forced.reason}, call_id)
