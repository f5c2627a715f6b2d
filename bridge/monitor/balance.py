"""Read the balance of VBot's account at intervals, by one of all workers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.store import Store
from bridge.store.operation.alarms import keep_alarm
from bridge.store.operation.turns import take_turn
from bridge.store.operation.vbot_balance import note_balance, note_untold
from bridge.vbot import VBotError
from bridge.vbot.client import Client

log = logging.getLogger(__name__)

# Between two looks of all workers together; the turn comes a little before the round that takes it up.
TURN = timedelta(minutes=5) - timedelta(seconds=10)


def watch_balance(
    store: Store, client: Client, limit: int | None, now: datetime, deadline: Callable[[], float]
) -> None:
    """Note what is left, or why VBot does not tell; keep the alarm `low_balance`: less than `limit` dong is left.

    Of all workers one asks VBot.
    """
    if limit is None or not client.has_balance:
        keep_alarm(store, "low_balance", False, {}, now)
    if not client.has_balance:
        return
    with store.write() as conn:
        if not take_turn(conn, f"balance {client.account_id}", now, TURN):
            return
    try:
        left = client.balance(deadline())
    except VBotError as error:
        log.warning("balance not read reason=%s", error.code)
        with store.write() as conn:
            note_untold(conn, client.account_id, (error.vietnamese, error.message), now)
        return
    with store.write() as conn:
        note_balance(conn, client.account_id, left, now)
    if limit is not None:
        keep_alarm(store, "low_balance", left < limit, {"balance": f"{left:f}", "limit": limit}, now)
