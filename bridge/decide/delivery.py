"""Decide: a stored delivery becomes decisions, calls and the orders' newest states, in one transaction."""

from __future__ import annotations

import logging
from datetime import datetime

from bridge.core.model import BadPayload, StoreDown
from bridge.decide.event import Terms, decide_claimed
from bridge.receive.fetch import is_incomplete
from bridge.store import Store
from bridge.store.catalog import Catalogs
from bridge.store.fetches import start_fetch
from bridge.store.inbox import claim_delivery, close_delivery

log = logging.getLogger(__name__)


def decide(store: Store, catalogs: Catalogs, delivery_id: int, now: datetime, default_hotline: str | None) -> bool:
    """The delivery is decided, ignored or failed, with a reason for each rule; False if it was no longer undecided.

    1. Claim the delivery; whoever comes second finds nothing. What leaves out something waits until the shop is asked.
    2. Read its bytes: no event is a reason, an unreadable document a failure to be replayed.
    3. Learn each order's newest state, then ask each rule on that state.
    4. Record every answer, create or cancel the calls, close the delivery, commit.
    """
    try:
        with store.write() as conn:
            row = claim_delivery(conn, delivery_id)
            if row is None:
                return False
            catalog = catalogs.read(conn)
            if is_incomplete(conn, catalog, row) and start_fetch(conn, row, now):
                return True
            decide_claimed(conn, Terms(catalog, now, default_hotline), row)
    except StoreDown:
        raise
    except BadPayload as error:
        _fail(store, delivery_id, "bad_payload", str(error), now)
    except Exception as error:
        # A delivery that breaks our code must not hold up the shop's other orders; its bytes wait for a replay.
        log.exception("delivery failed delivery=%s", delivery_id)
        _fail(store, delivery_id, "internal_error", type(error).__name__, now)
    return True


def _fail(store: Store, delivery_id: int, reason: str, detail: str, now: datetime) -> None:
    with store.write() as conn:
        close_delivery(conn, delivery_id, "failed", now, reason=reason, detail=detail)
