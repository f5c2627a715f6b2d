"""When VBot's records are read for an attempt, and what they held; and the day on which all were compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from bridge.core.call_states import AWAITS_RESULT, CallState
from bridge.core.model import AttemptOutcome, Json
from bridge.store.calls import ERASED_TEXT, is_in
from bridge.store.db.tables import attempts, calls, lookups, results, state
from bridge.store.db.upsert import insert_new

_LISTED = 200
_COMPARED = "records_compared"
_OWN = len(lookups.c)  # columns of a lookup, before those of its attempt


@dataclass(frozen=True, slots=True)
class Lookup:
    """When VBot's records are read for an attempt, and what they held.

    tries         how often they were read, at `asked_at` last
    silent_since  the first answer that did not hold our id
    """

    attempt_id: int
    wake_at: datetime | None
    tries: int
    asked_at: datetime | None
    silent_since: datetime | None
    facts: Mapping[str, Json]


@dataclass(frozen=True, slots=True, repr=False)
class DueLookup:
    """An attempt that is looked up now, and its call."""

    lookup: Lookup
    external_call_id: str
    phone: str
    started_at: datetime
    ended_at: datetime | None
    call_id: int
    state: CallState


@dataclass(frozen=True, slots=True, repr=False)
class KnownAttempt:
    """An attempt of which VBot is known to have a record."""

    external_call_id: str
    phone: str
    started_at: datetime


def has_questions(conn: Connection, unsure: datetime, placed: datetime, now: datetime) -> bool:
    """Whether an attempt is due to be looked up, or to be enlisted (`enlist`)."""
    due = exists().where(_is_due(now))
    return bool(conn.execute(select(or_(due, *(exists(query) for query in _unlisted(unsure, placed))))).scalar())


def enlist(conn: Connection, unsure: datetime, placed: datetime, now: datetime) -> int:
    """Enlist what was left unsure, or was placed and has no result, before these instants; return how many."""
    found = [row.id for query in _unlisted(unsure, placed) for row in conn.execute(query.limit(_LISTED))]
    for attempt_id in found:
        insert_new(conn, lookups, {"attempt_id": attempt_id, "wake_at": now, "facts": {}})
    return len(found)


def claim(conn: Connection, now: datetime, until: datetime, limit: int) -> list[DueLookup]:
    """Attempts that are due, nobody else's until then. One whose call has moved on is looked up no more."""
    due = select(lookups.c.attempt_id).where(_is_due(now)).order_by(lookups.c.wake_at).limit(limit)
    ids = list(conn.execute(due.with_for_update(skip_locked=True)).scalars())
    same = and_(calls.c.id == attempts.c.call_id, calls.c.attempt_id == attempts.c.id)
    awaiting = and_(calls.c.state.in_(AWAITS_RESULT), attempts.c.phone != ERASED_TEXT)
    rows = lookups.join(attempts, attempts.c.id == lookups.c.attempt_id).join(calls, same)
    live = select(lookups.c.attempt_id).select_from(rows).where(lookups.c.attempt_id.in_(ids), awaiting)
    left = set(conn.execute(live).scalars())
    conn.execute(lookups.update().where(lookups.c.attempt_id.in_(set(ids) - left)).values(wake_at=None))
    conn.execute(lookups.update().where(lookups.c.attempt_id.in_(left)).values(wake_at=until))
    about = (attempts.c.external_call_id, attempts.c.phone, attempts.c.started_at, attempts.c.ended_at)
    query = select(lookups, *about, calls.c.id, calls.c.state).select_from(rows)
    found = conn.execute(query.where(lookups.c.attempt_id.in_(left)).order_by(lookups.c.attempt_id))
    return [DueLookup(Lookup(*row[:_OWN]), *row[_OWN:]) for row in found]


def note(conn: Connection, claimed: DueLookup, values: Mapping[str, Json]) -> bool:
    """Record what was found, and when to look again; return False if another worker has looked since."""
    mine = and_(lookups.c.attempt_id == claimed.lookup.attempt_id, lookups.c.wake_at == claimed.lookup.wake_at)
    return conn.execute(lookups.update().where(mine).values(values)).rowcount == 1


def known_call(conn: Connection, since: datetime) -> KnownAttempt | None:
    """The newest attempt started since, of a call whose end VBot reported."""
    ended = exists().where(results.c.attempt_id == attempts.c.id, results.c.kind == "log")
    columns = (attempts.c.external_call_id, attempts.c.phone, attempts.c.started_at)
    query: Select[Any] = select(*columns).where(attempts.c.started_at >= since, attempts.c.phone != ERASED_TEXT, ended)
    row = conn.execute(query.order_by(attempts.c.started_at.desc()).limit(1)).first()
    return KnownAttempt(*row) if row is not None else None


def attempts_to(conn: Connection, phone: str, since: datetime, until: datetime) -> int:
    """How many attempts that began in that span may have rung this number."""
    harmless = (AttemptOutcome.NOT_SENT, AttemptOutcome.REFUSED)
    span = and_(attempts.c.phone == phone, attempts.c.started_at >= since, attempts.c.started_at <= until)
    may_ring = or_(attempts.c.outcome.is_(None), attempts.c.outcome.not_in(harmless))
    return conn.execute(select(func.count()).where(span, may_ring)).scalar_one()


def lookups_of(conn: Connection, attempt_ids: Sequence[int]) -> dict[int, Lookup]:
    """By attempt."""
    rows = conn.execute(select(lookups).where(lookups.c.attempt_id.in_(attempt_ids))) if attempt_ids else ()
    return {row.attempt_id: Lookup(*row) for row in rows}


def compared_on(conn: Connection) -> str | None:
    """The last day whose records were compared with the ledger."""
    value = conn.execute(select(state.c.value).where(state.c.key == _COMPARED)).scalar()
    return value["day"] if value else None


def claim_day(conn: Connection, day: str, now: datetime, until: datetime) -> bool:
    """This day's comparison is ours until then; False where another has it, or it is done."""
    insert_new(conn, state, {"key": _COMPARED, "value": {"day": None, "until": None}})
    query = select(state.c.value).where(state.c.key == _COMPARED).with_for_update()
    value = conn.execute(query).scalar_one()
    if value["day"] == day or (value["until"] and datetime.fromisoformat(value["until"]) > now):
        return False
    _write_day(conn, {"day": value["day"], "until": until.isoformat()})
    return True


def close_day(conn: Connection, day: str) -> None:
    _write_day(conn, {"day": day, "until": None})


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(lookups.c.wake_at.is_not(None), lookups.c.wake_at <= now)


def _unlisted(unsure: datetime, placed: datetime) -> tuple[Select[tuple[int]], Select[tuple[int]]]:
    newest = select(attempts.c.id).join(calls, calls.c.attempt_id == attempts.c.id)
    newest = newest.where(~exists().where(lookups.c.attempt_id == attempts.c.id))
    return (
        newest.where(is_in(CallState.UNSURE), attempts.c.ended_at <= unsure),
        newest.where(is_in(CallState.PLACED), calls.c.placed_at <= placed),
    )


def _write_day(conn: Connection, value: Mapping[str, Json]) -> None:
    conn.execute(state.update().where(state.c.key == _COMPARED).values(value=dict(value)))
