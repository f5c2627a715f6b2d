"""Calls and their attempts. Every change of a call's state is a compare-and-set whose row count is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, bindparam, func, or_, select, text

from bridge.core.call_states import CallState, Transition
from bridge.core.model import Json
from bridge.core.outcomes import MAY_HAVE_REACHED, AttemptOutcome
from bridge.core.schedule import gcra
from bridge.store.rates import paid_ahead
from bridge.store.tables import attempts, calls, hotlines
from bridge.store.upsert import ONE, insert_new, written

Call = Row[tuple[Json, ...]]
Attempt = Row[tuple[Json, ...]]

LEASE = timedelta(seconds=40)
TEMPLATE_CHANGED = "template_changed"
TALK = timedelta(minutes=5)  # a placed call without a result holds its place this long


# Built once: to build a statement, and to find its compiled form, costs as much as to run it.
_CALL = select(calls).where(calls.c.id == bindparam("id"))
_LOCKED_CALL = _CALL.with_for_update()
_HOTLINE = select(hotlines).where(hotlines.c.code == bindparam("code"))
_FREE_HOTLINE = _HOTLINE.with_for_update(skip_locked=True)
_LIMITED_HOTLINE = _HOTLINE.where(hotlines.c.per_minute.is_not(None)).with_for_update()
_DUE = select(calls.c.id).where(calls.c.wake_at <= bindparam("now")).order_by(calls.c.wake_at).limit(ONE)
_NEXT_N = (
    select(func.coalesce(func.max(attempts.c.n), 0) + 1)
    .where(attempts.c.call_id == bindparam("call_id"))
    .scalar_subquery()
)
_ATTEMPT = (
    attempts.insert()
    .values(
        n=_NEXT_N,
        **{
            name: bindparam(name)
            for name in ("call_id", "external_call_id", "phone", "template", "hotline", "datas", "started_at", "batch")
        },
    )
    .returning(attempts.c.id)
)
_END = ("outcome", "detail", "ended_at", "http_status", "message", "vbot_call_id")
_END_ATTEMPT = (
    attempts.update()
    .where(
        attempts.c.id == bindparam("attempt_id"),
        or_(attempts.c.outcome.is_(None), attempts.c.outcome == written(AttemptOutcome.UNSURE)),
    )
    .values({name: bindparam(f"new_{name}", type_=attempts.c[name].type) for name in _END})
)
_OVER = [
    select(calls.c.id).where(calls.c.state == written(state), column <= bindparam("now")).exists()
    for state, column in (
        (CallState.DIALING, calls.c.wake_at),
        (CallState.QUEUED, calls.c.wake_at),
        (CallState.WAITING, calls.c.not_after),
    )
]
_IS_OVER = select(or_(*_OVER))


def create_call(conn: Connection, values: Mapping[str, Json], now: datetime) -> int | None:
    """The new waiting call's id; None when its (rule, once_key, ring) already has one."""
    row = {
        "ring": 1,
        "state": CallState.WAITING,
        "facts": {},
        "created_at": now,
        "updated_at": now,
        "wake_at": values["not_before"],
        **values,
    }
    insert_new(conn, hotlines, {"code": values["hotline"], "configured": False})
    new: int | None = insert_new(conn, calls, row)
    return new


def find_call(conn: Connection, call_id: int, *, lock: bool = False) -> Call | None:
    return conn.execute(_LOCKED_CALL if lock else _CALL, {"id": call_id}).first()


def find_by_key(conn: Connection, rule: str, once_key: str) -> Call | None:
    """The newest ring of this key."""
    same = (calls.c.rule == rule) & (calls.c.once_key == once_key)
    return conn.execute(select(calls).where(same).order_by(calls.c.ring.desc())).first()


def calls_of_order(conn: Connection, source_id: str, order_id: str, rule: str | None = None) -> list[Call]:
    """In the order in which they were made, locked until the transaction ends."""
    query = select(calls).where(calls.c.source_id == source_id, calls.c.order_id == order_id).order_by(calls.c.id)
    if rule is not None:
        query = query.where(calls.c.rule == rule)
    return list(conn.execute(query.with_for_update()))


def move(conn: Connection, call_id: int, change: Transition, now: datetime, **values: Json) -> bool:
    """Change one call's state, if it is in a state from which that may be; return whether it was.

    What `values` does not name is cleared: wake_at and facts; `reason` is then the transition's own.
    """
    new = {"wake_at": None, "reason": change.reason, "facts": {}, **values, "state": change.to, "updated_at": now}
    bound = {f"new_{name}": value for name, value in new.items()}
    return conn.execute(_move(change, tuple(new)), {"call_id": call_id, **bound}).rowcount == 1


