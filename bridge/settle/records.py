"""Look up calls in VBot's records: those that are unsure, or placed and without a result.

What they hold of an attempt is stored as a result, and settled as one. What they do not hold proves nothing: a record
may be written only when the call has ended. Only a setting that a person made lets a long silence count.
Generation v3 names our ids in its records. The older ones list the calls of a number without an id; where a setting
that a person made says so, a call there counts as ours if it alone fits the attempt's number and time, and no other
attempt does.
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
from bridge.store.lookups import DueLookup, attempts_to, claim, enlist, has_questions, known_call, note
from bridge.store.results import store_result
from bridge.vbot.client import Client, Records, VBotError
from bridge.vbot.history import created_at
from bridge.vbot.records import read_record

log = logging.getLogger(__name__)

# Between two look-ups of one attempt: these, and then the last again and again.
LOOKUP_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
RESULT_DELAY = timedelta(minutes=5)  # a placed call may talk so long before its result is missed
LOOKUPS_END = timedelta(hours=48)  # from the attempt's start; after this nothing is looked up any more
# VBot's clock may differ from ours by as much, and silence must not come from that.
CLOCK_MARGIN = timedelta(hours=24)
# Before silence is trusted, the records must show a call of these days whose end VBot reported.
KNOWN_SPAN = timedelta(days=7)
# By so much a call without an id may have begun before or after its attempt, by two clocks and VBot's queue.
RING_BEFORE, RING_AFTER = timedelta(minutes=2), timedelta(minutes=10)
CLAIMED_AT_ONCE = 100  # attempts in one run
SINGLE_LOOKUPS = 3  # so many placed calls are looked up one by one; more, by all records of their time
POSTPONED_REST = timedelta(minutes=1)  # of what a run had no time for
RUN_SECONDS = 300
LOOKUP_SECONDS = 20
LOOKUP_LEASE = timedelta(minutes=10)


@dataclass(frozen=True, repr=False)
class _Run:
    store: Store
    client: Client
    trust: timedelta | None
    now: datetime
    monotonic: Callable[[], float]
    until: float


def look_up(
    store: Store, client: Client, trust: timedelta | None, now: datetime, monotonic: Callable[[], float]
) -> int:
    """Look up every attempt that is due, each by one worker; return how many were looked up.

    trust   the silence after which an unsure call waits again; None: silence proves nothing
    1. Enlist what is unsure or without a result, and claim what is due.
    2. Read VBot's records: for an unsure call by its phone, for many placed ones by their time.
    3. Store what its records hold of our attempts as results; note what they do not hold. The first request that
       VBot does not answer ends the run.
    """
    since = (now - LOOKUP_PAUSES[0], now - RESULT_DELAY)
    with store.read() as conn:
        if not has_questions(conn, *since, now):
            return 0
    with store.write() as conn:
        enlist(conn, *since, now)
        claimed = claim(conn, now, now + LOOKUP_LEASE, CLAIMED_AT_ONCE)
    # A list without our ids can hold nothing against a call: its silence is never trusted.
    trust = trust if client.has_records else None
    run = _Run(store, client, trust, now, monotonic, monotonic() + RUN_SECONDS)
    placed = [row for row in claimed if row.state == CallState.PLACED]
    together = [placed] if len(placed) > SINGLE_LOOKUPS and client.has_records else [[row] for row in placed]
    left = [[row] for row in claimed if row.state == CallState.UNSURE] + together
    count = 0
    while left and monotonic() < run.until:
        rows = left.pop(0)
        count += len(rows)
        if not _look_up(run, rows):
            break
    with store.write() as conn:
        for row in (row for rows in left for row in rows):
            note(conn, row, {"wake_at": now + POSTPONED_REST})
    return count


def _look_up(run: _Run, rows: Sequence[DueLookup]) -> bool:
    """Look these attempts up with one request; return False if VBot did not answer it."""
    phone = rows[0].phone if len(rows) == 1 else None
    begins = min(row.started_at for row in rows) - CLOCK_MARGIN
    deadline = min(run.monotonic() + (LOOKUP_SECONDS if phone else RUN_SECONDS), run.until)
    try:
        if run.client.has_records:
            found = run.client.records(begins, run.now + CLOCK_MARGIN, deadline, phone)
        else:
            found = run.client.history(begins, deadline, rows[0].phone)
    except VBotError as error:
        log.warning("records not answered reason=%s", error.code)
        for row in rows:
            _note(run, row, {"failure": error.code})
        return False
    for row in rows:
        _learn(run, row, found, by_phone=phone is not None)
    return True


def _learn(run: _Run, row: DueLookup, found: Records, *, by_phone: bool) -> None:
    """Note what these records mean for one attempt."""
    records = found.records if run.client.has_records else _named(run, row, found)
    read = [read_record(record) for record in records]
    mine = [(report, body) for report, body in read if report.external_call_id == row.external_call_id]
    if mine:
        is_over = any(report.end for report, _ in mine)
        how = "found" if run.client.has_records else "fitting"
        _note(run, row, {how: "end" if is_over else "call"}, bodies=[body for _, body in mine], is_over=is_over)
    elif not found.is_whole:
        _note(run, row, {"failure": "partial"})
    elif _would_trust(run, row) and not _shows_another(run):
        _note(run, row, {"failure": "unproven"})
    else:
        _note(run, row, {"others": len(read)} if by_phone else {}, is_silent=True)


def _named(run: _Run, row: DueLookup, found: Records) -> list[dict[str, Json]]:
    """The records of a list without ids, with our id on the one that can be this attempt's and no other's."""
    begins, ends = row.started_at - RING_BEFORE, row.started_at + RING_AFTER
    fitting = [record for record in found.records if begins <= created_at(record) <= ends]
    if len(fitting) != 1 or not found.is_whole:
        return found.records
    at = created_at(fitting[0])
    with run.store.read() as conn:
        if attempts_to(conn, row.phone, at - RING_AFTER, at + RING_BEFORE) != 1:
            return found.records
    return [{**fitting[0], "externalCallId": row.external_call_id}]


def _would_trust(run: _Run, row: DueLookup) -> bool:
    """Whether the silence that begins with the attempt's end has lasted as long as the setting wants."""
    return bool(run.trust and row.state == CallState.UNSURE and row.ended_at and run.now >= row.ended_at + run.trust)


