"""Look up: VBot's records are asked about calls that are unsure, or placed and without a result.

What they hold of an attempt is stored as a result, and settled as one. What they do not hold proves nothing: a record
may be written only when the call has ended. Only a setting of a person's lets a long silence count.
Only generation v3 documents records; with the others nothing is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.call_states import CallState
from bridge.core.model import Json
from bridge.settle.resolve import trust_silence
from bridge.store import Connection, Store
from bridge.store.lookups import Lookup, claim, enlist, has_questions, known_call, note
from bridge.store.results import store_result
from bridge.vbot.client import Client, Records, VBotError
from bridge.vbot.records import read_record

log = logging.getLogger(__name__)

# Between two questions about one attempt: these, and then the last again and again.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
TALK = timedelta(minutes=5)  # a placed call may talk so long before its result is missed
LONGEST = timedelta(hours=48)  # from the attempt's start; after this nothing is asked any more
# VBot's clock may differ from ours by as much, and silence must not come from that.
MARGIN = timedelta(hours=24)
# Before silence is trusted, the records must show a call of these days whose end VBot told.
KNOWN = timedelta(days=7)
AT_ONCE = 100
FEW = 3  # so many placed calls are asked about one by one; more, by all records of their time
SOON = timedelta(minutes=1)
ROUND_SECONDS = 300
ASK_SECONDS = 20
CLAIM = timedelta(minutes=10)


@dataclass(frozen=True, repr=False)
class _Round:
    store: Store
    client: Client
    trust: timedelta | None
    now: datetime
    monotonic: Callable[[], float]
    until: float


def look_up(
    store: Store, client: Client, trust: timedelta | None, now: datetime, monotonic: Callable[[], float]
) -> int:
    """VBot is asked about every attempt that is due, each by one worker; how many were asked about.

    trust   the silence after which an unsure call waits again; None: silence proves nothing
    1. Enlist what is unsure or without a result, and claim what is due.
    2. Ask VBot: for an unsure call by its phone, for many placed ones by their time.
    3. Store what its records hold of our attempts as results; note what they do not hold. The first question that
       VBot does not answer ends the round.
    """
    since = (now - PAUSES[0], now - TALK)
    with store.read() as conn:
        if not has_questions(conn, *since, now):
            return 0
    with store.write() as conn:
        enlist(conn, *since, now)
        claimed = claim(conn, now, now + CLAIM, AT_ONCE)
    one = _Round(store, client, trust, now, monotonic, monotonic() + ROUND_SECONDS)
    placed = [row for row in claimed if row.state == CallState.PLACED]
    together = [placed] if len(placed) > FEW else [[row] for row in placed]
    left = [[row] for row in claimed if row.state == CallState.UNSURE] + together
    asked = 0
    while left and monotonic() < one.until:
        rows = left.pop(0)
        asked += len(rows)
        if not _ask(one, rows):
            break
    with store.write() as conn:
        for row in (row for rows in left for row in rows):
            note(conn, row, {"wake_at": now + SOON})
    return asked


def _ask(one: _Round, rows: Sequence[Lookup]) -> bool:
    """One question about these attempts; False if VBot did not answer it."""
    phone = rows[0].phone if len(rows) == 1 else None
    begins = min(row.started_at for row in rows) - MARGIN
    deadline = min(one.monotonic() + (ASK_SECONDS if phone else ROUND_SECONDS), one.until)
    try:
        told = one.client.records(begins, one.now + MARGIN, deadline, phone)
    except VBotError as error:
        log.warning("records not told reason=%s", error.code)
        for row in rows:
            _note(one, row, {"failure": error.code})
        return False
    for row in rows:
        _learn(one, row, told, by_phone=phone is not None)
    return True


def _learn(one: _Round, row: Lookup, told: Records, *, by_phone: bool) -> None:
    """What these records mean for one attempt."""
    read = [read_record(record) for record in told.records]
    mine = [(report, body) for report, body in read if report.external_call_id == row.external_call_id]
    if mine:
        is_over = any(report.end for report, _ in mine)
        _note(one, row, {"found": "end" if is_over else "call"}, bodies=[body for _, body in mine], is_over=is_over)
    elif not told.is_whole:
        _note(one, row, {"failure": "partial"})
    elif _would_trust(one, row) and not _shows_another(one):
        _note(one, row, {"failure": "unproven"})
    else:
        _note(one, row, {"others": len(read)} if by_phone else {}, is_silent=True)


def _would_trust(one: _Round, row: Lookup) -> bool:
    """Whether the silence that begins with the attempt's end has lasted so long as VBot was asked."""
    return bool(one.trust and row.state == CallState.UNSURE and row.ended_at and one.now >= row.ended_at + one.trust)


def _shows_another(one: _Round) -> bool:
    """Whether the same question shows a call that VBot is known to have; True where none is known."""
    with one.store.read() as conn:
        known = known_call(conn, one.now - KNOWN)
    if known is None:
        return True
    span = (known.started_at - MARGIN, one.now + MARGIN)
    try:
        told = one.client.records(*span, min(one.monotonic() + ASK_SECONDS, one.until), known.phone)
    except VBotError as error:
        log.warning("records not told reason=%s", error.code)
        return False
    return any(read_record(record)[0].external_call_id == known.external_call_id for record in told.records)


def _note(
    one: _Round,
    row: Lookup,
    facts: dict[str, Json],
    *,
    bodies: Sequence[bytes] = (),
    is_over: bool = False,
    is_silent: bool = False,
) -> None:
    tries = row.tries + 1
    values: dict[str, Json] = {"tries": tries, "asked_at": one.now, "facts": facts, "silent_since": row.silent_since}
    if is_silent:
        values["silent_since"] = row.silent_since or one.now
    values["wake_at"] = None if is_over else _next(row, tries, one.trust, one.now)
    with one.store.write() as conn:
        if is_silent and one.trust and _would_trust(one, row) and _trust(conn, row, one.trust, one.now):
            values |= {"wake_at": None, "facts": {**facts, "trusted": _say(one.trust)}}
        if not note(conn, row, values):
            return
        for body in bodies:
            store_result(conn, body, one.now)
    log.info("records asked attempt=%d facts=%s", row.attempt_id, ",".join(facts))


def _next(row: Lookup, tries: int, trust: timedelta | None, now: datetime) -> datetime | None:
    """When to ask again; None: no more. A placed call is not asked about as soon as an unsure one."""
    begun = 2 if row.state == CallState.PLACED else 0
    at = now + PAUSES[min(tries + begun, len(PAUSES) - 1)]
    last = row.started_at + LONGEST
    if trust and row.ended_at:
        trusted_at = row.ended_at + trust
        last = max(last, trusted_at + LONGEST)
        at = min(at, trusted_at) if trusted_at > now else at
    return at if at <= last else None


def _trust(conn: Connection, row: Lookup, trust: timedelta, now: datetime) -> bool:
    trusted = trust_silence(conn, row.call_id, row.attempt_id, _say(trust), now)
    if trusted:
        log.warning("silence trusted call=%d attempt=%d", row.call_id, row.attempt_id)
    return trusted


def _say(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"
