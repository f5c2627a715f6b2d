"""The do-not-call list: numbers that no rule and no command rings, by a person's decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bridge.store.db.chunks import chunks
from bridge.store.db.tables import dnc
from bridge.store.db.upsert import insert_new
from bridge.store.people.phones import lock_phone

_LISTED = select(dnc.c.phone).where(dnc.c.phone == bindparam("phone"))


@dataclass(frozen=True, slots=True, repr=False)
class ListedNumber:
    """A number on the list, the reason that a person gave, and since when."""

    phone: str
    reason: str
    added_at: datetime


def is_listed(conn: Connection, phone: str) -> bool:
    """Whether nobody may ring this number, normalised as `bridge.core.phone` reads it.

    To whoever has locked the phone this stays true, or untrue, until the transaction ends.
    """
    return conn.execute(_LISTED, {"phone": phone}).first() is not None


def listed_among(conn: Connection, phones: Sequence[str]) -> set[str]:
    """Those of these numbers that nobody may ring."""
    found: set[str] = set()
    for some in chunks(phones):
        found.update(conn.execute(select(dnc.c.phone).where(dnc.c.phone.in_(some))).scalars())
    return found


def list_numbers(conn: Connection) -> list[ListedNumber]:
    """Newest first."""
    return [ListedNumber(*row) for row in conn.execute(select(dnc).order_by(dnc.c.added_at.desc(), dnc.c.phone))]


def add_numbers(conn: Connection, phones: Iterable[str], reason: str, now: datetime) -> int:
    """None of these numbers begins to be dialled from this commit on; how many are new on the list."""
    new = 0
    # One order for all, so that two imports cannot block each other; the lock is the one that dialling takes.
    for phone in sorted(set(phones)):
        lock_phone(conn, phone)
        new += insert_new(conn, dnc, {"phone": phone, "reason": reason, "added_at": now}) is not None
    return new


def remove_number(conn: Connection, phone: str) -> bool:
    """True if it was on the list."""
    return conn.execute(dnc.delete().where(dnc.c.phone == phone)).rowcount > 0
