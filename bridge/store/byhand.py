"""Calls that a person asked for, many at once: which of them are there, and how they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.core.call_states import LIVE
from bridge.rules.rule import MANUAL
from bridge.store.calls import Call
from bridge.store.tables import calls, dnc

_AT_ONCE = 500


def calls_by_keys(conn: Connection, keys: Sequence[str]) -> dict[str, Call]:
    """The manual calls of these keys, by key."""
    found: dict[str, Call] = {}
    for some in _parts(keys):
        query = select(calls).where(calls.c.rule == MANUAL, calls.c.once_key.in_(some))
        found |= {row.once_key: row for row in conn.execute(query)}
    return found


def listed_among(conn: Connection, phones: Sequence[str]) -> set[str]:
    """Those of these numbers that nobody may ring."""
    found: set[str] = set()
    for some in _parts(phones):
        found.update(conn.execute(select(dnc.c.phone).where(dnc.c.phone.in_(some))).scalars())
    return found


def waking(conn: Connection, call_ids: Sequence[int]) -> list[tuple[datetime, int]]:
    """When each of these calls that has not ended is looked at next, and its id."""
    found: list[tuple[datetime, int]] = []
    for some in _parts(call_ids):
        query = select(calls.c.wake_at, calls.c.id).where(calls.c.id.in_(some), calls.c.state.in_(LIVE))
        found += [(row.wake_at, int(row.id)) for row in conn.execute(query)]
    return found


def count_states(conn: Connection, call_ids: Sequence[int]) -> Counter[str]:
    """How many of these calls are in which state."""
    counted: Counter[str] = Counter()
    for some in _parts(call_ids):
        query = select(calls.c.state, func.count()).where(calls.c.id.in_(some)).group_by(calls.c.state)
        counted.update({state: int(n) for state, n in conn.execute(query)})
    return counted


def _parts(values: Sequence[object]) -> Iterator[Sequence[object]]:
    return (values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE))
