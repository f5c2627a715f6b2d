"""Poll the shops for what no webhook brought: changed orders, the events of a queue, the keys that verify webhooks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.core.model import Json
from bridge.core.platform import Shop
from bridge.receive.polled import Polled, store_page
from bridge.shop_api.poll import ask_page
from bridge.shop_api.send import Failure
from bridge.shop_api.tokens import share_tokens
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.shops.polls import POLL_LEASE, claim_poll, due_polls, hold_poll, keep_polls, known_polls, write_poll
from bridge.store.undecided import has_undecided

log = logging.getLogger(__name__)

UNDECIDED_WAIT = timedelta(seconds=5)  # while what the shop sent is not decided yet
LONGEST_BACKOFF = 24  # times the usual interval, after failures
LONGEST_REST = timedelta(days=1)  # however long the shop wants to be left alone
PAGE_SECONDS = 30  # that a shop is given for one page

# Failures after which the same page may come.
PASSING = ("poll_rate_limited", "poll_unreachable", "fetch_rate_limited", "fetch_no_answer")


def poll_shops(store: Store, catalogs: Catalogs, now: datetime, monotonic: Callable[[], float]) -> int:
    """Poll one page of each source that is due; return how many deliveries were recovered.

    1. Poll those sources that are enabled and have credentials; one that is new, from now on.
    2. Claim a poll, ask the shop for one page (no transaction is open meanwhile), read it.
    3. Store what no webhook brought, and how far the poll came, in one transaction. A queue learns of it, and forgets,
       with the next poll.
    """
    with store.read() as conn:
        catalog = catalogs.read(conn)
        wanted, known, due = _to_poll(catalog), known_polls(conn), due_polls(conn, now)
    if wanted.keys() != known - set(catalog.locked):
        # One that is locked does not show whether it is polled: its position is kept.
        names = [*wanted, *(known & set(catalog.locked))]
        first = {"start": now.isoformat(), "since": now.isoformat()}
        with store.write() as conn:
            keep_polls(conn, dict.fromkeys(names, first), now)
            due = due_polls(conn, now)
    polled = [replace(wanted[row.source_id], row=row) for row in due if row.source_id in wanted]
    return sum(_poll(store, catalogs, each, now, monotonic) for each in polled)


def _to_poll(catalog: Catalog) -> dict[str, Polled]:
    """The sources that are polled, by id, without their rows."""
    shops = [shop for source_id in catalog.sources if (shop := catalog.shop(source_id)) is not None]
    return {shop.source.id: polled for shop in shops if (polled := _polled(shop)) is not None}


def _polled(shop: Shop) -> Polled | None:
    source, platform = shop.source, shop.platform
    poll = platform.poll
    # What a switched-off source receives is verified too.
    if poll is None or not poll.is_on(source) or not (source.enabled or poll.yields == "keys"):
        return None
    return Polled(source, platform, poll)


def _poll(store: Store, catalogs: Catalogs, polled: Polled, now: datetime, monotonic: Callable[[], float]) -> int:
    source, lease = polled.source, now + POLL_LEASE
    with store.write() as conn:
        if not claim_poll(conn, polled.row, lease) or _must_wait(conn, polled, now):
            return 0
    tokens = share_tokens(store, catalogs.seal, lambda: now)
    until = monotonic() + PAGE_SECONDS
    page = ask_page(polled.poll, polled.platform.api, source, polled.row.position, tokens, until)
    with store.write() as conn:
        if not hold_poll(conn, source.id, lease):
            return 0
        if isinstance(page, Failure):
            log.warning("poll failed source=%s reason=%s", source.id, page.reason)
            write_poll(conn, source.id, _put_off(polled, page, now))
            return 0
        recovered = 0 if _must_wait(conn, polled, now) else store_page(conn, polled, page, now)
    if recovered:
        log.info("deliveries recovered source=%s count=%d", source.id, recovered)
    return recovered


def _must_wait(conn: Connection, polled: Polled, now: datetime) -> bool:
    """While a delivery of the shop is not decided, nobody knows what it holds. A queue is not compared with any."""
    waits = polled.poll.yields == "orders" and has_undecided(conn, polled.source.id, "")
    if waits:
        write_poll(conn, polled.source.id, {"wake_at": now + UNDECIDED_WAIT})
    return waits


def _put_off(polled: Polled, failure: Failure, now: datetime) -> dict[str, Json]:
    """A page that the shop refused may never come again: its poll begins anew.

    A queue's, only if the queue wants it: from its beginning it lists again what is stored already. Keys stay.
    """
    poll, row = polled.poll, polled.row
    failures = row.failures + 1
    pause = max(poll.every * min(2 ** min(failures - 1, 10), LONGEST_BACKOFF), min(failure.rest, LONGEST_REST))
    values = {"wake_at": now + pause, "looked_at": now, "failures": failures, "reason": failure.reason}
    if failure.reason == "poll_position" or (poll.yields == "orders" and failure.reason not in PASSING):
        values["position"] = {name: row.position[name] for name in ("start", "since")}
    return values
