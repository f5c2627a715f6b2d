"""What outcomes and results do to the circuit breaker of the VBot account."""

from __future__ import annotations

import logging
from datetime import datetime

from bridge.core.breaker import after
from bridge.core.model import AttemptOutcome
from bridge.store import Connection
from bridge.store.breakers import find_breaker, write_breaker

log = logging.getLogger(__name__)


def record_in_breaker(
    conn: Connection, account: str, outcome: AttemptOutcome, detail: str, call_id: int, now: datetime
) -> None:
    """Open, keep or close the account's breaker by how an attempt of this call came out."""
    seen = find_breaker(conn, account, now)
    if seen == after(seen, outcome, detail, call_id, now):
        return  # as nearly always; nobody waits for the lock
    breaker = find_breaker(conn, account, now, lock=True)
    changed = after(breaker, outcome, detail, call_id, now)
    if changed == breaker:
        return
    write_breaker(conn, account, changed, now)
    if changed.state != breaker.state:
        log.warning("breaker %s reason=%s", changed.state, changed.reason)
