"""What a polled page holds that no webhook brought: stored as deliveries, in one transaction with the poll's position.

What is recovered so is a delivery, decided as any other and by the same keys, so that nothing rings twice.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.core.model import BadPayload, Event, Json, Order, Request, Source
from bridge.core.platform import Page, Platform, Poll
from bridge.store import Connection
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.deliveries import recover
from bridge.store.shops.polls import SeenOrder, seen_orders, write_poll

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=1)  # of the spans of two polls
WEBHOOK_DELAY = timedelta(minutes=1)  # a webhook of a younger change may still be on its way


@dataclass(frozen=True, repr=False)
class Polled:
    """A source that is polled: its platform, how that is polled, and its row of `polls` once it is due."""

    source: Source
    platform: Platform
    poll: Poll
    row: Any = None

    @property
    def start(self) -> datetime:
        """When the source was first polled; what was ordered before does not ring."""
        return datetime.fromisoformat(self.row.position["start"])

    def read(self, text: str, now: datetime) -> Order | None:
        """The order in this text, by the platform's own reading of an update; None where it cannot be read."""
        try:
            request = self.poll.delivery(self.source, text, self.update_topic())
            events = self.platform.read(request, self.source, now).events
        except BadPayload:
            return None
        return events[0].order if events else None

    def update_topic(self) -> str:
        topics = self.platform.topics
        return next((name for name, ours in topics.items() if ours == "order.updated"), next(iter(topics)))


@dataclass(frozen=True, repr=False)
class _Listed:
    """One listed order: its text, and what the platform reads in it; None where it cannot."""

    text: str
    order: Order | None


def store_page(conn: Connection, polled: Polled, page: Page, now: datetime) -> int:
    """Store what no webhook brought of this page, and how far the poll came; return how many deliveries that are."""
    return _STORES[polled.poll.yields](conn, polled, page, now)


def _store_orders(conn: Connection, polled: Polled, page: Page, now: datetime) -> int:
    listed = [_Listed(text, polled.read(text, now)) for text in page.texts]
    recovered = _recover_orders(conn, polled, listed, now)
    _write(conn, polled, recovered, now, **_next_position(polled, page, listed, recovered, now))
    return recovered


def _store_events(conn: Connection, polled: Polled, page: Page, now: datetime) -> int:
    """Each event is a delivery, if it is new; up to where the queue is read now. The next poll follows at once.

    What was ordered before the source was switched on is kept, and does not ring: a queue holds what nobody took.
    """
    source, recovered = polled.source, 0
    for text in page.texts:
        request = polled.poll.delivery(source, text, "")
        is_old = _is_creation_before_start(polled, request, now)
        key, ignored = polled.platform.dedup_key(request, source), "before_switched_on" if is_old else None
        is_new = recover(conn, source.id, key, request, now, ignored)
        recovered += is_new and not is_old
    position = polled.row.position
    more = page.texts and page.next != position.get("page")
    wake_at = now if more else now + polled.poll.every
    _write(conn, polled, recovered, now, position={**position, "page": page.next}, wake_at=wake_at)
    return recovered


def _store_keys(conn: Connection, polled: Polled, page: Page, now: datetime) -> int:
    """The keys that the shop shows now verify its webhooks, in every process; those that it shows no more do not."""
    position = polled.row.position
    if position.get("keys") != page.keys:
        touch_catalog(conn)
        log.info("keys changed source=%s", polled.source.id)
    _write(conn, polled, 0, now, position={**position, "keys": page.keys}, wake_at=now + polled.poll.every)
    return 0


_STORES = {"orders": _store_orders, "events": _store_events, "keys": _store_keys}


def _write(conn: Connection, polled: Polled, recovered: int, now: datetime, **onward: Json) -> None:
    done = {"looked_at": now, "failures": 0, "reason": None, "recovered": polled.row.recovered + recovered}
    write_poll(conn, polled.source.id, {**done, **onward})


def _is_creation_before_start(polled: Polled, request: Request, now: datetime) -> bool:
    """Whether it would ring for an order that was made before the source was first polled."""
    try:
        events = polled.platform.read(request, polled.source, now).events
    except BadPayload:
        return False  # kept, so that it fails where a person sees it
    return bool(events) and all(event.topic == "order.created" and _made_at(event) < polled.start for event in events)


def _made_at(event: Event) -> datetime:
    return (event.order.created_at if event.order else None) or event.occurred_at


def _recover_orders(conn: Connection, polled: Polled, listed: Sequence[_Listed], now: datetime) -> int:
    source = polled.source
    known = seen_orders(conn, source.id, [each.order.id for each in listed if each.order is not None])
    count = 0
    for each in listed:
        order = each.order
        if order is None:
            # Kept once, so that it fails where a person sees it.
            wanted = {polled.update_topic(): ("body", hashlib.sha256(each.text.encode()).hexdigest())}
        else:
            at = order.updated_at.isoformat() if order.updated_at else ""
            wanted = dict.fromkeys(_missing_topics(polled, order, known.get(order.id), now), (order.id, at))
        for topic, state in wanted.items():
            request = polled.poll.delivery(source, each.text, topic)
            # An update may stand for the creation of an order that nobody has confirmed.
            is_old = order is not None and order.id not in known and _is_creation_before_start(polled, request, now)
            ignored = "before_switched_on" if is_old else None
            count += recover(conn, source.id, ":".join(("recovered", *state, topic)), request, now, ignored)
    return count


def _missing_topics(polled: Polled, order: Order, known: SeenOrder | None, now: datetime) -> tuple[str, ...]:
    """The platform's topics of the webhooks that the shop should have sent of this order, and did not."""
    if order.updated_at is None or order.updated_at > now - WEBHOOK_DELAY:
        return ()
    is_new = (known is None or not known.created) and order.created_at is not None and order.created_at >= polled.start
    if known is None and not is_new and not polled.poll.has_created_topic:
        return ()
    topics = polled.poll.topics(order, is_new)
    if known is None or known.state_at is None or known.state_at < order.updated_at:
        return topics
    return topics[:1] if is_new else ()


def _next_position(
    polled: Polled, page: Page, listed: Sequence[_Listed], recovered: int, now: datetime
) -> dict[str, Json]:
    """Where the next poll goes on, and when.

    While pages are turned an order may move from one to the other, unseen: a poll of several pages is made again
    until it finds nothing new, and only then moves on.
    """
    position = polled.row.position
    times = [each.order.updated_at for each in listed if each.order is not None and each.order.updated_at]
    seen = [at for at in times if at <= now - WEBHOOK_DELAY]
    newest = max([*seen, datetime.fromisoformat(position.get("newest") or position["since"])])
    found = position.get("found", 0) + recovered
    kept = {"start": position["start"], "since": position["since"]}
    if page.next is not None:
        onward = {**kept, "page": page.next, "newest": newest.isoformat(), "found": found}
        return {"position": onward, "wake_at": now}
    if position.get("page") is not None and found:
        return {"position": kept, "wake_at": now}
    since = max(datetime.fromisoformat(position["since"]), newest.astimezone(UTC) - OVERLAP)
    return {"position": {**kept, "since": since.isoformat()}, "wake_at": now + polled.poll.every}