def _shows_another(run: _Run) -> bool:
    """Whether the same request shows a call that VBot is known to have; True where none is known."""
    with run.store.read() as conn:
        known = known_call(conn, run.now - KNOWN_SPAN)
    if known is None:
        return True
    span = (known.started_at - CLOCK_MARGIN, run.now + CLOCK_MARGIN)
    try:
        found = run.client.records(*span, min(run.monotonic() + LOOKUP_SECONDS, run.until), known.phone)
    except VBotError as error:
        log.warning("records not answered reason=%s", error.code)
        return False
    return any(read_record(record)[0].external_call_id == known.external_call_id for record in found.records)


def _note(
    run: _Run,
    row: DueLookup,
    facts: dict[str, Json],
    *,
    bodies: Sequence[bytes] = (),
    is_over: bool = False,
    is_silent: bool = False,
) -> None:
    tries = row.lookup.tries + 1
    values: dict[str, Json] = {
        "tries": tries,
        "asked_at": run.now,
        "facts": facts,
        "silent_since": row.lookup.silent_since,
    }
    if is_silent:
        values["silent_since"] = row.lookup.silent_since or run.now
    values["wake_at"] = None if is_over else _next(row, tries, run.trust, run.now)
    with run.store.write() as conn:
        if is_silent and run.trust and _would_trust(run, row) and _trust(conn, row, run.trust, run.now):
            values |= {"wake_at": None, "facts": {**facts, "trusted": _span(run.trust)}}
        if not note(conn, row, values):
            return
        for body in bodies:
            store_result(conn, body, run.now)
    log.info("records read attempt=%d facts=%s", row.lookup.attempt_id, ",".join(facts))


def _next(row: DueLookup, tries: int, trust: timedelta | None, now: datetime) -> datetime | None:
    """When to look again; None: no more. A placed call is not looked up as soon as an unsure one."""
    begun = 2 if row.state == CallState.PLACED else 0
    at = now + LOOKUP_PAUSES[min(tries + begun, len(LOOKUP_PAUSES) - 1)]
    last = row.started_at + LOOKUPS_END
    if trust and row.ended_at:
        trusted_at = row.ended_at + trust
        last = max(last, trusted_at + LOOKUPS_END)
        at = min(at, trusted_at) if trusted_at > now else at
    return at if at <= last else None


def _trust(conn: Connection, row: DueLookup, trust: timedelta, now: datetime) -> bool:
    trusted = trust_silence(conn, row.call_id, row.lookup.attempt_id, _span(trust), now)
    if trusted:
        log.warning("silence trusted call=%d attempt=%d", row.call_id, row.lookup.attempt_id)
    return trusted


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"
