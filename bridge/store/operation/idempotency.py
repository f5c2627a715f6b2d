"""What the API did under each Idempotency-Key: the key is stored in the transaction of what it was given for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bridge.core.model import Json
from bridge.store.db.tables import idempotency
from bridge.store.db.upsert import insert_new

KEYS_KEPT = timedelta(hours=48)


@dataclass(frozen=True)
class Kept:
    """What was requested first (`digest`), and what came of it: ids and codes, nothing personal."""

    digest: str
    answer: Mapping[str, Json]


def find_key(conn: Connection, key: str) -> Kept | None:
    row = conn.execute(select(idempotency).where(idempotency.c.key == key)).first()
    return Kept(row.digest, row.answer) if row is not None else None


def take_key(conn: Connection, key: str, digest: str, now: datetime) -> bool:
    """The key is this transaction's; False if it was taken. Whoever comes second waits until the first has ended."""
    values = {"key": key, "digest": digest, "answer": {}, "created_at": now}
    return insert_new(conn, idempotency, values) is not None


def keep_answer(conn: Connection, key: str, answer: Mapping[str, Json]) -> None:
    same = idempotency.c.key == key
    conn.execute(idempotency.update().where(same).values(answer=dict(answer)))


def give_back(conn: Connection, key: str) -> None:
    """Nothing was done under it."""
    conn.execute(idempotency.delete().where(idempotency.c.key == key))


def forget_keys(conn: Connection, now: datetime) -> int:
    """Keys older than KEYS_KEPT go; how many."""
    return conn.execute(idempotency.delete().where(idempotency.c.created_at < now - KEYS_KEPT)).rowcount
