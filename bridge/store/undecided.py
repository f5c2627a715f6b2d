"""Deliveries that are not decided yet: which they are, and whether one of them may name an order."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    LargeBinary,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    null,
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
# Undecided deliveries of one source whose order is not known: to look into more would cost more than to wait.
CROWD = 50
_STORED = deliveries.c.state == written("stored")
_FETCHING = deliveries.c.state == written("fetching")
_STATES = (_STORED, _FETCHING)


def _crowd_of(source: ColumnElement[str]) -> CompoundSelect[int]:
    """A row if the source has a CROWD. One SELECT for each state, as in `_naming`; no more than a CROWD is read."""
    unknown = and_(deliveries.c.source_id == source, deliveries.c.order_id.is_(None))
    each = (select(deliveries.c.id).where(unknown, state) for state in _STATES)
    return union_all(*each).limit(literal_column("1")).offset(literal_column(str(CROWD - 1)))


_CROWDED = select(sources.c.id).where(_crowd_of(sources.c.id).exists())
_IS_CROWDED = _crowd_of(bindparam("source_id", type_=Text()))


_OLDEST = select(deliveries.c.id).where(_STORED).order_by(deliveries.c.id).limit(bindparam("most", type_=Integer()))
_SAME_SOURCE = deliveries.c.source_id == bindparam("source_id")
_UNKNOWN = deliveries.c.order_id.is_(None)
_ANY = union_all(*(select(deliveries.c.id).where(_SAME_SOURCE, state) for state in _STATES)).limit(1)
_ASKED = deliveries.c.order_id.in_(bindparam("order_ids", expanding=True))
# The orders that are asked for and known to be named; null, if there is a delivery whose order is not known.
_KNOWN = union_all(
    *(select(deliveries.c.order_id).where(_SAME_SOURCE, _ASKED, state) for state in _STATES),
    *(
        select(cast(null(), Text)).where(select(deliveries.c.id).where(_SAME_SOURCE, _UNKNOWN, state).exists())
        for state in _STATES
    ),
)


def undecided(conn: Connection, limit: int) -> list[int]:
    """The oldest deliveries that can be decided now."""
    return list(conn.execute(_OLDEST, {"most": limit}).scalars())


def has_undecided(conn: Connection, source_id: str, order_id: str) -> bool:
    """Whether an undecided delivery of the source may name this order; of no order (""), whether there is any."""
    if not order_id:
        return conn.execute(_ANY, {"source_id": source_id}).first() is not None
    return bool(undecided_among(conn, source_id, [order_id]))


def undecided_among(conn: Connection, source_id: str, order_ids: Collection[str]) -> set[str]:
    """Those of these orders that an undecided delivery of the source may name.

    Of most deliveries the order is known. The bytes of the others hold the order's id, plainly or as JSON may escape
    it; with CROWD of those it may be every order.
    """
    found = conn.execute(_KNOWN, {"source_id": source_id, "order_ids": list(order_ids)}).scalars().all()
    named = {order_id for order_id in found if order_id is not None}
    if None in found:
        named |= {order_id for order_id in order_ids if _may_be_named(conn, source_id, order_id)}
    return named


def _may_be_named(conn: Connection, source_id: str, order_id: str) -> bool:
    """Whether a delivery whose order is not known may name this one."""
    runs = id_runs(order_id)
    parts = {f"run_{n}": run.encode() for n, run in enumerate(runs)}
    found = conn.execute(_naming(conn.dialect.name, len(runs)), {"source_id": source_id, **parts}).scalars().all()
    return len(found) == CROWD or any(found)


def crowded_sources(conn: Connection) -> set[str]:
    """The sources with a CROWD, whose calls all wait."""
    return set(conn.execute(_CROWDED).scalars())


def is_crowded(conn: Connection, source_id: str) -> bool:
    """Whether this source has a CROWD, for which its calls wait, whatever order they are of."""
    return conn.execute(_IS_CROWDED, {"source_id": source_id}).first() is not None


def id_runs(order_id: str) -> list[str]:
    """The parts of an order's id that stand as they are in the bytes of each delivery that names the order."""
    if CUT in order_id:
        return []  # the bytes hold the whole id, and the cut one's digest is in none
    # A run without a digit may be a word of ours before the shop's id.
    return re.findall("[A-Za-z]*[0-9][0-9A-Za-z]*", order_id)


@cache
def _naming(dialect: str, runs: int) -> CompoundSelect[bool]:
    """Of the source's undecided deliveries of unknown orders, whether each holds all `run_0`, `run_1`, or what may
    hide them."""
    # Built once for each number of runs, for it is sent while all who ring for the source wait.
    named = and_(true(), *(_holds(dialect, bindparam(f"run_{n}", type_=LargeBinary())) for n in range(runs)))
    hidden = (_holds(dialect, literal(f"\\u00{high}".encode(), LargeBinary())) for high in "34567")
    may_name = or_(named, *hidden).label("may_name")
    # One SELECT for each state: SQLite answers `OR` of the two from no partial index, and reads the source's history.
    return union_all(*(select(may_name).where(_SAME_SOURCE, _UNKNOWN, state) for state in _STATES)).limit(CROWD)


def _holds(dialect: str, part: ColumnElement[bytes]) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return func.position(part.op("IN")(deliveries.c.body)) > 0
    return func.instr(deliveries.c.body, part) > 0
