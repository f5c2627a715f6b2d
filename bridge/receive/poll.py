"""Reconcile: shops are asked for what no webhook told: the orders that changed, the events of a queue, the keys that
verify their webhooks.

What is found so is a delivery, decided as any other and by the same keys, so that nothing rings twice. How far a look
came is written in the transaction that stores what it found.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.core.model import BadPayload, Json, Order, Request, Source
from bridge.core.platform import Page, Platform, Poll
from bridge.platforms import find_platform
from bridge.shop_api.poll import ask_page
from bridge.shop_api.send import Failure
from bridge.shop_api.tokens import share_tokens
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs, touch_catalog
from bridge.store.deliveries import recover
from bridge.store.shops.polls import (
    LEASE,
    Told,
    claim_poll,
    due_polls,
    hold_poll,
    keep_polls,
    known_polls,
    what_was_told,
    write_poll,
)
from bridge.store.undecided import has_undecided

log = logging.getLogger(__name__)

SOON = timedelta(seconds=5)  # while what the shop sent is not decided yet
OVERLAP = timedelta(minutes=1)
SETTLED = timedelta(minutes=1)  # a webhook may still be on its way
MOST_EVERY, LONGEST_REST = 24, timedelta(days=1)  # the longest pauses: that of our own, and that of the shop's wish
SECONDS = 30

PASSING = ("poll_rate_limited", "poll_unreachable", "fetch_rate_limited", "fetch_no_answer")


@dataclass(frozen=True, repr=False)
class _Found:
    """One listed order: its text, and what the platform reads of it; None where it cannot."""

    text: str
    order: Order | None


def reconcile(store: Store, catalogs: Catalogs, now: datetime, monotonic: Callable[[], float]) -> int:
    """One page of each source whose look is due; how many deliveries were recovered.

    1. Ask those sources that are enabled and have credentials; one that is new, from now on.
    2. Claim a look, ask the shop for one page (no transaction is open meanwhile), read it.
    3. Store what no webhook told, and how far the look came, in one transaction. A queue hears of it, and forgets,
       with the next look.
    """
    with store.read() as conn:
        catalog = catalogs.read(conn)
        wanted, known, due = _asked(catalog), known_polls(conn), due_polls(conn, now)
    if wanted != known:
        first = {"start": now.isoformat(), "since": now.isoformat()}
        with store.write() as conn:
            keep_polls(conn, dict.fromkeys(wanted, first), now)
            due = due_polls(conn, now)
    found = 0
    for row in due:
        source = catalog.sources.get(row.source_id)
        if source is not None and row.source_id in wanted:
            found += _look(store, catalogs, source, row, now, monotonic)
    return found


def _asked(catalog: Catalog) -> set[str]:
    return {source.id for source in catalog.sources.values() if _is_asked(source)}


def _is_asked(source: Source) -> bool:
    platform = find_platform(source.platform)
    poll = platform.poll if platform is not None else None
    # What a switched-off source receives is verified too.
    return poll is not None and poll.is_on(source) and (source.enabled or poll.yields == "keys")


def _look(
    store: Store, catalogs: Catalogs, source: Source, row: Any, now: datetime, monotonic: Callable[[], float]
) -> int:
    lease, poll = now + LEASE, _poll(source)
    with store.write() as conn:
        if not claim_poll(conn, row, lease) or _must_wait(conn, poll, source.id, now):
            return 0
    tokens = share_tokens(store, catalogs.seal, lambda: now)
    page = ask_page(poll, _platform(source).api, source, row.position, tokens, monotonic() + SECONDS)
    with store.write() as conn:
        if not hold_poll(conn, source.id, lease):
            return 0
        if isinstance(page, Failure):
            log.warning("poll failed source=%s reason=%s", source.id, page.reason)
            write_poll(conn, source.id, _put_off(poll, row, page, now))
            return 0
        take = _TAKES[poll.yields]
        recovered = 0 if _must_wait(conn, poll, source.id, now) else take(conn, source, row, page, now)
    if recovered:
        log.info("deliveries recovered source=%s count=%d", source.id, recovered)
    return recovered


def _must_wait(conn: Connection, poll: Poll, source_id: str, now: datetime) -> bool:
    """While something that the shop sent is not decided, nobody knows what it told. A queue is not compared with it."""
    waits = poll.yields == "orders" and has_undecided(conn, source_id, "")
    if waits:
        write_poll(conn, source_id, {"wake_at": now + SOON})
    return waits


def _take_orders(conn: Connection, source: Source, row: Any, page: Page, now: datetime) -> int:
    """What no webhook told of this page is stored, and how far the look came."""
    listed = [_Found(text, _read(source, text, now)) for text in page.texts]
    recovered = _recover(conn, source, listed, datetime.fromisoformat(row.position["start"]), now)
    onward = _onward(row.position, page, listed, recovered, _poll(source).every, now)
    write_poll(conn, source.id, {**_looked(row, recovered, now), **onward})
    return recovered


def _take_events(conn: Connection, source: Source, row: Any, page: Page, now: datetime) -> int:
    """Each event is a delivery, if it is new; up to where the queue is read now. More is asked for at once.

    What was ordered before the source was switched on is kept, and does not ring: a queue holds what nobody took.
    """
    poll, platform, recovered = _poll(source), _platform(source), 0
    for text in page.texts:
        request = poll.delivery(source, text, "")
        is_old = _is_creation_before(platform, source, request, datetime.fromisoformat(row.position["start"]), now)
        key, ignored = platform.dedup_key(request, source), "before_switched_on" if is_old else None
        is_new = recover(conn, source.id, key, request, now, ignored)
        recovered += is_new and not is_old
    more = page.texts and page.next != row.position.get("page")
    onward = {"position": {**row.position, "page": page.next}, "wake_at": now if more else now + poll.every}
    write_poll(conn, source.id, {**_looked(row, recovered, now), **onward})
    return recovered


def _is_creation_before(platform: Platform, source: Source, request: Request, start: datetime, now: datetime) -> bool:
    try:
        events = platform.read(request, source, now).events
    except BadPayload:
        return False  # kept, so that it fails where a person sees it
    return bool(events) and all(event.topic == "order.created" and event.occurred_at < start for event in events)


def _take_keys(conn: Connection, source: Source, row: Any, page: Page, now: datetime) -> int:
    """What the shop shows now verifies its webhooks, in every process; what it shows no more does not."""
    if row.position.get("keys") != page.keys:
        touch_catalog(conn)
        log.info("keys changed source=%s", source.id)
    onward = {"position": {**row.position, "keys": page.keys}, "wake_at": now + _poll(source).every}
    write_poll(conn, source.id, {**_looked(row, 0, now), **onward})
    return 0


_TAKES = {"orders": _take_orders, "events": _take_events, "keys": _take_keys}


def _looked(row: Any, recovered: int, now: datetime) -> dict[str, Json]:
    return {"looked_at": now, "failures": 0, "reason": None, "recovered": row.recovered + recovered}


def _poll(source: Source) -> Poll:
    found = _platform(source).poll
    if found is None:
        raise LookupError(source.platform)
    return found


def _platform(source: Source) -> Platform:
    found = find_platform(source.platform)
    if found is None:
        raise LookupError(source.platform)
    return found


def _put_off(poll: Poll, row: Any, failed: Failure, now: datetime) -> dict[str, Json]:
    """A page that the shop refused may never come again: its look begins anew.

    A queue's, only if the queue says so itself: from its beginning it tells again what is stored already. Keys stay.
    """
    failures = row.failures + 1
    pause = max(poll.every * min(2 ** min(failures - 1, 10), MOST_EVERY), min(failed.rest, LONGEST_REST))
    values = {"wake_at": now + pause, "looked_at": now, "failures": failures, "reason": failed.reason}
    if failed.reason == "poll_position" or (poll.yields == "orders" and failed.reason not in PASSING):
        values["position"] = {name: row.position[name] for name in ("start", "since")}
    return values


def _read(source: Source, text: str, now: datetime) -> Order | None:
    """The order in this text, by the platform's own reading of an update."""
    try:
        events = _platform(source).read(_poll(source).delivery(source, text, _update_topic(source)), source, now).events
    except BadPayload:
        return None
    return events[0].order if events else None


