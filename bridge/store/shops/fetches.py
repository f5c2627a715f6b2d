"""What a delivery still needs of the shop: when it is fetched next, and the documents that came.

A delivery is `fetching` from the moment it is found to need something until all is there, or is given up; then it
is `stored` again, and decided. Personal data: `privacy` erases the documents with the delivery's body.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import Connection, and_, select

from bridge.core.model import Delivery
from bridge.store.db.tables import deliveries, fetched, fetches
from bridge.store.db.upsert import insert_new, upsert
from bridge.store.deliveries import from_row, lock_delivery
from bridge.store.undecided import UNDECIDED

# How long a document is fetched in vain. A delivery that nobody decides for 5 minutes is unexplained.
FETCH_TIME = timedelta(seconds=270)
FETCH_LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Due:
    """A delivery whose documents are to be fetched now. `tries`: how often that was in vain."""

    delivery_id: int
    source_id: str
    tries: int
    give_up_at: datetime
    reason: str | None


def documents_of(conn: Connection, ids: Sequence[int]) -> Mapping[int, Mapping[str, bytes]]:
    """By delivery: the shop's documents, by name."""
    found: dict[int, dict[str, bytes]] = defaultdict(dict)
    for row in conn.execute(select(fetched).where(fetched.c.delivery_id.in_(ids))) if ids else ():
        found[row.delivery_id][row.name] = bytes(row.body)
    return found


def start_fetch(conn: Connection, row: Delivery, now: datetime) -> bool:
    """The delivery, which is ours, waits for the shop's documents; False if they were fetched before, in vain."""
    values = {"delivery_id": row.id, "source_id": row.source_id, "wake_at": now, "give_up_at": now + FETCH_TIME}
    if insert_new(conn, fetches, values) is None:
        return False
    _tell(conn, row.id, "fetching", "fetching", None)
    return True


def due_fetches(conn: Connection, now: datetime, busy: Collection[str], limit: int) -> list[Due]:
    """The deliveries that are to be fetched now, oldest first, but none of the sources that are `busy`."""
    due = and_(fetches.c.wake_at.is_not(None), fetches.c.wake_at <= now, fetches.c.source_id.not_in(busy))
    columns = (fetches.c.delivery_id, fetches.c.source_id, fetches.c.tries, fetches.c.give_up_at, fetches.c.reason)
    query = select(*columns).where(due).order_by(fetches.c.wake_at, fetches.c.delivery_id).limit(limit)
    return [Due(*row) for row in conn.execute(query)]


def claim_fetch(conn: Connection, delivery_id: int, now: datetime) -> Delivery | None:
    """The delivery, ours for a lease; None if another worker has it, or nothing is to be fetched any more."""
    mine = and_(fetches.c.delivery_id == delivery_id, fetches.c.wake_at.is_not(None), fetches.c.wake_at <= now)
    if conn.execute(fetches.update().where(mine).values(wake_at=now + FETCH_LEASE)).rowcount == 0:
        return None
    waiting = and_(deliveries.c.id == delivery_id, deliveries.c.state == "fetching")
    row = from_row(conn.execute(select(deliveries).where(waiting)).first())
    if row is None:
        conn.execute(fetches.update().where(fetches.c.delivery_id == delivery_id).values(wake_at=None))
    return row


def keep_documents(conn: Connection, delivery_id: int, documents: Mapping[str, bytes], now: datetime) -> bool:
    """The shop's documents stand beside the delivery; False, and nothing is kept, if it was erased meanwhile."""
    delivery = lock_delivery(conn, delivery_id)
    if delivery is None or delivery.is_erased:
        return False
    for name, body in documents.items():
        upsert(conn, fetched, {"delivery_id": delivery_id, "name": name}, {"body": body, "fetched_at": now})
    return True


def end_fetch(conn: Connection, delivery_id: int, reason: str | None) -> None:
    """Nothing more is fetched: all is there, or `reason` is why not. The delivery can be decided."""
    same = fetches.c.delivery_id == delivery_id
    conn.execute(fetches.update().where(same).values(wake_at=None, reason=reason))
    _tell(conn, delivery_id, "stored", None, None)


def postpone_fetch(conn: Connection, delivery_id: int, reason: str, wake_at: datetime) -> None:
    same = fetches.c.delivery_id == delivery_id
    conn.execute(fetches.update().where(same).values(wake_at=wake_at, tries=fetches.c.tries + 1, reason=reason))
    _tell(conn, delivery_id, "fetching", "fetching", reason)


def note_fetch(conn: Connection, row: Delivery, reason: str | None, now: datetime) -> None:
    """What came of a fetch out of turn, for a delivery that is decided again."""
    same = {"delivery_id": row.id}
    values = {"source_id": row.source_id, "wake_at": None, "give_up_at": now, "reason": reason}
    upsert(conn, fetches, same, values)


def why_not_fetched(conn: Connection, delivery_id: int) -> str | None:
    """The reason code by which the shop's documents about this delivery are missing."""
    reason: str | None = conn.execute(select(fetches.c.reason).where(fetches.c.delivery_id == delivery_id)).scalar()
    return reason


def failed_fetches(conn: Connection, source_id: str, most: int) -> list[str]:
    """Of a source's newest deliveries, back to one of which all was had: why each was given up. Newest first."""
    over = and_(fetches.c.source_id == source_id, fetches.c.wake_at.is_(None))
    query = select(fetches.c.reason).where(over).order_by(fetches.c.delivery_id.desc()).limit(most)
    reasons = conn.execute(query).scalars()
    return list(takewhile(lambda reason: reason is not None, reasons))


def erase_documents(conn: Connection, ids: Collection[int]) -> None:
    mine = sorted(ids)
    conn.execute(fetched.delete().where(fetched.c.delivery_id.in_(mine)))
    conn.execute(fetches.update().where(fetches.c.delivery_id.in_(mine)).values(wake_at=None))


def _tell(conn: Connection, delivery_id: int, state: str, reason: str | None, detail: str | None) -> None:
    waiting = and_(deliveries.c.id == delivery_id, deliveries.c.state.in_(UNDECIDED))
    conn.execute(deliveries.update().where(waiting).values(state=state, reason=reason, detail=detail))
