"""Decide deliveries, one or several together: claim them, read their events, decide each of them, close them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.model import BadPayload, Decision, Delivery, Reading, StoreDown
from bridge.decide.event import Deciding, decide_event
from bridge.decide.subject import joined_keys
from bridge.decide.verdicts import Verdicts
from bridge.lib.masking import mask_id
from bridge.receive.stored import StoredDelivery, open_delivery, read_ahead
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import claim_deliveries, close_delivery
from bridge.store.orders import lock_orders
from bridge.store.shops.fetches import start_fetch

log = logging.getLogger(__name__)

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
    """Decide this delivery in one transaction; return False if it was decided already, or is in other hands.

    The delivery ends decided, ignored or failed, or waits for documents of its shop.
    """
    try:
        return bool(_decide_in_one(store, catalogs, [delivery_id], now, default_hotline, verdicts))
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
    """Decide several deliveries in one transaction; return False if nothing was done: each is then decided alone."""
    if len(delivery_ids) < 2:
        return False
    try:
        _decide_in_one(store, catalogs, delivery_ids, now, default_hotline, verdicts)
    except Exception as error:
        # One of them cannot be decided, or not together with another worker's.
        log.info("deliveries are decided one by one reason=%s", type(error).__name__)
        return False
    return True


def _decide_in_one(
    store: Store,
    catalogs: Catalogs,
    delivery_ids: Sequence[int],
    now: datetime,
    default_hotline: str | None,
    verdicts: Verdicts | None,
) -> int:
    read_ahead(store, catalogs, delivery_ids)
    with store.write() as conn:
        deciding = Deciding(catalogs.read(conn), now, default_hotline, verdicts=verdicts or Verdicts())
        closed, claimed = decide_all(conn, deciding, delivery_ids)
    for one in closed:
        _tell(one)
    return claimed


@dataclass(frozen=True, repr=False)
class Closed:
    """A delivery that was decided, what it says, and what the rules made of it."""

    delivery: Delivery
    reading: Reading
    decisions: Sequence[Decision]


def _tell(closed: Closed) -> None:
    """A log line for each decision, with the ids by which delivery, order and call find each other."""
    orders = {event.order_id for event in closed.reading.events}
    ids = (closed.delivery.source_id, closed.delivery.id, mask_id(orders.pop() if len(orders) == 1 else None))
    for one in closed.decisions:
        parts = (*ids, one.call_id or 0, one.decision, one.reason)
        log.info("delivery decided source=%s delivery=%d order=%s call=%d decision=%s reason=%s", *parts)
    if not closed.decisions:
        log.info("delivery read source=%s delivery=%d order=%s reason=%s", *ids, _end(closed.reading)[1])


def decide_all(conn: Connection, deciding: Deciding, delivery_ids: Sequence[int]) -> tuple[list[Closed], int]:
    """Decide those of these that wait for it, oldest first; return those that are closed now, and how many waited.

    Errors: BadPayload.
    """
    rows = claim_deliveries(conn, delivery_ids)
    ready = []
    for row in rows:
        stored = open_delivery(conn, deciding.catalog, row)
        if stored is None or not stored.is_incomplete() or not start_fetch(conn, row, deciding.now):
            ready.append((row, stored, read_claimed(stored)))
    lock_orders(conn, {key for _, stored, reading in ready for key in _keys(conn, deciding.catalog, stored, reading)})
    closed = [Closed(row, reading, decide_read(conn, deciding, row, stored, reading)) for row, stored, reading in ready]
    return closed, len(rows)


def _keys(
    conn: Connection, catalog: Catalog, stored: StoredDelivery | None, reading: Reading
) -> Iterator[tuple[str, str]]:
    """The orders that the events of a delivery are about, as far as that is known before they are learned."""
    if stored is None:
        return
    for event in reading.events:
        joined = joined_keys(conn, catalog, stored.source, event) if event.parcel else []
        yield from joined[:1] or [(stored.source.id, event.order_id)]


def decide_claimed(
    conn: Connection, deciding: Deciding, row: Delivery, stored: StoredDelivery | None
) -> list[Decision]:
    """Decide or ignore a delivery that this transaction has locked; return the decisions, all recorded.

    stored  None where its source or platform is gone
    Errors  BadPayload
    """
    return decide_read(conn, deciding, row, stored, read_claimed(stored))


def read_claimed(stored: StoredDelivery | None) -> Reading:
    """What a delivery holds, or why it is ignored. Errors: BadPayload."""
    return stored.read() if stored else Reading(ignored="source_removed")


def decide_read(
    conn: Connection, deciding: Deciding, row: Delivery, stored: StoredDelivery | None, reading: Reading
) -> list[Decision]:
    """As `decide_claimed`, of a delivery that was read."""
    topic = reading.events[0].platform_topic if reading.events else reading.platform_topic
    decisions: list[Decision] = []
    # Orders are locked in one order of ids, so that two deliveries with several orders cannot block each other.
    for n, event in sorted(enumerate(reading.events), key=lambda pair: (pair[1].order_id, pair[0])):
        if stored is not None:
            decisions += decide_event(conn, deciding, stored.source, row, n, event)
    topic = topic and topic[:TOPIC_CHARACTERS]
    state, reason, detail = _end(reading)
    close_delivery(conn, row.id, state, deciding.now, platform_topic=topic, reason=reason, detail=detail)
    return decisions


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
        close_delivery(conn, delivery_id, "failed", now, reason=reason, detail=detail)
