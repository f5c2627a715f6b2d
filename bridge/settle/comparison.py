"""Compare: once a day the calls of the last two days are compared with VBot's records, both ways."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.core.model import DEFAULT_ZONE, AttemptOutcome, Json
from bridge.core.schedule import local_day
from bridge.store import Store
from bridge.store.attempts import attempts_since, known_ids
from bridge.store.lookups import claim_day, close_day, compared_on
from bridge.store.operation.alarms import keep_alarm
from bridge.store.results import store_result
from bridge.vbot.client import Client, Records, VBotError
from bridge.vbot.records import is_ours, read_record

log = logging.getLogger(__name__)

ALARM = "records_differ"
COMPARED_SPAN = timedelta(hours=48)
RECORD_DELAY = timedelta(hours=2)  # a younger call may still talk, or its record be on its way
COMPARED_MARGIN = timedelta(hours=1)  # by which VBot's clock may differ from ours
COMPARISON_LEASE = timedelta(minutes=30)
COMPARISON_SECONDS = 600  # that VBot is given to list its records
_NAMED = 20  # calls, or ids, that the alarm names


def compare_records(store: Store, client: Client, now: datetime, monotonic: Callable[[], float]) -> bool:
    """Compare this day's records; return True if that was done now, and by us. Sets the alarm `records_differ`.

    A record of an attempt without a reported end is stored as a result, and settled as one.
    What VBot does not answer, or not in full, is read again after COMPARISON_LEASE; the alarm stays as it was.
    """
    day = local_day(now, DEFAULT_ZONE).isoformat()
    with store.read() as conn:
        if compared_on(conn) == day:
            return False
    with store.write() as conn:
        if not claim_day(conn, day, now, now + COMPARISON_LEASE):
            return False
    try:
        begins, ends = now - COMPARED_SPAN - COMPARED_MARGIN, now + COMPARED_MARGIN
        found = client.records(begins, ends, monotonic() + COMPARISON_SECONDS)
    except VBotError as error:
        log.warning("records not compared reason=%s", error.code)
        return False
    if not found.is_whole:
        log.warning("records not compared reason=partial")
        return False
    _compare(store, found, day, now)
    return True


def _compare(store: Store, found: Records, day: str, now: datetime) -> None:
    read = [read_record(record) for record in found.records]
    bodies = {str(report.external_call_id): body for report, body in read if report.external_call_id}
    with store.write() as conn:
        attempts = attempts_since(conn, now - COMPARED_SPAN)
        for attempt in attempts:
            if attempt.external_call_id in bodies and not attempt.has_end:
                store_result(conn, bodies[attempt.external_call_id], now)
        strangers = {name for name in bodies if is_ours(name)}
        missing_here = sorted(strangers - known_ids(conn, strangers))
        missing_there = [
            attempt
            for attempt in attempts
            if attempt.outcome == AttemptOutcome.ACCEPTED
            and attempt.started_at <= now - RECORD_DELAY
            and attempt.external_call_id not in bodies
        ]
        facts: dict[str, Json] = {
            "only_at_vbot": len(missing_here),
            "only_here": len(missing_there),
            "external_call_ids": missing_here[:_NAMED],
            "calls": [attempt.call_id for attempt in missing_there[:_NAMED]],
        }
    differ = bool(missing_here or missing_there)
    keep_alarm(store, ALARM, differ, facts, now, renew=True)
    with store.write() as conn:
        close_day(conn, day)
    log.info("records compared attempts=%d differ=%s", len(attempts), differ)