def _update_topic(source: Source) -> str:
    topics = _platform(source).topics
    return next((name for name, ours in topics.items() if ours == "order.updated"), next(iter(topics)))


def _recover(conn: Connection, source: Source, listed: Sequence[_Found], start: datetime, now: datetime) -> int:
    told = what_was_told(conn, source.id, [found.order.id for found in listed if found.order is not None])
    count = 0
    for found in listed:
        order = found.order
        if order is None:
            # Kept once, so that it fails where a person sees it.
            wanted = {_update_topic(source): ("body", hashlib.sha256(found.text.encode()).hexdigest())}
        else:
            at = order.updated_at.isoformat() if order.updated_at else ""
            topics = _untold(_poll(source), order, told.get(order.id), start, now)
            wanted = dict.fromkeys(topics, (order.id, at))
        for topic, state in wanted.items():
            request = _poll(source).delivery(source, found.text, topic)
            count += recover(conn, source.id, ":".join(("recovered", *state, topic)), request, now)
    return count


def _untold(poll: Poll, order: Order, told: Told | None, start: datetime, now: datetime) -> tuple[str, ...]:
    """The platform's topics that the shop should have sent of this order, and did not."""
    if order.updated_at is None or order.updated_at > now - SETTLED:
        return ()
    is_new = (told is None or not told.created) and order.created_at is not None and order.created_at >= start
    if told is None and not is_new and not poll.has_created_topic:
        return ()
    topics = poll.topics(order, is_new)
    if told is None or told.state_at is None or told.state_at < order.updated_at:
        return topics
    return topics[:1] if is_new else ()


def _onward(
    position: Mapping[str, Json], page: Page, listed: Sequence[_Found], recovered: int, every: timedelta, now: datetime
) -> dict[str, Json]:
    """Where the next look goes on.

    While pages are turned an order may move from one to the other, unseen: a look of several pages is made again
    until it finds nothing new, and only then moves on.
    """
    times = [found.order.updated_at for found in listed if found.order is not None and found.order.updated_at]
    seen = [at for at in times if at <= now - SETTLED]
    newest = max([*seen, datetime.fromisoformat(position.get("newest") or position["since"])])
    found = position.get("found", 0) + recovered
    kept = {"start": position["start"], "since": position["since"]}
    if page.next is not None:
        onward = {**kept, "page": page.next, "newest": newest.isoformat(), "found": found}
        return {"position": onward, "wake_at": now}
    if position.get("page") is not None and found:
        return {"position": kept, "wake_at": now}
    since = max(datetime.fromisoformat(position["since"]), newest.astimezone(UTC) - OVERLAP)
    return {"position": {**kept, "since": since.isoformat()}, "wake_at": now + every}
