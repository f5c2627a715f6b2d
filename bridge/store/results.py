"""What VBot reports of calls: stored raw once, settled once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select

from bridge.core.model import Json, Result, Stored
from bridge.store.db.tables import attempts, results
from bridge.store.db.upsert import insert_new, written

_BATCH = 200
_PERSONAL = ("trans_id", "recording_url", "transcript", "collected")  # of the details


def store_result(conn: Connection, body: bytes, now: datetime) -> Stored:
    """The result is there once; the same bytes again only add to `repeats`."""
    key = hashlib.sha256(body).hexdigest()
    row = {"dedup_key": key, "body": body, "received_at": now, "state": "stored"}
    new: int | None = insert_new(conn, results, row)
    if new is not None:
        return Stored(new, is_new=True)
    again = results.update().where(results.c.dedup_key == key).values(repeats=results.c.repeats + 1)
    return Stored(int(conn.execute(again.returning(results.c.id)).scalar_one()), is_new=False)


def unsettled(conn: Connection, limit: int) -> list[int]:
    """Oldest first."""
    query = select(results.c.id).where(results.c.state == written("stored")).order_by(results.c.id)
    return list(conn.execute(query.limit(limit)).scalars())


def find_result(conn: Connection, result_id: int) -> Result | None:
    row = conn.execute(select(results).where(results.c.id == result_id)).first()
    return Result(*row) if row is not None else None


def close_result(
    conn: Connection,
    result_id: int,
    state: str,
    now: datetime,
    attempt_id: int | None = None,
    kind: str | None = None,
    details: Mapping[str, Json] | None = None,
) -> bool:
    """Close the result as settled, a stranger's, or failed; return False if it was closed already."""
    values = {"state": state, "settled_at": now, "attempt_id": attempt_id, "kind": kind, "told": details}
    mine = and_(results.c.id == result_id, results.c.state == "stored")
    return conn.execute(results.update().where(mine).values(values)).rowcount == 1


def reports_before(conn: Connection, attempt_id: int, but: int) -> list[Mapping[str, Json]]:
    """What other results report of this attempt."""
    query = select(results.c.told).where(
        results.c.attempt_id == attempt_id, results.c.id != but, results.c.told.is_not(None)
    )
    return list(conn.execute(query).scalars())


def settle_again(conn: Connection, attempt_id: int) -> None:
    """Let the results of this attempt be settled again."""
    settled = and_(results.c.attempt_id == attempt_id, results.c.state == "settled", results.c.body != b"")
    conn.execute(results.update().where(settled).values(state="stored", kind=None, told=None, settled_at=None))


def erase_results(conn: Connection, which: ColumnElement[bool]) -> int:
    """Remove the bytes of these results, and all personal details; how the calls ended stays. Return how many."""
    rows = conn.execute(select(results.c.id, results.c.told).where(which, results.c.body != b"")).all()
    for row in rows:
        kept = {name: value for name, value in (row.told or {}).items() if name not in _PERSONAL}
        conn.execute(results.update().where(results.c.id == row.id).values(body=b"", told=kept))
    return len(rows)


def of_calls(call_ids: Sequence[int]) -> ColumnElement[bool]:
    """The results of these calls."""
    return results.c.attempt_id.in_(select(attempts.c.id).where(attempts.c.call_id.in_(call_ids)))


def strangers(conn: Connection, behind: int) -> dict[int, bytes]:
    """Id -> bytes of the next results of no attempt of ours, in their order; empty where none is left."""
    query = select(results.c.id, results.c.body).where(results.c.id > behind, results.c.attempt_id.is_(None))
    return {row.id: row.body for row in conn.execute(query.order_by(results.c.id).limit(_BATCH))}


def this_result(result_id: int) -> ColumnElement[bool]:
    return results.c.id == result_id