@cache
def _move(change: Transition, names: tuple[str, ...]) -> Update:
    where = (calls.c.id == bindparam("call_id")) & is_in(*change.any_of)
    return (
        calls.update().where(where).values({name: bindparam(f"new_{name}", type_=calls.c[name].type) for name in names})
    )


def move_all(conn: Connection, where: ColumnElement[bool], change: Transition, now: datetime, **values: Json) -> int:
    """Change the state of these calls, of those that are in a state from which that may be; return how many it was.

    What `values` does not name stays as it is.
    """
    new = {**values, "state": change.to, "updated_at": now}
    return conn.execute(calls.update().where(is_in(*change.any_of), where).values(new)).rowcount


def is_in(*states: CallState) -> ColumnElement[bool]:
    """The calls in one of these states, as literals: the planner sees which partial index covers them."""
    if len(states) == 1:
        return calls.c.state == written(states[0])
    return calls.c.state.in_([written(state) for state in states])


def rename_key(conn: Connection, call_id: int, once_key: str) -> None:
    conn.execute(calls.update().where(calls.c.id == call_id).values(once_key=once_key))


def sweep(conn: Connection, now: datetime) -> int:
    """What time alone ends or returns: leases that ran out, promises that passed. The number of rows.

    A queued lease goes back to waiting, for nothing was sent; a dialing lease becomes unsure, never waiting.
    """
    if not conn.execute(_IS_OVER, {"now": now}).scalar():
        return 0
    lost = select(calls.c.id, calls.c.attempt_id).where(is_in(CallState.DIALING), calls.c.wake_at <= now)
    swept = 0
    for row in conn.execute(lost.with_for_update(skip_locked=True)).all():
        swept += move(conn, row.id, Transition.DIAL_LEASE_OVER, now)
        end_attempt(conn, row.attempt_id, AttemptOutcome.UNSURE, "lease_over", now)
    swept += move_all(conn, calls.c.wake_at <= now, Transition.QUEUE_LEASE_OVER, now, wake_at=now)
    late = and_(is_in(CallState.WAITING), calls.c.not_after < now)  # one that is queued is asked when it is dialled
    return swept + move_all(conn, late, Transition.EXPIRE, now, wake_at=None, reason=Transition.EXPIRE.reason)


def has_due(conn: Connection, now: datetime) -> bool:
    """Some call needs attention: it is due, or its lease is over. Unordered, Postgres would read the table for it."""
    return conn.execute(_DUE, {"now": now}).first() is not None


def wake_held(conn: Connection, now: datetime) -> int:
    """Calls that a template held are looked at again at once; how many."""
    held = and_(is_in(CallState.WAITING), calls.c.reason == TEMPLATE_CHANGED, calls.c.wake_at > now)
    return conn.execute(calls.update().where(held).values(wake_at=now)).rowcount


def waiting_templates(conn: Connection, rule: str) -> list[str]:
    """The templates of this rule's calls that wait."""
    query = select(calls.c.template).where(is_in(CallState.WAITING), calls.c.rule == rule).distinct()
    return list(conn.execute(query).scalars())


def cancel_orphans(conn: Connection, rules: list[str], sources: list[str], now: datetime) -> int:
    """Calls before dialing that no enabled rule, or no enabled source, stands behind are cancelled; how many."""
    orphan = or_(calls.c.rule.not_in(rules), calls.c.source_id.not_in(sources))
    where = and_(calls.c.source_id.is_not(None), orphan)
    return move_all(conn, where, Transition.CANCEL, now, reason="rule_removed", facts={}, wake_at=None)


def list_hotlines(conn: Connection) -> list[str]:
    return list(conn.execute(select(hotlines.c.code).order_by(hotlines.c.code)).scalars())


def lock_hotline(conn: Connection, code: str) -> Row[tuple[Json, ...]] | None:
    """The hotline's row, ours until the transaction ends; None while another worker has it."""
    return conn.execute(_FREE_HOTLINE, {"code": code}).first()


def count_active(conn: Connection, hotline: str, now: datetime) -> int:
    """Calls of this hotline that are queued or dialing, or placed so lately that they may still talk."""
    same = calls.c.hotline == hotline
    each = (
        select(func.count()).where(same, is_in(CallState.QUEUED)),
        select(func.count()).where(same, is_in(CallState.DIALING)),
        select(func.count()).where(same, is_in(CallState.PLACED), calls.c.placed_at > now - TALK),
    )
    return sum(int(conn.execute(query).scalar_one()) for query in each)


