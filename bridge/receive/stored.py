"""A stored delivery as its platform reads it: the request as it came, with the shop's documents about it."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.model import BadPayload, CannotFetch, Delivery, Reading, Request, Source
from bridge.core.platform import Platform
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import find_delivery, large_deliveries
from bridge.store.shops.fetches import documents_of

LARGE = 20_000  # bytes of a body: to parse a usual one costs less than to look for it
MOST_KEPT = 8  # up to some megabytes each


@dataclass(frozen=True, repr=False)
class StoredDelivery:
    """A delivery's row, its source and platform, and its request with the documents that were fetched so far."""

    row: Delivery
    source: Source
    platform: Platform
    request: Request

    def is_incomplete(self) -> bool:
        """Whether documents must be fetched from the shop before this delivery can be decided."""
        if self.platform.api is None:
            return False
        try:
            return bool(self.platform.api.wanted(self.request, self.source))
        except CannotFetch:
            return True
        except BadPayload:
            return False  # reported when it is decided

    def read(self) -> Reading:
        """The events in its bytes, or why it has none. Errors: BadPayload."""
        if len(self.request.body) <= LARGE:
            return self.platform.read(self.request, self.source, self.row.received_at)
        return _LARGE_READINGS.read(self)


class _Readings:
    """What the last large deliveries hold, so that each is parsed once: outside of any transaction, by `read_ahead`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], tuple[StoredDelivery, Reading]] = OrderedDict()

    def read(self, stored: StoredDelivery) -> Reading:
        key = (stored.source.id, stored.row.id)
        with self._lock:
            known, reading = self._kept.get(key, (None, None))
        if known is not None and reading is not None and _is_read_alike(known, stored):
            return reading
        reading = stored.platform.read(stored.request, stored.source, stored.row.received_at)
        with self._lock:
            self._kept[key] = (stored, reading)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return reading


def _is_read_alike(one: StoredDelivery, other: StoredDelivery) -> bool:
    """Whether a platform's `read`, which is pure, is given the same."""
    received = one.row.received_at == other.row.received_at
    return received and one.request == other.request and one.source == other.source


_LARGE_READINGS = _Readings()


def read_ahead(store: Store, catalogs: Catalogs, ids: Sequence[int]) -> None:
    """Parse the large ones of these deliveries while no transaction is open: the one that decides them finds it done.

    What cannot be read is found again, and reported, when it is decided.
    """
    with store.read() as conn:
        large = large_deliveries(conn, ids, LARGE)
        catalog = catalogs.read(conn) if large else None
        rows = [find_delivery(conn, delivery_id) for delivery_id in large[:MOST_KEPT]]
        found = [open_delivery(conn, catalog, row) for row in rows if row is not None and catalog is not None]
    for stored in found:
        if stored is not None:
            with contextlib.suppress(Exception):
                stored.read()


def open_delivery(conn: Connection, catalog: Catalog, row: Delivery) -> StoredDelivery | None:
    """The delivery as it stands in this transaction; None where its source or platform is gone."""
    shop = catalog.shop(row.source_id)
    if shop is None:
        return None
    documents = documents_of(conn, [row.id] if shop.platform.api else [])
    return StoredDelivery(row, shop.source, shop.platform, row.request(documents[row.id]))
