"""Attempts: each one request to VBot for a call, with its own external_call_id, and what it meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, or_, select

from bridge.core.call_states import RANG, Transition
from bridge.core.model import MAY_HAVE_REACHED, Attempt, AttemptOutcome, Call, Json
from bridge.store.calls import LEASE, move_each
from bridge.store.db.chunks import chunks
from bridge.store.db.tables import attempts, calls, results
from bridge.store.db.upsert import insert_all, written

_SENT = ("external_call_id", "phone", "template", "hotline", "datas", "batch")
_LAST_N = (
    select(attempts.c.call_id, func.max(attempts.c.n))
    .where(attempts.c.call_id.in_(bindparam("call_ids", expanding=True)))
    .group_by(attempts.c.call_id)
)
_TOLD = ("outcome", "detail", "http_status", "message", "vbot_call_id")
_END_ATTEMPT = (
    attempts.update()
    .where(
        attempts.c.id == bindparam("attempt_id"),
        or_(attempts.c.outcome.is_(None), attempts.c.outcome == written(AttemptOutcome.UNSURE)),
    )
    .values({name: bindparam(f"new_{name}", type_=attempts.c[name].type) for name in ("ended_at", *_TOLD)})
)


@dataclass(frozen=True, slots=True, repr=False)
class NewAttempt:
    """A call that is about to be dialled, and what its request sends.

    batch   the same for all attempts of one request; None of a call that goes alone
    """

    call: Call
    external_call_id: str
    phone: str
    template: str
    hotline: str
    datas: Mapping[str, Json]
    batch: str | None


@dataclass(frozen=True, slots=True)
class ReportedAttempt:
    """An attempt, and whether VBot reported how the call ended."""

    external_call_id: str
    call_id: int
    started_at: datetime
    outcome: AttemptOutcome | None
    has_end: bool


def start_attempts(conn: Connection, new: Sequence[NewAttempt], now: datetime) -> dict[int, int]:
    """Begin to dial these calls, which are queued, and locked; return the attempts' ids by call."""
    again = [one.call.id for one in new if one.call.attempt_id is not None]
    last = {call_id: n for call_id, n in conn.execute(_LAST_N, {"call_ids": again})} if again else {}
    rows = [
        {
            "call_id": one.call.id,
            "n": last.get(one.call.id, 0) + 1,
            "started_at": now,
            **{name: getattr(one, name) for name in _SENT},
        }
        for one in new
    ]
    ids = {row["call_id"]: row["id"] for row in insert_all(conn, attempts, rows, attempts.c.call_id, attempts.c.id)}
    dialing = {
        one.call.id: {
            "wake_at": now + LEASE,
            "phone": one.phone,
            "reason": one.call.reason,
            "datas": one.datas,
            "attempt_id": ids[one.call.id],
        }
        for one in new
    }
    if not move_each(conn, Transition.DIAL, now, dialing):
        raise RuntimeError("a call was not queued any more")
    return ids


@dataclass(frozen=True, slots=True, repr=False)
class End:
    """How an attempt came out."""

    attempt_id: int
    outcome: AttemptOutcome
    detail: str
    http_status: int | None = None
    message: str | None = None
    vbot_call_id: str | None = None


def end_attempts(conn: Connection, ends: Sequence[End], now: datetime) -> int:
    """Record how these attempts came out, of those that are open or unsure; return how many were."""
    rows = [
        {"attempt_id": end.attempt_id, "new_ended_at": now, **{f"new_{name}": getattr(end, name) for name in _TOLD}}
        for end in ends
    ]
    return conn.execute(_END_ATTEMPT, rows).rowcount


def attempts_of(conn: Connection, call_ids: list[int]) -> dict[int, list[Attempt]]:
    """By call, in their order."""
    found: dict[int, list[Attempt]] = {call_id: [] for call_id in call_ids}
    rows = select(attempts).where(attempts.c.call_id.in_(call_ids)).order_by(attempts.c.call_id, attempts.c.n)
    for row in conn.execute(rows):
        found[row.call_id].append(Attempt(*row))
    return found


def find_attempt(conn: Connection, external_call_id: str) -> Attempt | None:
    row = conn.execute(select(attempts).where(attempts.c.external_call_id == external_call_id)).first()
    return Attempt(*row) if row is not None else None


