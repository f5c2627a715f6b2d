"""Write the results of calls back to the shops' orders.

Each source has a thread of its own while something is due, and few have one at once: a slow shop holds up neither
another nor any call. What becomes due soon after a look waits for the next one, so that notes share a turn: its
connection, its transactions. A write is `sending`, committed, before anything is asked of the shop. Whatever is killed
then leaves it so, and when its lease is over the order is read first: what stands there is not written again.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.core.model import TO_CARRIER, StoreDown, Write, WriteKind, WriteState
from bridge.core.platform import Login, Refusal, Shop, WriteBack
from bridge.lib.http import Kept
from bridge.shop_api.tokens import Tokens, share_tokens
from bridge.shop_api.write import Written, write_order
from bridge.store import Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.operation.alarms import keep_alarm
from bridge.store.shops.write_backs import (
    claim_writes,
    due_sources,
    end_rest,
    ended_orders,
    is_troubled,
    rest_source,
    settle_writes,
    write_failures,
)

log = logging.getLogger(__name__)

SHOPS_AT_ONCE = 4
GATHER_SECONDS = 2  # between two looks, while no shop waits for a thread: a note may be as late
WRITES_AT_ONCE = 20  # claimed and settled in one transaction each
WRITE_SECONDS = 25  # for all requests of one write
TURN_SECONDS = 15  # no write of a turn begins later
WRITE_LEASE = timedelta(seconds=50)  # longer than a turn and its last write
WRITE_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
WRITES_END = timedelta(days=2)  # a result that is older helps no shop
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=30)
STOPPED_REST = timedelta(hours=1)  # of a shop that refuses the credentials: new ones end it at once
WRITE_FAILING = 5  # failures of a shop in a row, before a person must look
ALARM = "write_back"

# What every other write to the same shop would meet now; the first ones until a person mends them.
STOPS = frozenset({"write_credentials", "write_scope", "write_address", "write_redirected", "write_no_credentials"})
SHARED = STOPS | {"write_no_answer", "write_bad_answer", "write_rate_limited"}
# What may be otherwise at the next try; all else is final.
PASSING = SHARED | {"write_not_kept"}


class Writer:
    """The worker's job of writing back. monotonic: the clock between looks."""

    def __init__(self, store: Store, catalogs: Catalogs, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._catalogs = catalogs
        self._monotonic = monotonic
        self._next_look = -math.inf
        self._refused: dict[tuple[str, Login], float] = {}
        self._busy: dict[str, threading.Thread] = {}

    def look(self, now: datetime) -> None:
        """Start a thread for each source for which something is due, unless it has one or too many others have."""
        self._busy = {name: thread for name, thread in self._busy.items() if thread.is_alive()}
        free = SHOPS_AT_ONCE - len(self._busy)
        if free <= 0 or self._monotonic() < self._next_look:
            return
        with self._store.read() as conn:
            catalog = self._catalogs.read(conn)
            due = due_sources(conn, now, [*self._busy, *catalog.locked], free)
        if len(due) < free:
            self._next_look = self._monotonic() + GATHER_SECONDS
        for name in due:
            thread = threading.Thread(target=self._turn, args=(catalog, name, now), name="write_back", daemon=True)
            self._busy[name] = thread
            thread.start()

    def join(self) -> None:
        """Wait until no request to a shop is open."""
        for thread in self._busy.values():
            thread.join()

    def _turn(self, catalog: Catalog, name: str, started: datetime) -> None:
        begun = time.monotonic()

        def now() -> datetime:
            return started + timedelta(seconds=time.monotonic() - begun)

        try:
            with Kept() as kept:
                tokens = share_tokens(self._store, self._catalogs.seal, now, self._refused, kept)
                turn = _Turn(self._store, catalog, name, now, tokens, threading.Event())
                while time.monotonic() - begun < TURN_SECONDS and turn.go(begun + TURN_SECONDS):
                    pass
        except StoreDown as error:
            log.error("database down reason=%s", error)
        except Exception:
            log.exception("write back failed source=%s", name)


@dataclass(frozen=True, repr=False)
class _Turn:
    """One source's turn. `now`: the instant, carried on by monotonic time."""

    store: Store
    catalog: Catalog
    source_id: str
    now: Callable[[], datetime]
    tokens: Tokens
    pause: threading.Event

    def go(self, until: float) -> bool:
        """Claim some writes, write them, settle them; return whether there may be more for now."""
        now = self.now()
        lease = now + WRITE_LEASE
        with self.store.write() as conn:
            claimed = claim_writes(conn, self.source_id, now, lease, WRITES_AT_ONCE)
            asked = {write.order_id for write in claimed if write.kind != "cancel_order"}  # a cancel is asked there
            ended = ended_orders(conn, self.source_id, asked) if asked else frozenset()
        if not claimed:
            return False
        done: list[tuple[Write, Written | None]] = []
        shared: Refusal | None = None
        for write in claimed:
            written = None
            if shared is None and time.monotonic() < until:
                written = self._write(write, has_ended=write.order_id in ended)
                shared = written.refusal if written.refusal and written.refusal.reason in SHARED else None
            done.append((write, written))
        self._settle(done, lease, shared)
        return len(claimed) == WRITES_AT_ONCE and shared is None

    def _write(self, write: Write, *, has_ended: bool) -> Written:
        shop = self.catalog.shop(self.source_id)
        refusal = forbidden(shop, write.kind) or (Refusal("write_order_ended") if has_ended else None)
        if refusal is not None or shop is None or shop.platform.write_back is None:
            return Written(refusal or Refusal("write_source_gone"))
        back: WriteBack = shop.platform.write_back
        try:
            written = write_order(back, shop.source, write, self.tokens, time.monotonic() + WRITE_SECONDS)
            if back.seconds_after:
                self.pause.wait(back.seconds_after)
            return written
        except StoreDown:
            raise
        except Exception:
            # What one order breaks must not hold up the shop's others; whether it was sent is not known.
            log.exception("write back failed write=%d", write.id)
            return Written(Refusal("write_bad_answer"), is_unsure=True)

    def _settle(self, done: list[tuple[Write, Written | None]], lease: datetime, shared: Refusal | None) -> None:
        now, failures = self.now(), 0
        with self.store.write() as conn:
            ends = {
                write.id: _released(write, now) if written is None else _outcome(write, written, now)
                for write, written in done
            }
            settle_writes(conn, lease, ends, now)
            has_written = any(written is not None and written.refusal is None for _, written in done)
            recovers = has_written and is_troubled(conn, self.source_id, self._alarm)
            if shared is not None:
                failures = write_failures(conn, self.source_id) + 1
                rest_source(conn, self.source_id, now + _rest(shared, failures), shared.reason)
            elif recovers:
                end_rest(conn, self.source_id)
        for write, written in done:
            if written is not None:
                reason = written.refusal.reason if written.refusal else "written"
                log.info("write back source=%s call=%d reason=%s", self.source_id, write.call_id, reason)
        # One alarm of this source, while its shop takes nothing.
        if shared is not None and (shared.reason in STOPS or failures >= WRITE_FAILING):
            facts = {"source": self.source_id, "reason": shared.reason}
            keep_alarm(self.store, self._alarm, True, facts, self.now())
        elif recovers:
            keep_alarm(self.store, self._alarm, False, {}, self.now())

    @property
    def _alarm(self) -> str:
        return f"{ALARM}:{self.source_id}"


def forbidden(shop: Shop | None, kind: WriteKind) -> Refusal | None:
    """Why this cannot be asked of this shop."""
    if shop is None or not shop.source.enabled:
        return Refusal("write_source_gone")
    back = shop.platform.write_back
    if back is None or kind not in back.does:
        return Refusal("write_no_parcel" if kind == TO_CARRIER else "write_not_possible")
    missing = ", ".join(back.missing(shop.source.settings))
    return Refusal("write_no_credentials", missing) if missing else None


def _outcome(write: Write, written: Written, now: datetime) -> dict[str, Any]:
    """The columns of a write that was tried."""
    refusal = written.refusal
    if refusal is None:
        return {"state": WriteState.WRITTEN, "reason": None, "detail": None, "wake_at": None}
    told = {"reason": refusal.reason, "detail": refusal.detail}
    if refusal.reason not in PASSING:
        return {"state": WriteState.REFUSED, **told, "wake_at": None}
    may_stand = written.is_unsure or write.state in (WriteState.SENDING, WriteState.UNSURE)
    state = WriteState.UNSURE if may_stand else WriteState.WAITING
    wake_at = now + max(WRITE_PAUSES[min(write.tries, len(WRITE_PAUSES) - 1)], refusal.rest)
    if wake_at > write.created_at + WRITES_END:
        ended = {"reason": "write_given_up", "detail": refusal.reason, "wake_at": None}
        return {"state": WriteState.UNSURE if may_stand else WriteState.REFUSED, **ended}
    return {"state": state, **told, "wake_at": wake_at}


def _released(write: Write, now: datetime) -> dict[str, Any]:
    """The columns of a write that was claimed and not begun: as before."""
    state = WriteState.UNSURE if write.state == WriteState.SENDING else write.state
    return {"state": state, "tries": write.tries, "sent_at": write.sent_at, "wake_at": now}


def _rest(refusal: Refusal, failures: int) -> timedelta:
    if refusal.reason in STOPS:
        return max(STOPPED_REST, refusal.rest)
    usual: timedelta = min(FIRST_REST * 2 ** min(failures - 1, 10), LONGEST_REST)
    return max(usual, refusal.rest)
