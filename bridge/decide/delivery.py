"""Decide deliveries, one or several together: claim them, read their events, decide each of them, close them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.model import BadPayload, Decision, Delivery, Event, OrderKey, Reading, StoreDown
from bridge.decide.event import Deciding, decide_events
from bridge.decide.subject import joined_keys
from bridge.decide.verdicts import Verdicts
from bridge.lib.masking import mask_id
from bridge.receive.stored import StoredDelivery, open_delivery, read_ahead
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import Ending, claim_deliveries, close_deliveries
from bridge.store.orders import Told, lock_orders, recorded_events
from bridge.store.shops.fetches import start_fetch

log = logging.getLogger(__name__)

EVENTS_AT_ONCE = 25  # of a delivery, in one transaction: others wait for it on SQLite, and for its orders everywhere
TOPIC_CHARACTERS = 100  # a message that is not read may name anything as its topic
DETAIL_CHARACTERS = 500


def decide(
    store: Store,
    catalogs: Catalogs,
    delivery_id: int,
    now: datetime,
    default_hotline: str | None,
    verdicts: Verdicts | None = None,
) -> bool:
    """Decide this delivery; return False if it was decided already, or is in other hands.

    The delivery ends decided, ignored or failed, or waits for documents of its shop. One of very many events takes
    several transactions, and whoever finds it half decided goes on behind what is stored.
    """
    try:
        claimed, is_done = _decide_in_one(store, catalogs, [delivery_id], now, default_hotline, verdicts)
        while not is_done:
            _, is_done = _decide_in_one(store, catalogs, [delivery_id], now, default_hotline, verdicts)
        return bool(claimed)
    except StoreDown:
        raise
    except BadPayload as error:
        _fail(store, delivery_id, "bad_payload", str(error), now)
    except Exception as error:
        # A delivery that breaks our code must not hold up the shop's other orders; its bytes wait for a replay.
        log.exception("delivery failed delivery=%s", delivery_id)
        _fail(store, delivery_id, "internal_error", type(error).__name__, now)
    return True


def decide_together(
    store: Store,
    catalogs: Catalogs,
    delivery_ids: Sequence[int],
    now: datetime,
    default_hotline: str | None,
    verdicts: Verdicts | None = None,
) -> bool:
    """Decide several deliveries in one transaction; return False if not all was done: each is then decided alone."""
    if len(delivery_ids) < 2:
        return False
    try:
        _, is_done = _decide_in_one(store, catalogs, delivery_ids, now, default_hotline, verdicts)
    except Exception as error:
        # One of them cannot be decided, or not together with another worker's.
        log.info("deliveries are decided one by one reason=%s", type(error).__name__)
        return False
    return is_done


def _decide_in_one(
    store: Store,
    catalogs: Catalogs,
    delivery_ids: Sequence[int],
    now: datetime,
    default_hotline: str | None,
    verdicts: Verdicts | None,
) -> tuple[int, bool]:
    """How many of these waited, and whether all that they say is decided."""
    read_ahead(store, catalogs, delivery_ids)
    with store.write() as conn:
        deciding = Deciding(catalogs.hold(conn), now, default_hotline, verdicts=verdicts or Verdicts())
        decided, claimed = decide_all(conn, deciding, delivery_ids)
    deciding.verdicts.add_due(deciding.due)
    for one in decided:
        _tell(one)
    return claimed, all(one.is_closed for one in decided)


@dataclass(frozen=True, repr=False)
class Ready:
    """A delivery that can be decided, and what was read in it.

    stored   None where its source or platform is gone
    decided  the numbers of its events that an earlier transaction decided
    most     so many events are decided at once, and the others of the last one's order; None: all
    """

    row: Delivery
    stored: StoredDelivery | None
    reading: Reading
    decided: Collection[int] = ()
    most: int | None = None

    def told(self) -> list[Told]:
        """Its events, by their orders' ids: locked in one order, two deliveries of several cannot block each other."""
        left = self._left()
        end = len(left) if self.most is None else min(self.most, len(left))
        # Not between two events of one order: a cancel is learnt with what it cancels, whatever becomes of the rest.
        while 0 < end < len(left) and left[end].event.order_id == left[end - 1].event.order_id:
            end += 1
        return left[:end]

    def is_last(self) -> bool:
        """Whether these are all that were left."""
        return len(self.told()) == len(self._left())

    def _left(self) -> list[Told]:
        source = self.stored.source if self.stored else None
        left = [(n, event) for n, event in enumerate(self.reading.events) if n not in self.decided]
        found = [Told(source, self.row, n, event) for n, event in left if source]
        return sorted(found, key=lambda one: (one.event.order_id, one.n))

    def ending(self) -> Ending:
        """What becomes of it once all its events are decided."""
        events = self.reading.events
        topic = events[0].platform_topic if events else self.reading.platform_topic
        return Ending(self.row.id, *_end(self.reading), topic and topic[:TOPIC_CHARACTERS])


@dataclass(frozen=True, repr=False)
class Decided:
    """A delivery, what it says, and what the rules made of those of its events that were decided now."""

    delivery: Delivery
    reading: Reading
    decisions: Sequence[Decision]
    is_closed: bool


def _tell(decided: Decided) -> None:
    """A log line for each decision, with the ids by which delivery, order and call find each other."""
    orders = {event.order_id for event in decided.reading.events}
    ids = (decided.delivery.source_id, decided.delivery.id, mask_id(orders.pop() if len(orders) == 1 else None))
    for one in decided.decisions:
        parts = (*ids, one.call_id or 0, one.decision, one.reason)
        log.info("delivery decided source=%s delivery=%d order=%s call=%d decision=%s reason=%s", *parts)
    if not decided.decisions:
        log.info("delivery read source=%s delivery=%d order=%s reason=%s", *ids, _end(decided.reading)[1])


