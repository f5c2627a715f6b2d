"""The circuit breaker of a VBot account: an outage must not turn the queue into unsure or refused calls.

Pure. Closed: calls pass. Open: none does until `probe_at`. Half open: one call, the probe, finds out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bridge.core.model import AttemptOutcome

FAILURES = 5  # in a row open the breaker
FIRST = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
STOPPED = timedelta(minutes=5)  # between two probes of what only a person can mend

# What a person must mend: each further call would meet the same end.
STOPPING = frozenset({"credentials_refused", "token_refused", "wrong_url", "no_balance", "unsendable"})
# What proves nothing about VBot: our own delay or schema, or a limit that VBot keeps by intention, on calls or phones.
NEUTRAL = frozenset({"rate_limited", "late_start", "deadline", "bad_request", "batch_refused"})


@dataclass(frozen=True)
class Breaker:
    """The breaker's state. `failures` and `openings` count in a row; `probe_at` is when to look again."""

    state: Literal["closed", "open", "half_open"] = "closed"
    failures: int = 0
    openings: int = 0
    reason: str | None = None
    probe_at: datetime | None = None
    probe_call_id: int | None = None


def after(breaker: Breaker, outcome: AttemptOutcome, detail: str, call_id: int, now: datetime) -> Breaker:
    """The breaker once an attempt of this call had this outcome with this detail."""
    if outcome == AttemptOutcome.ACCEPTED or (outcome == AttemptOutcome.REFUSED and detail == "vbot_refused"):
        return Breaker()
    if detail in NEUTRAL:
        return breaker
    if detail in STOPPING:
        return _opened(breaker, detail, STOPPED, now)
    failed = replace(breaker, failures=breaker.failures + 1)
    probe_failed = breaker.state == "half_open" and breaker.probe_call_id == call_id
    if probe_failed or (breaker.state == "closed" and failed.failures >= FAILURES):
        return _opened(failed, detail, min(FIRST * 2**breaker.openings, LONGEST_PAUSE), now)
    return failed


def may_probe(breaker: Breaker, now: datetime) -> bool:
    """Whether one call may find out if VBot works again: the pause is over, or nothing came back of the last probe."""
    return breaker.state != "closed" and (breaker.probe_at is None or now >= breaker.probe_at)


def probing(breaker: Breaker, call_id: int, until: datetime) -> Breaker:
    """The breaker while this one call finds out; given up at `until`."""
    return replace(breaker, state="half_open", probe_call_id=call_id, probe_at=until)


def passes(breaker: Breaker, call_id: int) -> bool:
    return breaker.state == "closed" or (breaker.state == "half_open" and breaker.probe_call_id == call_id)


def _opened(breaker: Breaker, reason: str, pause: timedelta, now: datetime) -> Breaker:
    if breaker.state == "open":
        return breaker
    return Breaker("open", breaker.failures, min(breaker.openings + 1, 20), reason, now + pause)
