"""Orders as people list them: newest first, by how they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, Text, and_, literal_column, not_, select, tuple_

from bridge.core.model import Call, OrderKey
from bridge.core.words import UNREACHABLE
from bridge.store.calls import read_calls
from bridge.store.db.tables import calls, decisions, events, orders, standings
from bridge.store.db.upsert import few_of, is_among_many, written
from bridge.store.orders import of_orders
from bridge.store.reports.standings import find_stale, live_standings, telling


@dataclass(frozen=True)
class OrderFilter:
    """Which orders to list.

    group   of the balance (`GROUPS`): unsure, waiting, called, refused, expired, cancelled, skipped
    result  of its newest call; `unreachable` is no_answer, busy or failed
    reason  of the decision that says most, of an order without a call; "" is that no rule was asked
    after   the last order of the page before
    """

    since: datetime | None = None
    source: str | None = None
    group: str | None = None
    result: str | None = None
    reason: str | None = None
    among: Sequence[OrderKey] | None = None
    after: tuple[datetime, str, str] | None = None
    limit: int = 50


@dataclass(frozen=True)
class ListedOrder:
    """One order with its newest call, or without one the reason of its newest decision that says something."""

    source: str
    order_id: str
    number: str
    state: str
    first_seen_at: datetime
    call: Call | None
    reason: str | None
    rule: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class OrderPage:
    """Some orders, and whether more follow."""

    orders: list[ListedOrder]
    has_more: bool


def list_orders(conn: Connection, wanted: OrderFilter) -> OrderPage:
    by_standing = wanted.group is not None or wanted.result is not None or wanted.reason is not None
    if not by_standing:
        table = _table(conn, orders, wanted)
        rows = _newest(conn, select(table).where(*_conditions(conn, table, wanted)), table, wanted.limit + 1)
    else:
        keys = _standing(conn, wanted)
        rows = _newest(conn, select(orders).where(of_orders(orders, keys)), orders, wanted.limit + 1)
    return OrderPage(_with_calls(conn, rows[: wanted.limit]), len(rows) > wanted.limit)


def _table(conn: Connection, table: Table, wanted: OrderFilter) -> Any:
    """The table, or of a source with few rows these."""
    few = few_of(conn, table, table.c.source_id, wanted.source) if wanted.source is not None else None
    return table if few is None else few


def _conditions(conn: Connection, table: Any, wanted: OrderFilter) -> Iterator[ColumnElement[bool]]:
    """What is asked of any order. The rows of `table` have its key, and when it was first seen."""
    seen = table.c.first_seen_at
    if wanted.since is not None:
        yield seen >= wanted.since
    if wanted.source is not None:
        yield is_among_many(conn, table.c.source_id, wanted.source)
    if wanted.among is not None:
        yield of_orders(table, wanted.among)
    if wanted.after is not None:
        yield seen <= wanted.after[0]
        yield tuple_(seen, table.c.source_id, table.c.order_id) < wanted.after


def _newest(conn: Connection, query: Select[Any], table: Any, most: int) -> list[Any]:
    order = (table.c.first_seen_at.desc(), table.c.source_id.desc(), table.c.order_id.desc())
    return list(conn.execute(query.order_by(*order).limit(most)))


def _standing(conn: Connection, wanted: OrderFilter) -> list[OrderKey]:
    """The newest orders that stand as is wanted, one more than are shown, out of what is kept; of orders that changed
    since then the ledger itself tells.
    """
    stale, found, table = find_stale(conn).keys, [], _table(conn, standings, wanted)
    live = live_standings(of_orders(orders, stale)).subquery()
    for asked in _asked(wanted):
        kept = select(table).where(*_conditions(conn, table, wanted), *_like(table, asked))
        if stale:
            found += _newest(conn, kept.where(not_(of_orders(table, stale))), table, wanted.limit + 1)
            changed = select(live).where(*_conditions(conn, live, wanted), *_like(live, asked))
            found += _newest(conn, changed, live, wanted.limit + 1)
        else:
            found += _newest(conn, kept, table, wanted.limit + 1)
    found.sort(key=lambda row: (row.first_seen_at, row.source_id, row.order_id), reverse=True)
    return [OrderKey(row.source_id, row.order_id) for row in found[: wanted.limit + 1]]


def _asked(wanted: OrderFilter) -> Iterator[Mapping[str, str]]:
    """Values of the columns of `standings`; each by itself is a part of one index, in the order of the list."""
    same = {"standing": wanted.group} if wanted.group is not None else {}
    if wanted.reason is not None:
        if wanted.group in (None, "skipped") and wanted.result is None:
            yield {"standing": "skipped", "reason": wanted.reason}
    elif wanted.result is not None:
        for result in UNREACHABLE if wanted.result == "unreachable" else (wanted.result,):
            yield {**same, "result": result}
    else:
        yield same


def _like(table: Any, asked: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
    for name, value in asked.items():
        # Literals where a partial index is of just these.
        yield table.c[name] == (written(value) if name == "standing" else value)
    if "result" in asked:
        yield table.c.result != literal_column("''", Text())


def _with_calls(conn: Connection, rows: Sequence[Any]) -> list[ListedOrder]:
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(row.source_id, []).append(row.order_id)
    called: dict[OrderKey, Call] = {}
    for source, ids in by_source.items():
        same = and_(calls.c.source_id == source, calls.c.order_id.in_(ids))
        # Sorted here: for an order by id SQLite would read all calls of the source.
        found = sorted(read_calls(conn, select(calls).where(same)), key=lambda call: call.id)
        called |= {OrderKey(source, str(call.order_id)): call for call in found}
    return [_listed(conn, row, called.get(OrderKey(row.source_id, row.order_id))) for row in rows]


def _listed(conn: Connection, row: Any, call: Call | None) -> ListedOrder:
    reason, rule, facts = (call.reason, call.rule, call.facts) if call else (None, None, {})
    if call is None:
        of_order = and_(events.c.source_id == row.source_id, events.c.order_id == row.order_id)
        told = conn.execute(select(decisions).where(decisions.c.id == telling(of_order).scalar_subquery())).first()
        reason, rule, facts = (told.reason, told.rule, told.facts) if told else (None, None, {})
    state = "deleted" if row.deleted_at else row.state
    return ListedOrder(row.source_id, row.order_id, row.number, state, row.first_seen_at, call, reason, rule, facts)
