"""A stored delivery as its platform reads it: the request as it came, with the shop's documents about it."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.model import BadPayload, CannotFetch, Delivery, Reading, Request, Source
from bridge.core.platform import Platform
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.shops.fetches import documents_of


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
        return self.platform.read(self.request, self.source, self.row.received_at)


def open_delivery(conn: Connection, catalog: Catalog, row: Delivery) -> StoredDelivery | None:
    """The delivery as it stands in this transaction; None where its source or platform is gone."""
    shop = catalog.shop(row.source_id)
    if shop is None:
        return None
    documents = documents_of(conn, [row.id] if shop.platform.api else [])
    return StoredDelivery(row, shop.source, shop.platform, row.request(documents[row.id]))
