"""Admit: which due calls are taken up now."""

from __future__ import annotations

from datetime import datetime

from bridge.core.breaker import may_probe, probing
from bridge.store import Connection, Store
from bridge.store.breakers import find_breaker, write_breaker
from bridge.store.calls import LEASE
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.hotlines import count_active, list_hotlines, lock_hotline
from bridge.store.queue import claim_due, say_why, sweep
from bridge.store.undecided import crowded_sources


def admit(store: Store, catalogs: Catalogs, now: datetime, free: int, account: str = "") -> list[int]:
    """Queue due calls; return their ids: at most `free`, per hotline within its free places, oldest first.

    Ends first what time alone ends (leases, promises). Paused hotlines, rules and sources stay as they are.
    While the breaker of this VBot account is open nothing is queued, and at its probe's time one call; those that are
    due say so.
    """
    with store.write() as conn:
        sweep(conn, now)
        catalog = catalogs.read(conn)
        if ("all", "") in catalog.pauses:
            return []
        breaker = find_breaker(conn, account, now)
        if breaker.state != "closed":
            breaker = find_breaker(conn, account, now, lock=True)
            free = min(free, 1) if may_probe(breaker, now) else 0
        queued = _claim(conn, catalog, now, free)
        if queued and breaker.state != "closed":
            breaker = probing(breaker, queued[0], now + LEASE)
            write_breaker(conn, account, breaker, now)
        if breaker.state != "closed":
            at = breaker.probe_at.isoformat() if breaker.probe_at else None
            say_why(conn, "line_stopped", {"detail": breaker.reason, "at": at}, now)
    return queued


def _claim(conn: Connection, catalog: Catalog, now: datetime, free: int) -> list[int]:
    """The oldest due calls of one hotline after the other, now queued; a hotline in other hands is left out.

    So are the calls that wait because their source has a crowd of undecided deliveries: none of them could be dialled.
    """
    crowded = crowded_sources(conn)
    paused = {kind: {name for held, name in catalog.pauses if held == kind} for kind in ("rule", "source")}
    queued: list[int] = []
    for code in list_hotlines(conn):
        if free <= len(queued) or ("hotline", code) in catalog.pauses:
            continue
        hotline = lock_hotline(conn, code)
        if hotline is None:
            continue
        places = free - len(queued)
        if hotline.max_active is not None:
            places = min(places, hotline.max_active - count_active(conn, code, now))
        if places > 0:
            queued += claim_due(conn, code, now, places, paused, crowded)
    return queued
