"""What outcomes and results do to the circuit breaker of the VBot account."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.breaker import Breaker, after
from bridge.core.model import AttemptOutcome
from bridge.store import Connection
from bridge.store.breakers import find_breaker, write_breaker

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signal:
    """What an attempt of this call shows of the account."""

    outcome: AttemptOutcome
    detail: str
    call_id: int


def record_in_breaker(conn: Connection, account: str, signals: Sequence[Signal], now: datetime) -> None:
    """Open, keep or close the account's breaker by what these attempts showed, one after the other."""
    if not signals:
        return
    seen = find_breaker(conn, account, now)
    if seen == _after_all(seen, signals, now):
        return  # as nearly always; nobody waits for the lock
    breaker = find_breaker(conn, account, now, lock=True)
    changed = _after_all(breaker, signals, now)
    if changed == breaker:
        return
    write_breaker(conn, account, changed, now)
    if changed.state != breaker.state:
        log.warning("breaker %s reason=%s", changed.state, changed.reason)


def _after_all(breaker: Breaker, signals: Sequence[Signal], now: datetime) -> Breaker:
    for signal in signals:
        breaker = after(breaker, signal.outcome, signal.detail, signal.call_id, now)
    return breaker
