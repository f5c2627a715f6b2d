"""Erasing: one person everywhere, or everybody after a time. What was counted stays: orders, states, reasons, keys.

An erased delivery keeps its dedup key, so that a resend is still a repeat; an erased call keeps its
`once_per` key where that names only the order, so that the order is not rung again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from bridge.core.call_states import LIVE, CallState, Transition
from bridge.core.model import ERASED, Call
from bridge.store.calls import ERASED_TEXT, LEFT, move_all, read_calls
from bridge.store.configuration.catalog import Catalogs
from bridge.store.db.engine import Store
from bridge.store.db.tables import (
    actions,
    attempts,
    calls,
    deliveries,
    events,
    fetched,
    order_words,
    orders,
    results,
    state,
)
from bridge.store.db.upsert import insert_new
from bridge.store.operation.actions import record_action
from bridge.store.operation.turns import take_turn
from bridge.store.people.dnc import is_listed, remove_number
from bridge.store.people.names import erase_names, erase_names_of_deliveries
from bridge.store.people.person_search import PersonalData, complete, number_pattern, search_batch, search_results
from bridge.store.people.phones import lock_phone
from bridge.store.results import erase_results, of_calls
from bridge.store.shops.fetches import erase_documents
from bridge.store.undecided import UNDECIDED

_PERSONAL_KEYS = ("phone:", "own:", "one:")
_MARK = "retention"
WIPE_EVERY = timedelta(hours=1)  # on Postgres, where it reads whole indexes


class Busy(Exception):
    """A call to this person is being placed at this very moment; nothing was erased."""


@dataclass(frozen=True)
class Forgotten:
    """How much was erased. `left`: deliveries that others' orders still need; forget the person again later.

    `shared`: erased deliveries with other people's orders too. `dnc`: on the do-not-call list: gone,
    kept, or None where the number was not on it.
    """

    orders: int
    deliveries: int
    calls: int
    cancelled: int
    shared: int
    left: tuple[int, ...]
    dnc: str | None


def forget(
    store: Store, catalogs: Catalogs, phone: str, found: PersonalData, who: str, now: datetime, *, keep_dnc: bool
) -> Forgotten:
    """Erase this person in what `found` names and in what came since; cancel what waited.

    Errors   Busy
    """
    with store.write() as conn:
        while search_batch(conn, catalogs, phone, found):
            pass
        while search_results(conn, phone, found):
            pass
        complete(conn, phone, found)
        left = _needed_by_others(conn, found)
        bodies = found.deliveries - left
        _erase_deliveries(conn, bodies, now)
        # A call that was made meanwhile is seen now that its delivery is ours.
        complete(conn, phone, found)
        cancelled = _erase_calls(conn, phone, found, now)
        erase_results(conn, results.c.id.in_(sorted(found.results)))
        erase_names(conn, sorted(found.orders))
        _erase_words(conn, phone)
        done = Forgotten(
            orders=len(found.orders),
            deliveries=len(bodies),
            calls=len(found.calls),
            cancelled=cancelled,
            shared=len(bodies & found.mixed),
            left=tuple(sorted(left)),
            dnc=_forget_dnc(conn, phone, keep_dnc=keep_dnc),
        )
        counted = f"{done.orders} order(s), {done.deliveries} delivery(ies), {done.calls} call(s)"
        record_action(conn, "forget", "person", counted, now, who=who)
    store.wipe(deliveries, orders, order_words, calls, attempts, results, fetched, actions)
    return done


def expire_bodies(store: Store, before: datetime, now: datetime, limit: int) -> int:
    """Erase bodies, headers, numbers and words of what ended before then; return how many deliveries and calls.

    What VBot reported is erased by its own age: how a call ended is kept apart from its bytes.
    One small batch in one short transaction: it looks at `limit` rows of each kind, and goes on behind them at
    its next call. What was erased leaves the files too: on SQLite at once, on Postgres within the hour. A delivery
    stays while it is undecided, or failed and nobody acknowledged it, or while one of its orders was delivered or
    rang since; a call while it lives, or is unsure and nobody has looked.
    """
    with store.write() as conn:
        insert_new(conn, state, {"key": _MARK, "value": {"deliveries": 0, "calls": 0, "results": 0, "erased": False}})
        mine = select(state.c.value).where(state.c.key == _MARK).with_for_update(skip_locked=True)
        mark = conn.execute(mine).scalar()
        if mark is None:
            return 0
        seen, seen_up_to = _batch(conn, deliveries.c.id, deliveries.c.received_at, before, mark["deliveries"], limit)
        rung, rung_up_to = _batch(conn, calls.c.id, calls.c.created_at, before, mark["calls"], limit)
        results_behind = mark.get("results", 0)
        reported, reported_up_to = _batch(conn, results.c.id, results.c.received_at, before, results_behind, limit)
        told = erase_results(conn, results.c.id.in_(reported))
        bodies = _ended_deliveries(conn, seen, before)
        _erase_deliveries(conn, bodies, now)
        ended = _ended_calls(conn, rung, before)
        for call in ended:
            _erase_call(conn, call, ("phone:",))
        _erase_attempts(conn, attempts.c.call_id.in_([call.id for call in ended]))
        erased = len(bodies) + len(ended)
        remains = bool(erased or told or mark.get("erased"))
        wipes = remains and (not store.is_postgres or take_turn(conn, "retention wiped", now, WIPE_EVERY))
        marks = {"deliveries": seen_up_to, "calls": rung_up_to, "results": reported_up_to}
        next_mark = {**marks, "erased": remains and not wipes}
        if next_mark != mark:
            conn.execute(state.update().where(state.c.key == _MARK).values(value=next_mark))
    if wipes:
        store.wipe(deliveries, orders, order_words, calls, attempts, results, fetched)
    return erased


def _needed_by_others(conn: Connection, found: PersonalData) -> set[int]:
    """Of the deliveries that others share: those not decided yet, and those that another's waiting call needs."""
    shared = (found.mixed | found.unread) & found.deliveries
    if not shared:
        return set()
    query = select(deliveries.c.id, deliveries.c.state).where(deliveries.c.id.in_(shared)).order_by(deliveries.c.id)
    rows = conn.execute(query.with_for_update()).all()
    same = and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id)
    waits = select(orders.c.delivery_id, orders.c.source_id, orders.c.order_id).join(calls, same)
    waiting = conn.execute(
        waits.where(orders.c.delivery_id.in_([row.id for row in rows]), calls.c.state.in_(LIVE))
    ).all()
    undecided = {row.id for row in rows if row.state in UNDECIDED}
    return undecided | {row.delivery_id for row in waiting if (row.source_id, row.order_id) not in found.orders}


