"""What is written to the shops' orders once calls have their results, and how long each shop is left alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Row, Update, and_, bindparam, exists, func, or_, select

from bridge.core.call_states import CallState
from bridge.core.model import CHANGES_ORDER, NewWrite, Write, WriteState
from bridge.core.model.order_states import ENDED
from bridge.store.calls import is_in
from bridge.store.db.columns import Instant
from bridge.store.db.tables import alarms, calls, messages, orders, write_backs, write_rests
from bridge.store.db.upsert import insert_new, upsert
from bridge.store.notify.messages import FALLBACK

# A cancel goes last: what else a call wants to write is not written to a cancelled order.
_OTHER = write_backs.alias()
_MAY_GO = or_(
    write_backs.c.kind != "cancel_order",
    ~exists().where(
        _OTHER.c.call_id == write_backs.c.call_id, _OTHER.c.kind != "cancel_order", _OTHER.c.wake_at.is_not(None)
    ),
)
_STANDS = (WriteState.SENDING, WriteState.WRITTEN, WriteState.UNSURE)

# Made once: to build and compile a statement takes longer than to run it, and these run for every few notes.
_NOW = bindparam("now", type_=Instant)
_MOST = bindparam("most", type_=Integer())
_IS_DUE = and_(write_backs.c.wake_at.is_not(None), write_backs.c.wake_at <= _NOW, _MAY_GO)
_RESTS = exists().where(write_rests.c.source_id == write_backs.c.source_id, write_rests.c.until > _NOW)
_DUE_SOURCES = (
    select(write_backs.c.source_id)
    .where(_IS_DUE, write_backs.c.source_id.not_in(bindparam("busy", expanding=True)), ~_RESTS)
    .group_by(write_backs.c.source_id)
    .order_by(func.min(write_backs.c.wake_at))
    .limit(_MOST)
)
_DUE = (
    select(write_backs)
    .where(write_backs.c.source_id == bindparam("source_id"), _IS_DUE)
    .order_by(write_backs.c.id)
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    write_backs.update()
    .where(write_backs.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=WriteState.SENDING,
        tries=write_backs.c.tries + 1,
        sent_at=func.coalesce(write_backs.c.sent_at, _NOW),
        wake_at=bindparam("lease", type_=Instant),
        updated_at=_NOW,
    )
)
_ENDED_ORDERS = select(orders.c.order_id).where(
    orders.c.source_id == bindparam("source_id"),
    orders.c.order_id.in_(bindparam("order_ids", expanding=True)),
    or_(orders.c.deleted_at.is_not(None), orders.c.state.in_(sorted(ENDED))),
)

_TROUBLED = select(
    or_(
        exists().where(write_rests.c.source_id == bindparam("source_id")),
        exists().where(alarms.c.key == bindparam("alarm"), alarms.c.closed_at.is_(None)),
    )
)


def create_write(conn: Connection, new: NewWrite, now: datetime) -> None:
    """It waits to be written; one that is there already stays as it is."""
    row = {**asdict(new), "instead": list(new.instead), "state": WriteState.WAITING}
    insert_new(conn, write_backs, {**row, "wake_at": now, "created_at": now, "updated_at": now})


def writes_of_calls(conn: Connection, call_ids: Collection[int]) -> Mapping[int, list[Write]]:
    """By call, in the order in which they were made."""
    found: dict[int, list[Write]] = defaultdict(list)
    query = select(write_backs).where(write_backs.c.call_id.in_(call_ids)).order_by(write_backs.c.id)
    for row in conn.execute(query) if call_ids else ():
        found[row.call_id].append(_write(row))
    return found


def writes_of_order(conn: Connection, source_id: str, order_id: str) -> list[Write]:
    """Those that stand at the shop, or may stand there."""
    same = and_(write_backs.c.source_id == source_id, write_backs.c.order_id == order_id)
    return [_write(row) for row in conn.execute(select(write_backs).where(same, write_backs.c.state.in_(_STANDS)))]


def drop_waiting(conn: Connection, call_id: int, reason: str, now: datetime) -> None:
    """What this call still wanted to write, and never sent, is not written any more."""
    unsent = and_(
        write_backs.c.call_id == call_id, write_backs.c.state == WriteState.WAITING, write_backs.c.sent_at.is_(None)
    )
    ended = {"state": WriteState.REFUSED, "reason": reason, "wake_at": None, "updated_at": now}
    conn.execute(write_backs.update().where(unsent).values(ended))


def due_sources(conn: Connection, now: datetime, busy: Collection[str], limit: int) -> list[str]:
    """The sources for which something is to be written now, longest due first; none that is `busy`, or rests."""
    return list(conn.execute(_DUE_SOURCES, {"now": now, "busy": list(busy), "most": limit}).scalars())


def claim_writes(conn: Connection, source_id: str, now: datetime, lease: datetime, limit: int) -> list[Write]:
    """What is due at this source, oldest first, as it stood; `sending` from now on, and ours until `lease`."""
    found = [_write(row) for row in conn.execute(_DUE, {"source_id": source_id, "now": now, "most": limit})]
    if found:
        conn.execute(_TAKE, {"ids": [write.id for write in found], "now": now, "lease": lease})
    return found


def settle_writes(conn: Connection, lease: datetime, ends: Mapping[int, Mapping[str, Any]], now: datetime) -> None:
    """What became of claimed writes, by id: columns; one whose lease ended is another's, and stays as it is."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for write_id, values in ends.items():
        new = {f"new_{name}": value for name, value in values.items()}
        alike[tuple(values)].append({"write_id": write_id, "lease": lease, "now": now, **new})
    for names, rows in alike.items():
        conn.execute(_settling(names), rows)


