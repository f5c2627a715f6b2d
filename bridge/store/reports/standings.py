"""How each order stands, kept: its group in the balance, its newest call's result, why nobody was called.

A row says what the ledger said when it was written. What has changed since is marked in `stale_orders` by triggers, in
the transaction of the change; whoever reads takes the marked orders from the ledger itself. So what is read is what the
ledger holds, whatever the worker has brought up to date by then, and costs the same at a million orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from bridge.core.model import DEFAULT_ZONE, Json, OrderKey
from bridge.store.db.chunks import chunks
from bridge.store.db.engine import Store
from bridge.store.db.locks import lock_name
from bridge.store.db.tables import (
    calls,
    decisions,
    events,
    orders,
    report_days,
    stale_orders,
    standing_counts,
    standings,
    state,
)
from bridge.store.db.upsert import count_up, upsert
from bridge.store.orders import of_orders
from bridge.store.reports.balance import GROUPS, TELLS_LITTLE, OrderCounts, count_orders, rank_of_call
from bridge.store.reports.today import newest_result

AT_ONCE = 2_000
MOST_STALE = 2_000  # more than that, and the ledger itself is counted
_EARLIER = "standings"  # in `state`, until the orders of an older release are all looked at: the last one that is

_SAME = and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id)
_COUNTED = ("hour", "source_id", "standing", "result", "reason")
_S, _N = standings.c, standing_counts.c


@dataclass(frozen=True)
class StaleOrders:
    """The orders that changed since they were written down, the latest first; `is_all`: there are no others."""

    keys: Sequence[OrderKey]
    is_all: bool


def refresh_standings(store: Store, most: int) -> int:
    """Bring marked orders up to date, then those of an older release; return how many it was, `most` or a few more."""
    done = earlier = 0
    while done < most:
        with store.read() as conn:
            is_marked, is_complete = _is_marked(conn), _is_complete(conn)
        if is_marked:
            done += _refresh_marked(store)
        elif not is_complete and (refreshed := _refresh_earlier(store)):
            earlier += refreshed
            done += refreshed
        else:
            break
    if earlier and store.is_postgres:
        with store.write() as conn:  # a table that grows so fast is planned as an empty one until autovacuum comes
            conn.exec_driver_sql("ANALYZE standings")
    return done


def find_stale(conn: Connection) -> StaleOrders:
    query = select(stale_orders.c.source_id, stale_orders.c.order_id).order_by(stale_orders.c.id.desc())
    rows = conn.execute(query.limit(MOST_STALE + 1)).all()
    keys = list(dict.fromkeys(OrderKey(row.source_id, row.order_id) for row in rows))
    return StaleOrders(keys, len(rows) <= MOST_STALE)


def kept_counts(conn: Connection, since: datetime) -> OrderCounts:
    """As `count_orders`, out of what is kept wherever that is up to date."""
    stale = find_stale(conn)
    if not stale.is_all or not _is_complete(conn):
        return count_orders(conn, since)
    hour = _hour(since) if since == _hour(since) else _hour(since) + timedelta(hours=1)
    columns = (_S.standing, _S.result, _S.reason)
    one = literal_column("1", Integer())
    since_then = _S.first_seen_at >= since
    parts: list[Select[Any]] = [
        select(_N.standing, _N.result, _N.reason, _N.count.label("n")).where(_N.hour >= hour),
        # By each standing, for which the index is.
        select(*columns, one).where(_S.standing.in_(GROUPS), since_then, _S.first_seen_at < hour),
    ]
    if stale.keys:
        live = live_standings(of_orders(orders, stale.keys)).subquery()
        parts += [
            select(*columns, -one).where(of_orders(standings, stale.keys), since_then),
            select(live.c.standing, live.c.result, live.c.reason, one).where(live.c.first_seen_at >= since),
        ]
    # One statement, so that nothing is counted twice or not at all by whoever refreshes meanwhile.
    each = union_all(*parts).subquery()
    total = func.sum(each.c.n)
    query = select(each.c.standing, each.c.result, each.c.reason, total.label("n"))
    groups, skipped, results = dict.fromkeys(GROUPS, 0), Counter[str](), Counter[str]()
    for row in conn.execute(query.group_by(each.c.standing, each.c.result, each.c.reason).having(total != 0)):
        groups[row.standing] += int(row.n)
        if row.standing == "skipped":
            skipped[row.reason] += int(row.n)
        if row.result:
            results[row.result] += int(row.n)
    return OrderCounts(groups, dict(sorted(skipped.items(), key=lambda item: (-item[1], item[0]))), dict(results))


def undecided_orders(conn: Connection) -> Collection[OrderKey] | None:
    """The orders that may have an event without a decision; None where only the ledger can tell."""
    stale = find_stale(conn)
    if not stale.is_all or not _is_complete(conn):
        return None
    query = select(_S.source_id, _S.order_id).where(_S.undecided == literal_column("1"))
    return {*stale.keys, *(OrderKey(row.source_id, row.order_id) for row in conn.execute(query))}


def live_standings(which: ColumnElement[bool]) -> Select[Any]:
    """What the ledger itself says of these orders: the columns of `standings`."""
    rank = select(func.min(rank_of_call())).where(_SAME).correlate(orders).scalar_subquery()
    of_order = and_(events.c.source_id == orders.c.source_id, events.c.order_id == orders.c.order_id)
    told = ~exists().where(decisions.c.event_id == events.c.id)
    each = (
        select(
            orders.c.source_id,
            orders.c.order_id,
            orders.c.first_seen_at,
            rank.label("rank"),
            func.coalesce(newest_result(), "").label("result"),
            func.coalesce(_reason(of_order), "").label("reason"),
            cast(exists().where(of_order, told).correlate(orders), Integer).label("undecided"),
        )
        .where(which)
        .subquery()
    )
    standing = case(dict(enumerate(GROUPS)), value=each.c.rank, else_=GROUPS[-1])
    reason = case((each.c.rank.is_(None), each.c.reason), else_="")
    return select(
        each.c.source_id,
        each.c.order_id,
        each.c.first_seen_at,
        cast(standing, Text).label("standing"),
        each.c.result,
        cast(reason, Text).label("reason"),
        each.c.undecided,
    )


def forget_standings(conn: Connection) -> None:
    """Nothing is kept: as for a database of an older release, a worker looks at every order again."""
    for table in (standings, standing_counts, stale_orders, report_days):
        conn.execute(table.delete())
    upsert(conn, state, {"key": _EARLIER}, {"value": {}})


def telling(of_order: ColumnElement[bool]) -> Select[Any]:
    """The id of the newest decision that says something, as the balance counts it."""
    tells = and_(decisions.c.decision == "skip", decisions.c.reason.not_in(TELLS_LITTLE))
    newest = func.coalesce(func.max(case((tells, decisions.c.id))), func.max(decisions.c.id))
    return select(newest).select_from(events.join(decisions, decisions.c.event_id == events.c.id)).where(of_order)


def _reason(of_order: ColumnElement[bool]) -> Any:
    other = decisions.alias()
    told = telling(of_order).correlate(orders).scalar_subquery()
    return select(other.c.reason).where(other.c.id == told).scalar_subquery()


def _is_marked(conn: Connection) -> bool:
    return conn.execute(select(stale_orders.c.id).limit(1)).first() is not None


def _refresh_marked(store: Store) -> int:
    with store.write() as conn:
        lock_name(conn, _EARLIER)
        marks = conn.execute(select(stale_orders).order_by(stale_orders.c.id).limit(AT_ONCE)).all()
        keys = {OrderKey(mark.source_id, mark.order_id) for mark in marks}
        _refresh(conn, keys)
        for ids in chunks([mark.id for mark in marks]):
            conn.execute(stale_orders.delete().where(stale_orders.c.id.in_(ids)))
        return len(keys)


def _refresh_earlier(store: Store) -> int:
    """The next orders of an older release, the newest first."""
    with store.write() as conn:
        lock_name(conn, _EARLIER)
        mark: Json = conn.execute(select(state.c.value).where(state.c.key == _EARLIER)).scalar()
        if mark is None:
            return 0
        order = (orders.c.first_seen_at, orders.c.source_id, orders.c.order_id)
        query = select(*order).order_by(*(column.desc() for column in order)).limit(AT_ONCE)
        if mark:
            behind = (datetime.fromisoformat(mark["at"]), mark["source"], mark["order"])
            query = query.where(order[0] <= behind[0], tuple_(*order) < behind)
        rows = conn.execute(query).all()
        _refresh(conn, {OrderKey(row.source_id, row.order_id) for row in rows})
        same = state.c.key == _EARLIER
        if rows:
            last = {"at": rows[-1][0].isoformat(), "source": rows[-1][1], "order": rows[-1][2]}
            conn.execute(state.update().where(same).values(value=last))
        else:
            conn.execute(state.delete().where(same))
        return len(rows)


def _is_complete(conn: Connection) -> bool:
    return conn.execute(select(state.c.key).where(state.c.key == _EARLIER)).first() is None


def _refresh(conn: Connection, keys: Collection[OrderKey]) -> None:
    """Write these orders down as they stand, and count them so. One transaction at a time does it."""
    difference: Counter[tuple[Any, ...]] = Counter()
    days: set[str] = set()
    for some in chunks(sorted(keys)):
        before = {
            (row.source_id, row.order_id): row
            for row in conn.execute(select(standings).where(of_orders(standings, some)))
        }
        now = {(row.source_id, row.order_id): row for row in conn.execute(live_standings(of_orders(orders, some)))}
        changed = [key for key in some if before.get(key) != now.get(key)]
        days |= {day_of(row.first_seen_at) for row in (*before.values(), *now.values())}
        for key in changed:
            for row, count in ((before.get(key), -1), (now.get(key), 1)):
                if row is not None:
                    difference[_hour(row.first_seen_at), row.source_id, row.standing, row.result, row.reason] += count
        if gone := [key for key in changed if key in before]:
            conn.execute(standings.delete().where(of_orders(standings, gone)))
        if new := [now[key]._asdict() for key in changed if key in now]:
            conn.execute(standings.insert(), new)
    _count(conn, {key: count for key, count in difference.items() if count})
    same = report_days.c.day.in_(sorted(days))
    conn.execute(report_days.update().where(same).values(changes=report_days.c.changes + 1))


def _count(conn: Connection, difference: Mapping[tuple[Any, ...], int]) -> None:
    for key, count in sorted(difference.items()):
        count_up(conn, standing_counts, dict(zip(_COUNTED, key, strict=True)), count)
    conn.execute(standing_counts.delete().where(_N.count == 0, _N.hour.in_({key[0] for key in difference})))


def day_of(at: datetime) -> str:
    """The day of Vietnam: 2026-11-23."""
    return at.astimezone(ZoneInfo(DEFAULT_ZONE)).date().isoformat()


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