def prove(conn: Connection, attempt_id: int, now: datetime) -> bool:
    """Record that VBot has this attempt, whatever was believed; return False if that was known."""
    unknown = and_(attempts.c.id == attempt_id, attempts.c.outcome.is_distinct_from(AttemptOutcome.ACCEPTED))
    values = {"outcome": AttemptOutcome.ACCEPTED, "detail": "told", "ended_at": now}
    return conn.execute(attempts.update().where(unknown).values(values)).rowcount == 1


def settle_attempt(conn: Connection, attempt_id: int | None, detail: str) -> datetime | None:
    """Record what a person found of an unsure attempt, which stays unsure; return when it was started."""
    same = and_(attempts.c.id == attempt_id, attempts.c.outcome == AttemptOutcome.UNSURE)
    started: datetime | None = conn.execute(
        attempts.update().where(same).values(detail=detail).returning(attempts.c.started_at)
    ).scalar()
    return started


def count_rings(
    conn: Connection,
    since: datetime,
    *,
    phone: str | None = None,
    rules: list[str] | None = None,
    source: str | None = None,
    but: int | None = None,
) -> int:
    """Return the number of requests started since then that reached VBot, or may have."""
    query = select(func.count()).select_from(attempts.join(calls, calls.c.id == attempts.c.call_id))
    query = query.where(attempts.c.started_at >= since, reached())
    if phone is not None:
        query = query.where(attempts.c.phone == phone)
    if rules is not None:
        query = query.where(calls.c.rule.in_(rules))
    if source is not None:
        query = query.where(calls.c.source_id == source)
    if but is not None:
        query = query.where(calls.c.id != but)
    return int(conn.execute(query).scalar_one())


def count_reached(conn: Connection, call_id: int) -> int:
    """Return the number of a call's requests that reached VBot, or may have."""
    query = select(func.count()).where(attempts.c.call_id == call_id, reached())
    return int(conn.execute(query).scalar_one())


def reached_after(conn: Connection, attempt: Attempt) -> bool:
    """A later request of the same call reached VBot, or may have."""
    later = and_(attempts.c.call_id == attempt.call_id, attempts.c.n > attempt.n, reached())
    return conn.execute(select(attempts.c.id).where(later).limit(1)).first() is not None


def proven_since(conn: Connection, attempt_id: int) -> Attempt | None:
    """An earlier attempt of the same call that was known to have reached VBot only after this one was started."""
    this = attempts.alias()
    late = and_(attempts.c.call_id == this.c.call_id, attempts.c.n < this.c.n, attempts.c.ended_at >= this.c.started_at)
    query = (
        select(attempts).join(this, late).where(this.c.id == attempt_id, attempts.c.outcome == AttemptOutcome.ACCEPTED)
    )
    row = conn.execute(query.order_by(attempts.c.n.desc()).limit(1)).first()
    return Attempt(*row) if row is not None else None


def rang(conn: Connection, found: Sequence[Call]) -> list[Call]:
    """Those of these calls of which a request reached VBot, or may have."""
    tried = select(attempts.c.call_id).where(
        attempts.c.call_id.in_([call.id for call in found]),
        reached(),
    )
    ids = set(conn.execute(tried).scalars()) if found else set()
    return [call for call in found if call.id in ids or call.state in RANG]


def count_late_starts(conn: Connection, call_id: int) -> int:
    """How many requests of this call were not sent because this machine did not come to it in time."""
    late = (attempts.c.call_id == call_id) & (attempts.c.detail == "late_start")
    return conn.execute(select(func.count()).select_from(attempts).where(late)).scalar_one()


def attempts_since(conn: Connection, since: datetime) -> list[ReportedAttempt]:
    """Every attempt that was started since."""
    ended = exists().where(results.c.attempt_id == attempts.c.id, results.c.kind == "log")
    columns = (attempts.c.external_call_id, attempts.c.call_id, attempts.c.started_at, attempts.c.outcome)
    query = select(*columns, ended).where(attempts.c.started_at >= since)
    return [ReportedAttempt(*row) for row in conn.execute(query.order_by(attempts.c.id))]


def known_ids(conn: Connection, external_call_ids: Collection[str]) -> set[str]:
    """Those of these ids that an attempt has."""
    found: set[str] = set()
    for some in chunks(sorted(external_call_ids)):
        query = select(attempts.c.external_call_id).where(attempts.c.external_call_id.in_(some))
        found |= set(conn.execute(query).scalars())
    return found


def reached() -> ColumnElement[bool]:
    """The attempts that reached VBot, or may have; one that is under way is among them."""
    return or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_(MAY_HAVE_REACHED))
