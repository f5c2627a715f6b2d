"""The circuit breaker of a VBot account: an outage must not turn the queue into unsure or refused calls.

Pure. Closed: calls pass. Open: none does until `probe_at`. Half open: one call, the probe, finds out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bridge.core.outcomes import AttemptOutcome

FAILURES = 5  # in a row open the line
FIRST = timedelta(seconds=30)
MOST = timedelta(minutes=10)
STOPPED = timedelta(minutes=5)  # between two probes of what only a person can mend

# What a person must mend: each further call would meet the same end.
STOPPING = frozenset({"credentials_refused", "token_refused", "wrong_url", "no_balance", "unsendable"})
# What says nothing about VBot: our own delay, our own schema, a limit that VBot keeps by intention, on calls or phones.
NEUTRAL = frozenset({"rate_limited", "late_start", "deadline", "bad_request", "batch_refused"})


@dataclass(frozen=True)
class Line:
    """The breaker's state. `failures` and `openings` count in a row; `probe_at` is when to look again."""

    state: Literal["closed", "open", "half_open"] = "closed"
    failures: int = 0
    openings: int = 0
    reason: str | None = None
    probe_at: datetime | None = None
    probe_call_id: int | None = None


def after(line: Line, outcome: AttemptOutcome, detail: str, call_id: int, now: datetime) -> Line:
    """The line once an attempt of this call had this outcome with this detail."""
    if outcome == AttemptOutcome.ACCEPTED or (outcome == AttemptOutcome.REFUSED and detail == "vbot_refused"):
        return Line()
    if detail in NEUTRAL:
        return line
    if detail in STOPPING:
        return _opened(line, detail, STOPPED, now)
    failed = replace(line, failures=line.failures + 1)
    probe_failed = line.state == "half_open" and line.probe_call_id == call_id
    if probe_failed or (line.state == "closed" and failed.failures >= FAILURES):
        return _opened(failed, detail, min(FIRST * 2**line.openings, MOST), now)
    return failed


def may_probe(line: Line, now: datetime) -> bool:
    """Whether one call may find out if VBot works again: the pause is over, or the last probe was never heard of."""
    return line.state != "closed" and (line.probe_at is None or now >= line.probe_at)


def probing(line: Line, call_id: int, until: datetime) -> Line:
    """The line while this one call finds out; given up at `until`."""
    return replace(line, state="half_open", probe_call_id=call_id, probe_at=until)


def passes(line: Line, call_id: int) -> bool:
    return line.state == "closed" or (line.state == "half_open" and line.probe_call_id == call_id)


def _opened(line: Line, reason: str, pause: timedelta, now: datetime) -> Line:
    if line.state == "open":
        return line
    return Line("open", line.failures, min(line.openings + 1, 20), reason, now + pause)