def _erase_deliveries(conn: Connection, ids: Collection[int], now: datetime) -> None:
    if not ids:
        return
    mine = deliveries.c.id.in_(sorted(ids))
    conn.execute(select(deliveries.c.id).where(mine).order_by(deliveries.c.id).with_for_update()).all()
    failed = and_(mine, deliveries.c.state == "failed", deliveries.c.acknowledged_at.is_(None))
    conn.execute(deliveries.update().where(failed).values(acknowledged_at=now))
    undecided = and_(mine, deliveries.c.state.in_(UNDECIDED))
    conn.execute(deliveries.update().where(undecided).values(state="ignored", decided_at=now))
    nothing: dict[str, Any] = {"body": b"", "headers": [], "query": "", "reason": ERASED, "detail": None}
    conn.execute(deliveries.update().where(mine).values(nothing))
    erase_documents(conn, ids)
    erase_names_of_deliveries(conn, sorted(ids))


def _erase_calls(conn: Connection, phone: str, found: PersonalData, now: datetime) -> int:
    """Return the number of cancelled calls."""
    lock_phone(conn, phone)
    mine = select(calls).where(calls.c.id.in_(sorted(found.calls))).order_by(calls.c.id)
    rows = read_calls(conn, mine.with_for_update())
    if any(row.state == CallState.DIALING for row in rows):
        raise Busy
    each = calls.c.id.in_([row.id for row in rows])
    cancelled = move_all(conn, each, Transition.CANCEL, now, reason="forgotten", wake_at=None)
    for row in rows:
        _erase_call(conn, row, _PERSONAL_KEYS)
    _erase_attempts(conn, or_(attempts.c.phone == phone, attempts.c.call_id.in_([row.id for row in rows])))
    erase_results(conn, of_calls([row.id for row in rows]))
    return cancelled


