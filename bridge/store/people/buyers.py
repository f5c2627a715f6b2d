"""What the ledger holds of a phone: how many orders it was called about, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from bridge.core.words import UNREACHABLE
from bridge.store.db.tables import calls

# More calls of one phone say nothing more.
MOST = 1_000


def read_buyer(
    conn: Connection, phone: str, source_id: str, order_id: str, before: datetime | None = None
) -> Mapping[str, int]:
    """{orders, declined, unreachable}: other orders that this phone had a call about, that it declined, and about which
    the last call reached nobody. `before`: as it was at that time.
    """
    query = select(calls.c.source_id, calls.c.order_id, calls.c.result).where(
        calls.c.phone == phone, calls.c.order_id.is_not(None)
    )
    if before is not None:
        query = query.where(calls.c.created_at < before)
    results: dict[tuple[str | None, str | None], list[str | None]] = {}
    for row in conn.execute(query.order_by(calls.c.id.desc()).limit(MOST)):
        if (row.source_id, row.order_id) != (source_id, order_id):
            results.setdefault((row.source_id, row.order_id), []).append(row.result)
    return {
        "orders": len(results),
        "declined": sum("declined" in found for found in results.values()),
        "unreachable": sum(found[0] in UNREACHABLE for found in results.values()),
    }
