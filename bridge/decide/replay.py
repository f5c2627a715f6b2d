"""Replay: stored deliveries are decided again from their bytes, under today's rules and adapters.

A call of which no request reached VBot, nor may have, waits again as the same row. What rang, or what
a person ended, stays: only `forced`, with a person's reason, makes a further ring. Each delivery is one
transaction, so that a replay that is killed, doubled or raced by the workers rings nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bridge.core.model import BadPayload, Event, Json, StoreDown
from bridge.decide.event import Answer, Terms, decide_claimed, read_delivery, stays
from bridge.receive.fetch import fetch_again, is_incomplete, share_tokens
from bridge.rules.rule import Rule
from bridge.shop_api.client import Tokens
from bridge.store import Connection, Store
from bridge.store.actions import record_action
from bridge.store.calls import Call, create_call
from bridge.store.catalog import Catalog, Catalogs
from bridge.store.inbox import Delivery, close_delivery, is_erased, learn_order
from bridge.store.replays import (
    BATCH,
    calls_like,
    calls_of_gone_rules,
    is_live,
    lock_delivery,
    rang,
    read_deliveries,
    topic_since,
    unheard,
    wait_again,
)
from bridge.store.undecided import UNDECIDED

log = logging.getLogger(__name__)

BY_HAND = ("by_person", "forgotten")
# What the order's newest state says by itself, so that a later word of it counts more than the event.
_IN_STATE = frozenset({"order.cancelled", "order.deleted", "order.fulfilled"})


@dataclass(frozen=True)
class Forced:
    """A person's word that what rang, or was ended by hand, shall ring once more."""

    reason: str
    who: str


@dataclass(frozen=True)
class Replayed:
    """What became of one delivery: decided, ignored, unreadable, internal_error; or left as it is: erased,
    undecided, unknown, source_disabled, source_removed. A dry run asks no shop: must_fetch. With every rule's answer.
    """

    delivery_id: int
    outcome: str
    answers: tuple[Answer, ...] = ()


# Around what is decided of one delivery, in the transaction of that: the word of it is stored with it, or not at all.
Once = Callable[[Connection, Callable[[], Replayed]], Replayed]


@dataclass(frozen=True, repr=False)
class _Heard:
    """What undecided deliveries say of the orders of those that are replayed: (source, order) -> (delivery, topic)."""

    of_delivery: Mapping[int, frozenset[tuple[str, str]]]
    of_order: Mapping[tuple[str, str], tuple[tuple[int, str], ...]]

    def beside(self, delivery_id: int) -> list[int]:
        """The other deliveries of the same orders."""
        orders = self.of_delivery.get(delivery_id, frozenset())
        return sorted({other for order in orders for other, _ in self.of_order.get(order, ())} - {delivery_id})


@dataclass
class _Run:
    """One replay. `promised`: the keys that a dry run has counted, for it stores nothing to be found again."""

    store: Store
    catalogs: Catalogs
    now: Callable[[], datetime]
    default_hotline: str | None
    dry: bool
    forced: Forced | None
    heard: _Heard
    once: Once
    tokens: Tokens
    promised: set[tuple[str, str]] = field(default_factory=set)
    learned: set[int] = field(default_factory=set)


def replay(
    store: Store,
    catalogs: Catalogs,
    ids: Sequence[int],
    now: Callable[[], datetime],
    default_hotline: str | None,
    *,
    dry: bool = False,
    forced: Forced | None = None,
    once: Once = lambda conn, work: work(),
) -> Iterator[Replayed]:
    """Each of these deliveries is decided again, oldest first, as it is asked for. `dry`: nothing is stored.

    Documents of the shop that a delivery lacks are asked for again, once, before it is decided.

    1. Hear what was never decided (a source was off, a document could not be read) of the same orders.
    2. Learn those orders' newest states before any rule is asked: a cancel among them prevents the ring.
    3. Ask today's rules; a wanted call waits again, is made, or stays as it is, with its reason.
    """
    ordered = sorted(set(ids))
    heard, tokens = _hear(store, catalogs, ordered), share_tokens(store, catalogs, now)
    run = _Run(store, catalogs, now, default_hotline, dry, forced, heard, once, tokens)
    for delivery_id in ordered:
        yield _replay_one(run, delivery_id)


