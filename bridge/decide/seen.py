"""What the newest stored deliveries of each source hold, as rules see it."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.model import BadPayload, Json
from bridge.receive.stored import open_delivery
from bridge.rules.document import event_document
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.deliveries import newest_decided

NEWEST = 50  # deliveries of one source


def documents_seen(conn: Connection, catalog: Catalog) -> dict[str, list[Mapping[str, Json]]]:
    """By source, the orders in its newest deliveries; those that cannot be read any more are left out."""
    return {source_id: _of_source(conn, catalog, source_id) for source_id in catalog.sources}


def _of_source(conn: Connection, catalog: Catalog, source_id: str) -> list[Mapping[str, Json]]:
    found: list[Mapping[str, Json]] = []
    for row in newest_decided(conn, source_id, NEWEST):
        stored = None if row.is_erased else open_delivery(conn, catalog, row)
        try:
            events = stored.read().events if stored else ()
        except BadPayload:
            continue
        found += [event_document(event, stored.source) for event in events if stored and event.order is not None]
    return found