@cache
def _settling(names: tuple[str, ...]) -> Update:
    mine = and_(
        write_backs.c.id == bindparam("write_id"),
        write_backs.c.state == WriteState.SENDING,
        write_backs.c.wake_at == bindparam("lease", type_=Instant),
    )
    new = {name: bindparam(f"new_{name}", type_=write_backs.c[name].type) for name in names}
    return write_backs.update().where(mine).values({**new, "updated_at": _NOW})


def take_up_again(conn: Connection, write_ids: Collection[int], now: datetime) -> None:
    """Try these writes again now, with new patience; the order is read before each.

    One that was refused waits. Whether one that was written still stands is not known: it is unsure. One that is being
    sent stays as it is, and so does a change of the order that was made.
    """
    is_free = write_backs.c.state != WriteState.SENDING
    is_made = and_(write_backs.c.state == WriteState.WRITTEN, write_backs.c.kind.in_(CHANGES_ORDER))
    mine = and_(write_backs.c.id.in_(write_ids), is_free, ~is_made)
    for before, state in ((WriteState.REFUSED, WriteState.WAITING), (WriteState.WRITTEN, WriteState.UNSURE)):
        conn.execute(write_backs.update().where(mine, write_backs.c.state == before).values(state=state))
    fresh = {"tries": 0, "wake_at": now, "reason": None, "detail": None, "updated_at": now}
    conn.execute(write_backs.update().where(mine).values(fresh))


def ended_orders(conn: Connection, source_id: str, order_ids: Collection[str]) -> frozenset[str]:
    """Of these orders, those that the shop has ended or deleted, as far as its own messages say."""
    known = {"source_id": source_id, "order_ids": sorted(order_ids)}
    return frozenset(conn.execute(_ENDED_ORDERS, known).scalars())


def rest_source(conn: Connection, source_id: str, until: datetime, reason: str) -> int:
    """Nothing is written to this shop until then; return how often that was so in a row."""
    failures = write_failures(conn, source_id) + 1
    upsert(conn, write_rests, {"source_id": source_id}, {"until": until, "failures": failures, "reason": reason})
    return failures


def rests_of(conn: Connection, source_ids: Collection[str]) -> Mapping[str, datetime]:
    """Of these sources, those that were left to rest, and until when; it may be past."""
    query = select(write_rests.c.source_id, write_rests.c.until).where(write_rests.c.source_id.in_(source_ids))
    return {row.source_id: row.until for row in conn.execute(query)} if source_ids else {}


def write_failures(conn: Connection, source_id: str) -> int:
    """How often in a row writing to this shop failed for a reason of the shop's own, not of one order."""
    query = select(write_rests.c.failures).where(write_rests.c.source_id == source_id)
    return int(conn.execute(query).scalar() or 0)


def is_troubled(conn: Connection, source_id: str, alarm: str) -> bool:
    """Whether writing to this shop failed last, or the alarm about it is open."""
    return bool(conn.execute(_TROUBLED, {"source_id": source_id, "alarm": alarm}).scalar_one())


def end_rest(conn: Connection, source_id: str, reasons: Collection[str] | None = None) -> bool:
    """The shop takes writes again, or its credentials are new; True if it rested, for one of `reasons` or for any."""
    resting = write_rests.c.source_id == source_id
    if reasons is not None:
        resting = and_(resting, write_rests.c.reason.in_(reasons))
    return conn.execute(write_rests.delete().where(resting)).rowcount > 0


def expired_untold(conn: Connection, rules: Collection[str], since: datetime, limit: int) -> list[int]:
    """The calls of these rules that expired since then after an attempt, of which nobody was told: nothing is written
    to the shop, and no person was asked to take over."""
    written = exists().where(write_backs.c.call_id == calls.c.id)
    asked = exists().where(messages.c.at >= since, messages.c.event == FALLBACK, messages.c.call_id == calls.c.id)
    query = select(calls.c.id).where(
        is_in(CallState.EXPIRED), calls.c.updated_at >= since, calls.c.attempt_id.is_not(None), calls.c.rule.in_(rules)
    )
    return list(conn.execute(query.where(~written, ~asked).order_by(calls.c.id).limit(limit)).scalars())


def wake_writes(conn: Connection, source_id: str, now: datetime) -> None:
    """Its settings or credentials are new: what waits for this shop is tried again at once."""
    end_rest(conn, source_id)
    held = and_(
        write_backs.c.source_id == source_id,
        write_backs.c.wake_at.is_not(None),
        write_backs.c.state.in_((WriteState.WAITING, WriteState.UNSURE)),
    )
    conn.execute(write_backs.update().where(held).values(wake_at=now))


def _write(row: Row[Any]) -> Write:
    return Write(**{**row._mapping, "instead": tuple(row.instead)})
