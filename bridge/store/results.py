"""What VBot told of calls: stored raw once, settled once; and the calls of which it told nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from bridge.core.call_states import CallState, Transition
from bridge.core.model import Json
from bridge.core.outcomes import MAY_HAVE_REACHED, AttemptOutcome
from bridge.store.calls import Attempt, is_in, move_all
from bridge.store.tables import attempts, calls, results
from bridge.store.upsert import insert_new, written

Result = Row[tuple[Json, ...]]

_BATCH = 200
_PERSONAL = ("trans_id", "recording_url", "transcript", "collected")  # of `told`


def store_result(conn: Connection, body: bytes, now: datetime) -> tuple[int, bool]:
    """Its id, and whether it is new; the same bytes again only add to `repeats`."""
    key = hashlib.sha256(body).hexdigest()
    row = {"dedup_key": key, "body": body, "received_at": now, "state": "stored"}
    new: int | None = insert_new(conn, results, row)
    if new is not None:
        return new, True
    again = results.update().where(results.c.dedup_key == key).values(repeats=results.c.repeats + 1)
    return int(conn.execute(again.returning(results.c.id)).scalar_one()), False


def unsettled(conn: Connection, limit: int) -> list[int]:
    """Oldest first."""
    query = select(results.c.id).where(results.c.state == written("stored")).order_by(results.c.id)
    return list(conn.execute(query.limit(limit)).scalars())


def find_result(conn: Connection, result_id: int) -> Result | None:
    return conn.execute(select(results).where(results.c.id == result_id)).first()


def close_result(
    conn: Connection,
    result_id: int,
    state: str,
    now: datetime,
    *,
    attempt_id: int | None = None,
    kind: str | None = None,
    told: Mapping[str, Json] | None = None,
) -> bool:
    """The result is settled, a stranger's, or failed; False if somebody else had closed it."""
    values = {"state": state, "settled_at": now, "attempt_id": attempt_id, "kind": kind, "told": told}
    mine = and_(results.c.id == result_id, results.c.state == "stored")
    return conn.execute(results.update().where(mine).values(values)).rowcount == 1


def find_attempt(conn: Connection, external_call_id: str) -> Attempt | None:
    return conn.execute(select(attempts).where(attempts.c.external_call_id == external_call_id)).first()


def told_before(conn: Connection, attempt_id: int, but: int) -> list[Mapping[str, Json]]:
    """What other results said of this attempt."""
    query = select(results.c.told).where(
        results.c.attempt_id == attempt_id, results.c.id != but, results.c.told.is_not(None)
    )
    return list(conn.execute(query).scalars())


def prove(conn: Connection, attempt_id: int, now: datetime) -> bool:
    """VBot has this attempt, whatever we believed; False if we knew."""
    unknown = and_(attempts.c.id == attempt_id, attempts.c.outcome.is_distinct_from(AttemptOutcome.ACCEPTED))
    values = {"outcome": AttemptOutcome.ACCEPTED, "detail": "told", "ended_at": now}
    return conn.execute(attempts.update().where(unknown).values(values)).rowcount == 1


def count_reached(conn: Connection, call_id: int) -> int:
    """How many of a call's requests reached VBot, or may have."""
    query = select(func.count()).where(attempts.c.call_id == call_id, _reached())
    return int(conn.execute(query).scalar_one())


def reached_after(conn: Connection, attempt: Attempt) -> bool:
    """A later request of the same call reached VBot, or may have."""
    later = and_(attempts.c.call_id == attempt.call_id, attempts.c.n > attempt.n, _reached())
    return conn.execute(select(attempts.c.id).where(later).limit(1)).first() is not None


def proven_since(conn: Connection, attempt_id: int) -> Attempt | None:
    """An earlier attempt of the same call that was known to have reached VBot only after this one was started."""
    this = attempts.alias()
    late = and_(attempts.c.call_id == this.c.call_id, attempts.c.n < this.c.n, attempts.c.ended_at >= this.c.started_at)
    query = (
        select(attempts).join(this, late).where(this.c.id == attempt_id, attempts.c.outcome == AttemptOutcome.ACCEPTED)
    )
    return conn.execute(query.order_by(attempts.c.n.desc()).limit(1)).first()


def hear_again(conn: Connection, attempt_id: int) -> None:
    """What was told of this attempt is settled anew."""
    told = and_(results.c.attempt_id == attempt_id, results.c.state == "settled", results.c.body != b"")
    conn.execute(results.update().where(told).values(state="stored", kind=None, told=None, settled_at=None))


def write_facts(conn: Connection, call_id: int, facts: Mapping[str, Json]) -> None:
    conn.execute(calls.update().where(calls.c.id == call_id).values(facts=dict(facts)))


def end_silent(conn: Connection, before: datetime, now: datetime, limit: int) -> int:
    """Calls placed before then of which VBot told no end are finished, with result `unknown`; how many."""
    silent = select(calls.c.id).where(is_in(CallState.PLACED), calls.c.placed_at <= before)
    ids = list(conn.execute(silent.limit(limit).with_for_update(skip_locked=True)).scalars())
    ended: dict[str, Json] = {"result": "unknown", "reason": Transition.NO_RESULT.reason, "facts": {}}
    return move_all(conn, calls.c.id.in_(ids), Transition.NO_RESULT, now, **ended) if ids else 0


def erase_results(conn: Connection, which: ColumnElement[bool]) -> None:
    """Their bytes are gone, and of what they said all that is personal; how the calls ended stays."""
    for row in conn.execute(select(results.c.id, results.c.told).where(which, results.c.body != b"")).all():
        told = {name: value for name, value in (row.told or {}).items() if name not in _PERSONAL}
        conn.execute(results.update().where(results.c.id == row.id).values(body=b"", told=told))


def of_calls(call_ids: Sequence[int]) -> ColumnElement[bool]:
    """The results of these calls."""
    return results.c.attempt_id.in_(select(attempts.c.id).where(attempts.c.call_id.in_(call_ids)))


def strangers_with(conn: Connection, pattern: re.Pattern[bytes]) -> ColumnElement[bool]:
    """Those of no attempt whose bytes hold this number."""
    found: list[int] = []
    behind = 0
    while True:
        query = select(results.c.id, results.c.body).where(results.c.id > behind, results.c.attempt_id.is_(None))
        rows = conn.execute(query.order_by(results.c.id).limit(_BATCH)).all()
        if not rows:
            return results.c.id.in_(found)
        found += [row.id for row in rows if pattern.search(row.body)]
        behind = rows[-1].id


def this_result(result_id: int) -> ColumnElement[bool]:
    return results.c.id == result_id


def _reached() -> ColumnElement[bool]:
    return or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_(MAY_HAVE_REACHED))
