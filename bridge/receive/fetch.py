"""Fetch from the shop what a delivery leaves out, before the delivery is decided.

No transaction is open during a request to the shop. Each source has a thread of its own while something is due, so that
a slow shop holds up neither the others nor the deciders.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from bridge.core.model import Delivery, Request, StoreDown
from bridge.core.platform import Login
from bridge.engine import DECIDE, Submit
from bridge.receive.stored import open_delivery
from bridge.shop_api.fetch import fetch_documents
from bridge.shop_api.send import SHARED, Failure
from bridge.shop_api.tokens import Tokens, share_tokens
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import find_delivery
from bridge.store.shops.fetches import (
    Due,
    claim_fetch,
    due_fetches,
    end_fetch,
    keep_documents,
    note_fetch,
    postpone_fetch,
)
from bridge.store.undecided import UNDECIDED

log = logging.getLogger(__name__)

TURN_SECONDS = 40  # within the lease
SHOPS_AT_ONCE = 8
DELIVERIES_AT_ONCE = 200
RETRY_SECONDS = (2, 5, 10, 20, 40, 60)
# Failures that no later try mends.
_FINAL = frozenset({"fetch_no_credentials", "fetch_credentials", "fetch_address", "fetch_redirected"})


def fetch_again(store: Store, catalogs: Catalogs, delivery_id: int, tokens: Tokens, now: datetime) -> None:
    """Ask the shop once for what a decided delivery lacks, before it is decided again."""
    with store.read() as conn:
        row = _find_decided(conn, delivery_id)
        stored = open_delivery(conn, catalogs.read(conn), row) if row else None
    if row is None or stored is None or stored.platform.api is None or not stored.is_incomplete():
        return
    until = time.monotonic() + TURN_SECONDS
    found, failures = fetch_documents(stored.platform.api, stored.source, stored.request, tokens, until)
    with store.write() as conn:
        if keep_documents(conn, delivery_id, _new(stored.request, found), now):
            note_fetch(conn, row, failures[0].reason if failures else None, now)


class Fetcher:
    """The worker's job of fetching. `submit` is given each delivery that can be decided now."""

    def __init__(self, store: Store, catalogs: Catalogs, submit: Submit) -> None:
        self._store = store
        self._catalogs = catalogs
        self._submit = submit
        self._refused: dict[tuple[str, Login], float] = {}
        self._busy: dict[str, threading.Thread] = {}

    def look(self, now: datetime) -> None:
        """Start a thread for each source of which something is due, unless it has one or too many others have."""
        self._busy = {name: thread for name, thread in self._busy.items() if thread.is_alive()}
        with self._store.read() as conn:
            catalog = self._catalogs.read(conn)
            # Without its credentials a shop would refuse, and its orders would be given up.
            waiting = [*self._busy, *catalog.locked]
            due = due_fetches(conn, now, waiting, DELIVERIES_AT_ONCE)
        by_source: dict[str, list[Due]] = {}
        for each in due:
            by_source.setdefault(each.source_id, []).append(each)
        for name, mine in list(by_source.items())[: max(SHOPS_AT_ONCE - len(self._busy), 0)]:
            thread = threading.Thread(target=self._ask, args=(catalog, name, mine, now), name="fetch", daemon=True)
            self._busy[name] = thread
            thread.start()

    def join(self) -> None:
        """Wait until no request to a shop is open."""
        for thread in self._busy.values():
            thread.join()

    def _ask(self, catalog: Catalog, name: str, due: list[Due], started: datetime) -> None:
        begun = time.monotonic()

        def now() -> datetime:
            return started + timedelta(seconds=time.monotonic() - begun)

        tokens = share_tokens(self._store, self._catalogs.seal, now, self._refused)
        try:
            shared: Failure | None = None
            for each in due:
                if time.monotonic() - begun > TURN_SECONDS:
                    return
                shared = self._fetch(catalog, each, tokens, now(), shared)
        except StoreDown as error:
            log.error("database down reason=%s", error)
        except Exception:
            log.exception("fetch failed source=%s", name)

    def _fetch(
        self, catalog: Catalog, due: Due, tokens: Tokens, now: datetime, shared: Failure | None
    ) -> Failure | None:
        """Return the failure that the next delivery of the same shop would meet too, if there is one."""
        with self._store.write() as conn:
            row = claim_fetch(conn, due.delivery_id, now)
            if row is None:
                return shared
            stored = open_delivery(conn, catalog, row)
        documents: dict[str, bytes] = {}
        failures, begun = [shared] if shared else [], time.monotonic()
        if stored is not None and stored.platform.api is not None and not shared:
            until = begun + TURN_SECONDS
            try:
                found, failures = fetch_documents(stored.platform.api, stored.source, stored.request, tokens, until)
                documents = _new(stored.request, found)
            except Exception:
                # A document that breaks our code must not hold up the shop's other orders.
                log.exception("fetch failed delivery=%s", row.id)
                failures = [Failure("fetch_bad_answer")]
        self._settle(due, documents, failures, now + timedelta(seconds=time.monotonic() - begun))
        return next((failure for failure in failures if failure.reason in SHARED), None)

    def _settle(self, due: Due, documents: Mapping[str, bytes], failures: list[Failure], now: datetime) -> None:
        delay = timedelta(seconds=RETRY_SECONDS[min(due.tries, len(RETRY_SECONDS) - 1)])
        wake_at = now + max([delay, *(failure.rest for failure in failures)])
        is_over = wake_at >= due.give_up_at or all(failure.reason in _FINAL for failure in failures)
        reason = failures[0].reason if failures else None
        with self._store.write() as conn:
            if not keep_documents(conn, due.delivery_id, documents, now):
                end_fetch(conn, due.delivery_id, None)
            elif reason is None or is_over:
                end_fetch(conn, due.delivery_id, reason)
                self._submit(conn, DECIDE, [due.delivery_id])
            else:
                postpone_fetch(conn, due.delivery_id, reason, wake_at)
        if reason is not None:
            log.warning("not fetched source=%s delivery=%d reason=%s", due.source_id, due.delivery_id, reason)


def _find_decided(conn: Connection, delivery_id: int) -> Delivery | None:
    row = find_delivery(conn, delivery_id)
    return None if row is None or row.is_erased or row.state in UNDECIDED else row


def _new(before: Request, after: Request) -> dict[str, bytes]:
    return {name: body for name, body in after.fetched.items() if name not in before.fetched}