def decide_all(conn: Connection, deciding: Deciding, delivery_ids: Sequence[int]) -> tuple[list[Decided], int]:
    """Decide those of these that wait for it, oldest first; return what was decided now, and how many waited.

    A delivery of more than EVENTS_AT_ONCE events stays undecided until the last of them: its orders' calls wait for it.

    Errors: BadPayload.
    """
    rows = claim_deliveries(conn, delivery_ids)
    ready = []
    for row in rows:
        stored = open_delivery(conn, deciding.catalog, row)
        if not _must_ask(conn, deciding.catalog, stored) or not start_fetch(conn, row, deciding.now):
            ready.append(_next_part(conn, read_claimed(row, stored)))
    lock_orders(conn, {key for one in ready for key in _keys(conn, deciding.catalog, one)})
    found = runs(deciding.catalog, ready)
    return [one for run in found for one in decide_read(conn, deciding, run.ready, together=run.is_together)], len(rows)


def _must_ask(conn: Connection, catalog: Catalog, stored: StoredDelivery | None) -> bool:
    """Whether the shop's API is asked before deciding: not a carrier's about a parcel whose order is known."""
    if stored is None or not stored.is_incomplete():
        return False
    if not stored.platform.is_carrier:
        return True
    return not all(joined_keys(conn, catalog, stored.source, event) for event in stored.read().events)


def _keys(conn: Connection, catalog: Catalog, ready: Ready) -> Iterator[OrderKey]:
    """The orders that the events of a delivery are about, as far as that is known before they are learned."""
    for one in ready.told():
        joined = joined_keys(conn, catalog, one.source, one.event) if one.event.parcel else []
        yield from joined[:1] or [OrderKey(one.source.id, one.event.order_id)]


def read_claimed(row: Delivery, stored: StoredDelivery | None) -> Ready:
    """What a delivery holds, or why it is ignored. Errors: BadPayload.

    stored  None where its source or platform is gone
    """
    return Ready(row, stored, stored.read() if stored else Reading(ignored="source_removed"))


def _next_part(conn: Connection, ready: Ready) -> Ready:
    if len(ready.reading.events) <= EVENTS_AT_ONCE:
        return ready
    return replace(ready, decided=recorded_events(conn, ready.row.id), most=EVENTS_AT_ONCE)


@dataclass(frozen=True, repr=False)
class Run:
    """Deliveries that are decided one behind the other.

    is_together  none of their events changes what is asked about another: all are asked about at once
    """

    ready: Sequence[Ready]
    is_together: bool


def runs(catalog: Catalog, ready: Sequence[Ready]) -> Iterator[Run]:
    """The deliveries in runs, in their order: as many together as can be.

    Each event of those is about an order of its own, which is no part of another and no parcel, and whose buyer nobody
    looks up.
    """
    run: list[Ready] = []
    named: set[OrderKey] = set()
    asks_the_ledger = any(rule.reads_buyer for rule in catalog.rules)
    for one in ready:
        keys = [OrderKey(told.source.id, told.event.order_id) for told in one.told()]
        is_alone = asks_the_ledger or len(set(keys)) < len(keys) or any(map(_looks_at_others, one.reading.events))
        if run and (is_alone or not named.isdisjoint(keys)):
            yield Run(run, is_together=True)
            run, named = [], set()
        if is_alone:
            yield Run([one], is_together=False)
        else:
            run.append(one)
            named.update(keys)
    if run:
        yield Run(run, is_together=True)


def _looks_at_others(event: Event) -> bool:
    return event.parcel is not None or (event.order is not None and event.order.parent is not None)


def decide_read(conn: Connection, deciding: Deciding, run: Sequence[Ready], *, together: bool = False) -> list[Decided]:
    """Decide or ignore deliveries that this transaction has locked, of one of `runs`. Errors: BadPayload."""
    told = [event for one in run for event in one.told()]
    decided: dict[int, list[Decision]] = {one.row.id: [] for one in run}
    for part in [told] if together and told else [[event] for event in told]:
        for delivery_id, decision in decide_events(conn, deciding, part):
            decided[delivery_id].append(decision)
    close_deliveries(conn, [one.ending() for one in run if one.is_last()], deciding.now)
    return [Decided(one.row, one.reading, decided[one.row.id], one.is_last()) for one in run]


def _end(reading: Reading) -> tuple[str, str | None, str | None]:
    """The delivery's state, its reason code, and the reason's detail."""
    if reading.failed:
        return "failed", "bad_payload", reading.failed
    if reading.ignored:
        return "ignored", reading.ignored, None
    # Of the two the state comes first: on it depends whether somebody is called.
    unknown = next((event.unknown_state for event in reading.events if event.unknown_state), None)
    if unknown:
        return "decided", "unknown_state", unknown[:TOPIC_CHARACTERS]
    notes = [f"{note.pointer or '/'}: {note.problem}" for event in reading.events for note in event.notes]
    return "decided", "read_around" if notes else None, "; ".join(notes)[:DETAIL_CHARACTERS] or None


def _fail(store: Store, delivery_id: int, reason: str, detail: str, now: datetime) -> None:
    with store.write() as conn:
        close_deliveries(conn, [Ending(delivery_id, "failed", reason, detail)], now)