def claim_due(conn: Connection, hotline: str, now: datetime, limit: int, paused: Mapping[str, set[str]]) -> list[int]:
    """The oldest due calls of this hotline, now queued under a lease; `paused` names rules and sources to leave."""
    due = select(calls.c.id).where(
        is_in(CallState.WAITING), calls.c.hotline == hotline, calls.c.wake_at <= now, calls.c.not_after >= now
    )
    if paused["rule"]:
        due = due.where(calls.c.rule.not_in(paused["rule"]))
    if paused["source"]:
        due = due.where(or_(calls.c.source_id.is_(None), calls.c.source_id.not_in(paused["source"])))
    rows = due.order_by(calls.c.wake_at, calls.c.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(conn.execute(rows).scalars())
    if ids:
        move_all(conn, calls.c.id.in_(ids), Transition.ADMIT, now, wake_at=now + LEASE)
    return ids


def take_token(conn: Connection, hotline: str, now: datetime) -> datetime | None:
    """None when this hotline may ring now, its next instant moved on; else when to come back."""
    line = conn.execute(_LIMITED_HOTLINE, {"code": hotline}).first()
    if line is None:
        return None  # without a limit there is nothing to wait for
    next_at: datetime | None = line.next_at
    if paid_ahead(conn, hotline, line.per_minute, next_at, now):
        return next_at  # by a batch
    granted, next_at = gcra(next_at, now, line.per_minute, 1)
    conn.execute(hotlines.update().where(hotlines.c.code == hotline).values(next_at=next_at))
    return None if granted else next_at


def lock_name(conn: Connection, name: str) -> None:
    """No other transaction passes here with this name until this one ends (SQLite has one writer anyway)."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def count_rings(
    conn: Connection,
    since: datetime,
    *,
    phone: str | None = None,
    rules: list[str] | None = None,
    source: str | None = None,
    but: int | None = None,
) -> int:
    """How many requests that reached, or may have reached, VBot were started since then."""
    query = select(func.count()).select_from(attempts.join(calls, calls.c.id == attempts.c.call_id))
    query = query.where(attempts.c.started_at >= since, _reached())
    if phone is not None:
        query = query.where(attempts.c.phone == phone)
    if rules is not None:
        query = query.where(calls.c.rule.in_(rules))
    if source is not None:
        query = query.where(calls.c.source_id == source)
    if but is not None:
        query = query.where(calls.c.id != but)
    return int(conn.execute(query).scalar_one())


def start_attempt(conn: Connection, call: Call, values: Mapping[str, Json], now: datetime) -> int:
    """Begin to dial: the attempt carries the request's external_call_id. The call is queued, and locked."""
    new = {"batch": None, **values, "call_id": call.id, "started_at": now}
    attempt_id = int(conn.execute(_ATTEMPT, new).scalar_one())
    dialing = {"wake_at": now + LEASE, "phone": values["phone"], "reason": call.reason, "datas": values["datas"]}
    if not move(conn, call.id, Transition.DIAL, now, attempt_id=attempt_id, **dialing):
        raise RuntimeError("the call was not queued any more")
    return attempt_id


def end_attempt(
    conn: Connection,
    attempt_id: int,
    outcome: AttemptOutcome,
    detail: str,
    now: datetime,
    http_status: int | None = None,
    message: str | None = None,
    vbot_call_id: str | None = None,
) -> bool:
    """The attempt's outcome. One that is still open, or unsure, learns more; one that is settled stays."""
    told = zip(_END, (outcome, detail, now, http_status, message, vbot_call_id), strict=True)
    values = {f"new_{name}": value for name, value in told}
    return conn.execute(_END_ATTEMPT, {"attempt_id": attempt_id, **values}).rowcount == 1


def attempts_of(conn: Connection, call_ids: list[int]) -> dict[int, list[Attempt]]:
    found: dict[int, list[Attempt]] = {call_id: [] for call_id in call_ids}
    rows = select(attempts).where(attempts.c.call_id.in_(call_ids)).order_by(attempts.c.call_id, attempts.c.n)
    for row in conn.execute(rows):
        found[row.call_id].append(row)
    return found


def _reached() -> ColumnElement[bool]:
    return or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_(MAY_HAVE_REACHED))
