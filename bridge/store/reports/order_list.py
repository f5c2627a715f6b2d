"""Orders as people look for them: newest first, by how they stand, or by a number, a phone, a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
)

from bridge.core.call_states import CallState
from bridge.core.folding import fold
from bridge.core.model import Call
from bridge.store.calls import read_calls
from bridge.store.db.tables import calls, decisions, events, orders
from bridge.store.db.upsert import written
from bridge.store.people.phones import of_phone
from bridge.store.reports.balance import GROUPS, RANK_OF, TELLS_LITTLE
from bridge.store.reports.today import newest_result

NEWEST = 20_000  # orders among which what no index knows is looked for
NAMED = 2_000  # calls among which a name is looked for
MOST_FOUND = 200
FEW = 2_000
UNREACHABLE = ("no_answer", "busy", "failed")
_ASIDE = (CallState.UNSURE, CallState.REFUSED, CallState.EXPIRED, CallState.CANCELLED)
Key = tuple[str, str]


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
    among: Sequence[Key] | None = None
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
    seen = orders.c.first_seen_at
    query = select(orders)
    for condition in _conditions(conn, wanted):
        query = query.where(condition)
    query = query.order_by(seen.desc(), orders.c.source_id.desc(), orders.c.order_id.desc())
    rows = list(conn.execute(query.limit(wanted.limit + 1)))
    return OrderPage(_with_calls(conn, rows[: wanted.limit]), len(rows) > wanted.limit)


def find_by_phone(conn: Connection, phone: str) -> list[Key]:
    """The orders with a call to this number, as `read_phone` writes it, newest first."""
    query = select(calls.c.source_id, calls.c.order_id).where(of_phone(phone), calls.c.order_id.is_not(None))
    return _keys(conn, query.order_by(calls.c.id.desc()).limit(MOST_FOUND))


def find_by_name(conn: Connection, name: str) -> list[Key]:
    """The orders whose call was to say this, among the newest NAMED calls; accents and case make no difference."""
    looked_for = fold(name)
    newest = select(calls.c.source_id, calls.c.order_id, cast(calls.c.datas, Text)).order_by(calls.c.id.desc())
    rows = conn.execute(newest.where(calls.c.order_id.is_not(None)).limit(NAMED))
    found = ((source, order_id) for source, order_id, said in rows if looked_for in _folded(said))
    return list(dict.fromkeys(found))[:MOST_FOUND]


def _folded(said: str) -> str:
    # JSON as SQLite keeps it has its letters escaped.
    return fold(said.encode("ascii", "backslashreplace").decode("unicode_escape") if "\\u" in said else said)


def _keys(conn: Connection, query: Select[Any]) -> list[Key]:
    return list(dict.fromkeys((row[0], row[1]) for row in conn.execute(query)))


def _conditions(conn: Connection, wanted: OrderFilter) -> list[ColumnElement[bool]]:
    seen, key = orders.c.first_seen_at, tuple_(orders.c.source_id, orders.c.order_id)
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(seen >= wanted.since)
    if wanted.source is not None:
        found.append(orders.c.source_id == wanted.source)
    if wanted.among is not None:
        found.append(_pairs(wanted.among))
    if wanted.after is not None:
        found.append(tuple_(seen, orders.c.source_id, orders.c.order_id) < wanted.after)
    if wanted.group is not None:
        found += _standing(conn, wanted.group)
    if wanted.result is not None:
        ended = UNREACHABLE if wanted.result == "unreachable" else (wanted.result,)
        found.append(newest_result().in_(ended))
    if wanted.reason is not None:
        found.append(func.coalesce(_reason(), "") == wanted.reason)
    if wanted.result or wanted.reason is not None or wanted.group in ("called", "skipped"):
        found.append(key.in_(select(*_newest(wanted).c)))
    return found


def _newest(wanted: OrderFilter) -> Subquery:
    query = select(orders.c.source_id, orders.c.order_id)
    if wanted.since is not None:
        query = query.where(orders.c.first_seen_at >= wanted.since)
    return query.order_by(orders.c.first_seen_at.desc()).limit(NEWEST).subquery()


def _standing(conn: Connection, group: str) -> list[ColumnElement[bool]]:
    keys = _keys_in(conn, group) if group in (*_ASIDE, CallState.WAITING) else None
    if keys is None or len(keys) > FEW:  # of many a page is soon full
        return [_is_in(group)]
    return [_pairs(keys), _is_in(group)]


def _pairs(keys: Sequence[Key]) -> ColumnElement[bool]:
    """The orders with these keys, source by source: SQLite finds no pairs by an index."""
    by_source: dict[str, list[str]] = {}
    for source, order_id in keys:
        by_source.setdefault(source, []).append(order_id)
    each = [and_(orders.c.source_id == source, orders.c.order_id.in_(ids)) for source, ids in by_source.items()]
    return or_(false(), *each)


def _keys_in(conn: Connection, group: str) -> list[Key]:
    """The orders of calls that are in these states now, by the states' own indexes; at most one more than FEW."""
    found: list[Key] = []
    for state, rank in RANK_OF.items():
        if GROUPS[rank] == group:
            query = select(calls.c.source_id, calls.c.order_id).where(calls.c.state == written(state.value))
            found += _keys(conn, query.where(calls.c.order_id.is_not(None)).limit(FEW + 1))
    return found


