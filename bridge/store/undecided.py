"""Deliveries that are not decided yet: which they are, and whether one of them may name an order."""

from __future__ import annotations

import re
from functools import cache

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    LargeBinary,
    Text,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from bridge.store.db.columns import CUT
from bridge.store.db.tables import deliveries, sources
from bridge.store.db.upsert import written

UNDECIDED = ("stored", "fetching")
UNDECIDED_DELIVERY = "undecided_delivery"  # the reason of a call that waits for one
CROWD = 50  # undecided deliveries of one source: to look into more would cost more than to wait
_STORED = deliveries.c.state == written("stored")
_FETCHING = deliveries.c.state == written("fetching")


def _crowd_of(source: ColumnElement[str]) -> CompoundSelect[int]:
    """A row if the source has a CROWD. One SELECT for each state, as in `_naming`; no more than a CROWD is read."""
    each = (select(deliveries.c.id).where(deliveries.c.source_id == source, state) for state in (_STORED, _FETCHING))
    return union_all(*each).limit(literal_column("1")).offset(literal_column(str(CROWD - 1)))


_CROWDED = select(sources.c.id).where(_crowd_of(sources.c.id).exists())
_IS_CROWDED = _crowd_of(bindparam("source_id", type_=Text()))


def undecided(conn: Connection, limit: int) -> list[int]:
    """The oldest deliveries that can be decided now."""
    waiting = select(deliveries.c.id).where(_STORED)
    return list(conn.execute(waiting.order_by(deliveries.c.id).limit(limit)).scalars())


def has_undecided(conn: Connection, source_id: str, order_id: str) -> bool:
    """Whether an undecided delivery of the source may name this order.

    Such a delivery's bytes hold the order's id, plainly or as JSON may escape it. With CROWD of them it is always yes.
    """
    runs = id_runs(order_id)
    parts = {f"run_{n}": run.encode() for n, run in enumerate(runs)}
    found = conn.execute(_naming(conn.dialect.name, len(runs)), {"source_id": source_id, **parts}).scalars().all()
    return len(found) == CROWD or any(found)


def crowded_sources(conn: Connection) -> set[str]:
    """The sources with CROWD or more undecided deliveries, whose calls all wait."""
    return set(conn.execute(_CROWDED).scalars())


def is_crowded(conn: Connection, source_id: str) -> bool:
    """Whether this source has so many undecided deliveries that its calls wait, whatever order they are of."""
    return conn.execute(_IS_CROWDED, {"source_id": source_id}).first() is not None


def id_runs(order_id: str) -> list[str]:
    """The parts of an order's id that stand as they are in the bytes of each delivery that names the order."""
    if CUT in order_id:
        return []  # the bytes hold the whole id, and the cut one's digest is in none
    # A run without a digit may be a word of ours before the shop's id.
    return re.findall("[A-Za-z]*[0-9][0-9A-Za-z]*", order_id)


@cache
def _naming(dialect: str, runs: int) -> CompoundSelect[bool]:
    """Of the source's undecided deliveries, whether each holds all `run_0`, `run_1`, or what may hide them."""
    # Built once for each number of runs, for it is sent while all who ring for the source wait.
    named = and_(true(), *(_holds(dialect, bindparam(f"run_{n}", type_=LargeBinary())) for n in range(runs)))
    hidden = (_holds(dialect, literal(f"\\u00{high}".encode(), LargeBinary())) for high in "34567")
    named_or_hidden = or_(named, *hidden)
    same_source = deliveries.c.source_id == bindparam("source_id")
    # One SELECT for each state: SQLite answers `OR` of the two from no partial index, and reads the source's history.
    each = (select(named_or_hidden.label("may_name")).where(same_source, state) for state in (_STORED, _FETCHING))
    return union_all(*each).limit(CROWD)


def _holds(dialect: str, part: ColumnElement[bytes]) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return func.position(part.op("IN")(deliveries.c.body)) > 0
    return func.instr(deliveries.c.body, part) > 0
