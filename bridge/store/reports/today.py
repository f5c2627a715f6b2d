"""What the first page shows beside the balance: results of orders, and a mark that tells of changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, ScalarSelect, and_, func, select

from bridge.store.db.tables import actions, alarms, attempts, calls, decisions, deliveries, orders, results, write_backs

_SOME = 500
_GROWING = (deliveries, decisions, attempts, results, actions, alarms)


def results_since(conn: Connection, since: datetime) -> dict[str, int]:
    """Each result -> how many orders first seen since then have it as that of their newest call."""
    each = select(newest_result().label("result")).where(orders.c.first_seen_at >= since).subquery()
    counted = select(each.c.result, func.count()).where(each.c.result.is_not(None)).group_by(each.c.result)
    return {result: int(count) for result, count in conn.execute(counted)}


def newest_result() -> ScalarSelect[str | None]:
    """Of an order: how its newest call ended; null where none has."""
    same = and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id)
    newest = select(calls.c.result).where(same).order_by(calls.c.id.desc()).limit(1)
    return newest.correlate(orders).scalar_subquery()


def read_pulse(conn: Connection) -> str:
    """A text that is another one once something came, was decided, placed, told, written to a shop or done by hand.

    It costs little.
    """
    newest = select(*(select(func.max(table.c.id)).scalar_subquery() for table in _GROWING), _unwritten())
    return ".".join(str(number or 0) for number in conn.execute(newest).one())


def _unwritten() -> ScalarSelect[int]:
    """How many writes to shops wait, as far as a look at them costs little."""
    some = select(write_backs.c.id).where(write_backs.c.wake_at.is_not(None)).limit(_SOME).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