def _erase_call(conn: Connection, call: Call, keys: tuple[str, ...]) -> None:
    nothing: dict[str, Any] = {"phone": ERASED_TEXT, "datas": {}, "facts": {}, "manual": None}
    if call.once_key.startswith(keys):
        nothing["once_key"] = f"erased:{call.id}"
    conn.execute(calls.update().where(calls.c.id == call.id).values(nothing))


def _erase_attempts(conn: Connection, which: ColumnElement[bool]) -> None:
    conn.execute(attempts.update().where(which).values(phone=ERASED_TEXT, datas={}, message=None))


def _erase_words(conn: Connection, phone: str) -> None:
    """A reason that somebody wrote may hold the number."""
    written = number_pattern(phone)
    for row in conn.execute(select(actions.c.id, actions.c.reason)).all():
        without = written.sub(ERASED_TEXT.encode(), row.reason.encode()).decode()
        if without != row.reason:
            conn.execute(actions.update().where(actions.c.id == row.id).values(reason=without))


def _forget_dnc(conn: Connection, phone: str, *, keep_dnc: bool) -> str | None:
    if keep_dnc:
        return "kept" if is_listed(conn, phone) else None
    return "gone" if remove_number(conn, phone) else None


def _batch(conn: Connection, key: Any, at: Any, before: datetime, behind: int, limit: int) -> tuple[list[int], int]:
    """Those of the next rows that are old, and where the next batch begins: with the first row again, at their end.

    What came later has a greater id: behind a row that is not old none is read, however many there are.
    """
    rows = conn.execute(select(key, at).where(key > behind).order_by(key).limit(limit)).all()
    old = [row[0] for row in rows if row[1] < before]
    is_full = len(rows) == limit and old[-1:] == [rows[-1][0]]
    return old, old[-1] if is_full else 0


def _ended_deliveries(conn: Connection, ids: Sequence[int], before: datetime) -> list[int]:
    own, other, later = events.alias(), events.alias(), deliveries.alias()
    same_order = and_(other.c.source_id == own.c.source_id, other.c.order_id == own.c.order_id)
    delivered_since = exists().where(
        own.c.delivery_id == deliveries.c.id,
        same_order,
        later.c.id == other.c.delivery_id,
        later.c.received_at >= before,
    )
    its_call = and_(calls.c.source_id == own.c.source_id, calls.c.order_id == own.c.order_id)
    rings = exists().where(own.c.delivery_id == deliveries.c.id, its_call, ~_is_over(before))
    unread = and_(deliveries.c.state == "failed", deliveries.c.acknowledged_at.is_(None))
    query = select(deliveries.c.id).where(
        deliveries.c.id.in_(ids),
        deliveries.c.reason.is_distinct_from(ERASED),
        deliveries.c.state.not_in(UNDECIDED),
        ~unread,
        ~delivered_since,
        ~rings,
    )
    return list(conn.execute(query.with_for_update(skip_locked=True)).scalars())


def _ended_calls(conn: Connection, ids: Sequence[int], before: datetime) -> list[Call]:
    query = select(calls).where(calls.c.id.in_(ids), calls.c.phone != ERASED_TEXT, _is_over(before))
    return read_calls(conn, query.with_for_update(skip_locked=True))


def _is_over(before: datetime) -> ColumnElement[bool]:
    unseen = and_(calls.c.state == CallState.UNSURE, calls.c.reason.is_distinct_from(LEFT))
    return and_(calls.c.state.not_in(LIVE), ~unseen, calls.c.updated_at < before)