def _is_in(group: str) -> ColumnElement[bool]:
    """The first group of the balance that fits is this one."""
    if group == "skipped":
        return ~exists().where(_same())
    least = select(func.min(case(RANK_OF, value=calls.c.state))).where(_same()).correlate(orders).scalar_subquery()
    return least == GROUPS.index(group)


def _same() -> ColumnElement[bool]:
    return and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id)


def _telling(of_order: ColumnElement[bool]) -> Any:
    """The id of the newest decision that says something, as the balance counts it."""
    tells = and_(decisions.c.decision == "skip", decisions.c.reason.not_in(TELLS_LITTLE))
    newest = func.coalesce(func.max(case((tells, decisions.c.id))), func.max(decisions.c.id))
    return select(newest).select_from(events.join(decisions, decisions.c.event_id == events.c.id)).where(of_order)


def _reason() -> Any:
    of_order = and_(events.c.source_id == orders.c.source_id, events.c.order_id == orders.c.order_id)
    telling = _telling(of_order).correlate(orders).scalar_subquery()
    other = decisions.alias()
    return select(other.c.reason).where(other.c.id == telling).scalar_subquery()


def _with_calls(conn: Connection, rows: Sequence[Any]) -> list[ListedOrder]:
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(row.source_id, []).append(row.order_id)
    called: dict[Key, Call] = {}
    for source, ids in by_source.items():
        same = and_(calls.c.source_id == source, calls.c.order_id.in_(ids))
        # Sorted here: for an order by id SQLite would read all calls of the source.
        found = sorted(read_calls(conn, select(calls).where(same)), key=lambda call: call.id)
        called |= {(source, str(call.order_id)): call for call in found}
    return [_listed(conn, row, called.get((row.source_id, row.order_id))) for row in rows]


def _listed(conn: Connection, row: Any, call: Call | None) -> ListedOrder:
    reason, rule, facts = (call.reason, call.rule, call.facts) if call else (None, None, {})
    if call is None:
        of_order = and_(events.c.source_id == row.source_id, events.c.order_id == row.order_id)
        told = conn.execute(select(decisions).where(decisions.c.id == _telling(of_order).scalar_subquery())).first()
        reason, rule, facts = (told.reason, told.rule, told.facts) if told else (None, None, {})
    state = "deleted" if row.deleted_at else row.state
    return ListedOrder(row.source_id, row.order_id, row.number, state, row.first_seen_at, call, reason, rule, facts)