def _hear(store: Store, catalogs: Catalogs, ids: Sequence[int]) -> _Heard:
    with store.read() as conn:
        silent = set(unheard(conn, ids))
    of_delivery: dict[int, frozenset[tuple[str, str]]] = {}
    of_order: dict[tuple[str, str], list[tuple[int, str]]] = {}
    every = sorted(silent | set(ids)) if silent else []
    for n in range(0, len(every), BATCH):
        with store.read() as conn:
            catalog = catalogs.read(conn)
            read = [(row, _try_to_read(conn, catalog, row)) for row in read_deliveries(conn, every[n : n + BATCH])]
        for row, events in read:
            of_delivery[row.id] = frozenset((row.source_id, event.order_id) for event in events)
            for event in events if row.id in silent else ():
                of_order.setdefault((row.source_id, event.order_id), []).append((row.id, event.topic))
    return _Heard(of_delivery, {order: tuple(told) for order, told in of_order.items()})


def _try_to_read(conn: Connection, catalog: Catalog, row: Delivery) -> tuple[Event, ...]:
    try:
        return () if is_erased(row) else read_delivery(conn, catalog, row)[1].events
    except Exception:
        # Said when its own turn comes; here it only tells nothing of an order.
        return ()


def _replay_one(run: _Run, delivery_id: int) -> Replayed:
    try:
        if not run.dry:
            fetch_again(run.store, run.catalogs, delivery_id, run.tokens, run.now())
        with run.store.write() as conn, conn.begin_nested() as step:
            done = run.once(conn, partial(_decide_again, conn, run, delivery_id))
            if run.dry:
                step.rollback()
    except StoreDown:
        raise
    except BadPayload as error:
        if not run.dry:
            _fail(run, delivery_id, str(error))
        return Replayed(delivery_id, "unreadable")
    except Exception:
        # One delivery that breaks our code must not hold up the others; it stays as it was.
        log.exception("replay failed delivery=%s", delivery_id)
        return Replayed(delivery_id, "internal_error")
    if not run.dry:
        run.learned.update(run.heard.beside(delivery_id))
    return done


def _fail(run: _Run, delivery_id: int, problem: str) -> None:
    """A delivery that was decided once stays so: what it said is known."""
    with run.store.write() as conn:
        row = lock_delivery(conn, delivery_id)
        if row is not None and row.state in ("ignored", "failed") and not is_erased(row):
            close_delivery(conn, delivery_id, "failed", run.now(), reason="bad_payload", detail=problem)


def _decide_again(conn: Connection, run: _Run, delivery_id: int) -> Replayed:
    now = run.now()
    catalog = run.catalogs.read(conn)
    row = lock_delivery(conn, delivery_id)
    left = _left(catalog, row)
    if row is None or left is not None:
        return Replayed(delivery_id, left or "unknown")
    if run.dry and is_incomplete(conn, catalog, row):
        return Replayed(delivery_id, "must_fetch")
    _learn(conn, run, catalog, row, now)
    want = partial(_ring_again, run, catalog, delivery_id)
    answers = decide_claimed(conn, Terms(catalog, now, run.default_hotline, want), row)
    if run.forced is not None:
        record_action(conn, "replay", f"delivery:{delivery_id}", run.forced.reason, now, who=run.forced.who)
    return Replayed(delivery_id, "decided" if answers else "ignored", tuple(answers))


def _left(catalog: Catalog, row: Delivery | None) -> str | None:
    """Why this delivery is not decided again, if so."""
    if row is None:
        return "unknown"
    if is_erased(row):
        return "erased"
    if row.state in UNDECIDED:
        return "undecided"
    source = catalog.sources.get(row.source_id)
    if source is None:
        return "source_removed"
    return None if source.enabled else "source_disabled"


