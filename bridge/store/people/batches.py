"""Lists of people that were called: each line's call belongs to the list under whose name and template it was given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from bridge.core.call_states import CallState, Transition
from bridge.store.calls import is_in, move_all
from bridge.store.db.tables import batch_calls, batches, calls
from bridge.store.db.upsert import insert_new


@dataclass(frozen=True)
class NamedBatch:
    """A list. `by_state`: how many of its calls are in each state."""

    id: int
    name: str
    template: str
    created_at: datetime
    by_state: Mapping[str, int]

    @property
    def lines(self) -> int:
        return sum(self.by_state.values())


def add_to_batch(conn: Connection, name: str, template: str, call_ids: Sequence[int], now: datetime) -> None:
    """These calls belong to this list; one that belongs to a list already stays there."""
    key = {"name": name, "template": template}
    insert_new(conn, batches, {**key, "created_at": now})
    same = (batches.c.name == name) & (batches.c.template == template)
    batch_id = conn.execute(select(batches.c.id).where(same)).scalar_one()
    for call_id in call_ids:
        insert_new(conn, batch_calls, {"call_id": call_id, "batch_id": batch_id})


def list_batches(conn: Connection, limit: int, cursor: int | None = None) -> list[NamedBatch]:
    """Newest first; `cursor` is the id behind which to go on."""
    query = select(batches).order_by(batches.c.id.desc()).limit(limit)
    rows = list(conn.execute(query.where(batches.c.id < cursor) if cursor is not None else query))
    counted: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    states = (
        select(batch_calls.c.batch_id, calls.c.state, func.count().label("n"))
        .join(calls, calls.c.id == batch_calls.c.call_id)
        .where(batch_calls.c.batch_id.in_(counted))
        .group_by(batch_calls.c.batch_id, calls.c.state)
        .order_by(calls.c.state)
    )
    for row in conn.execute(states):
        counted[row.batch_id][str(row.state)] = row.n
    return [NamedBatch(row.id, row.name, row.template, row.created_at, counted[row.id]) for row in rows]


def batch_names(conn: Connection) -> list[str]:
    return list(conn.execute(select(batches.c.name).distinct().order_by(batches.c.name)).scalars())


def in_batch(name: str) -> ColumnElement[bool]:
    """The calls of the lists of this name, of whatever template."""
    ids = select(batch_calls.c.call_id).join(batches, batches.c.id == batch_calls.c.batch_id)
    return calls.c.id.in_(ids.where(batches.c.name == name))


def called_before(conn: Connection, name: str, phones: Collection[str]) -> set[str]:
    """Those of these numbers that the lists of this name rang, or are to ring, already."""
    silent = is_in(CallState.CANCELLED, CallState.EXPIRED, CallState.REFUSED)
    found = select(calls.c.phone).where(in_batch(name), calls.c.phone.in_(phones), ~silent)
    return set(conn.execute(found).scalars())


def count_waiting(conn: Connection, name: str) -> int:
    """Return how many calls `cancel_batch` would cancel."""
    waiting = is_in(*Transition.CANCEL.any_of) & in_batch(name)
    return int(conn.execute(select(func.count()).where(waiting)).scalar_one())


def cancel_batch(conn: Connection, name: str, reason: str, now: datetime) -> int:
    """Cancel by a person's word what still waits of the lists of this name; return how many it was."""
    where, facts = in_batch(name), {"detail": reason}
    return move_all(conn, where, Transition.CANCEL, now, reason="by_person", facts=facts, wake_at=None)