def _learn(conn: Connection, run: _Run, catalog: Catalog, row: Delivery, now: datetime) -> None:
    mine = run.heard.of_delivery.get(row.id, frozenset())
    beside = [other for other in run.heard.beside(row.id) if other not in run.learned]
    told = [
        (event.order_id, other.id, n, other, event)
        for start in range(0, len(beside), BATCH)
        for other in read_deliveries(conn, beside[start : start + BATCH])
        for n, event in enumerate(_try_to_read(conn, catalog, other))
        if (row.source_id, event.order_id) in mine
    ]
    # All orders of this transaction are locked in one order of ids, as by `decide`.
    own = [(event.order_id, row.id, n, row, event) for n, event in enumerate(_try_to_read(conn, catalog, row)) if told]
    for _, other_id, n, other, event in sorted([*told, *own], key=lambda one: one[:3]):
        learn_order(conn, row.source_id, event, other_id, n, other.received_at, now)


def _ring_again(
    run: _Run,
    catalog: Catalog,
    delivery_id: int,
    conn: Connection,
    rule: Rule,
    values: Mapping[str, Json],
    now: datetime,
) -> Answer:
    """What becomes of a call that a rule wants today: the same row waits again, or a new one, or none."""
    key = (rule.name, values["once_key"])
    ended_by = _ended_by(conn, run, rule, values, delivery_id)
    if ended_by is not None:
        return "skip", ended_by.replace(".", "_"), {}, None
    if key in run.promised:
        return "skip", "already_called", {}, None
    same = calls_like(conn, rule.name, values["once_key"], values["event_id"])
    kin = same or _elders(conn, catalog, rule, values)
    forbids = _forbids(conn, kin)
    if forbids is not None and (run.forced is None or is_live(forbids[0])):
        return stays(*forbids, values["order_id"])
    if run.dry:
        run.promised.add(key)
    if forbids is not None or not same:
        ring = 1 + max((call.ring for call in same), default=0)
        return _made(conn, {**values, "ring": ring}, now, run.forced if forbids is not None else None)
    call = next((call for call in reversed(same) if call.once_key == values["once_key"]), same[-1])
    wait_again(conn, call.id, values, now)
    return "call", "replayed", {}, call.id


def _forbids(conn: Connection, kin: Sequence[Call]) -> tuple[Call, str] | None:
    """The call that forbids another ring by itself, and why: it still waits, it rang, or a person ended it."""
    live = [(call, "already_called") for call in kin if is_live(call)]
    reached = [(call, "already_called") for call in rang(conn, kin)]
    by_hand = [(call, call.reason) for call in kin if call.reason in BY_HAND]
    found = live or reached or by_hand
    return found[-1] if found else None


def _ended_by(conn: Connection, run: _Run, rule: Rule, values: Mapping[str, Json], delivery_id: int) -> str | None:
    """The topic of a later delivery that ends this rule's calls, and that the order's newest state does not tell."""
    topics = rule.cancel_on - _IN_STATE
    if not topics:
        return None
    source_id, order_id = values["source_id"], values["order_id"]
    for other, topic in run.heard.of_order.get((source_id, order_id), ()):
        if other > delivery_id and topic in topics:
            return topic
    return topic_since(conn, source_id, order_id, delivery_id, topics)


def _elders(conn: Connection, catalog: Catalog, rule: Rule, values: Mapping[str, Json]) -> list[Call]:
    """The order's calls under rules that are gone, whose place this one took: a new name rings nobody again."""
    standing = [other.name for other in catalog.rules if other.enabled]
    return calls_of_gone_rules(conn, values["source_id"], values["order_id"], values["event_id"], rule.name, standing)


def _made(conn: Connection, values: Mapping[str, Json], now: datetime, forced: Forced | None) -> Answer:
    call_id = create_call(conn, values, now)
    if call_id is None:
        return "skip", "already_called", {}, None
    return ("call", "forced", {"detail": forced.reason}, call_id) if forced else ("call", "wanted", {}, call_id)
