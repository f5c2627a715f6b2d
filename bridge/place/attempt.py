"""Advance due calls: dial, send one request for each, record what its answer means."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from queue import SimpleQueue

from bridge.core.model import AttemptOutcome, StoreDown
from bridge.place.dial import Dialled, dial, dial_locked, lead, lock_calls_of
from bridge.place.outcome import (
    Ended,
    is_leased,
    log_lost,
    log_recorded,
    put_back,
    record,
    record_outcomes,
    store_outcome,
)
from bridge.place.placing import Placing
from bridge.place.queue import admit
from bridge.store.db.together import try_together
from bridge.vbot.client import Outcome

log = logging.getLogger(__name__)

REQUEST_START_SECONDS = 2  # from the commit of `dialing` to the request's first byte
REQUEST_TOTAL_SECONDS = 25  # from that commit to the answer's last byte; the lease is 40
TOKEN_WAIT_SECONDS = 10
MOST_TOGETHER = 16  # calls in one transaction: their sources' deliveries wait for its commit
FINISH_LOOK_SECONDS = 0.5


class Placer:
    """Places due calls: whoever calls `turn` records and dials, many calls in one transaction; threads of its own send.

    A thread is free again once what became of its request is recorded: a kill leaves no more requests unsure than there
    are threads.
    """

    def __init__(self, placing: Placing, threads: int, wake: Callable[[], None]) -> None:
        """`wake`: called when there is something to record."""
        self._placing = placing
        self._threads = self._free = threads
        self._wake = wake
        self._queued: dict[int, None] = {}  # calls to be dialled, each once; one that was just decided waits still
        self._jobs: SimpleQueue[Callable[[], Ended | None]] = SimpleQueue()
        self._ended: deque[Ended | None] = deque()
        self._came = threading.Event()
        self._is_preparing = False
        for n in range(threads):
            threading.Thread(target=self._work, name=f"place-{n}", daemon=True).start()

    def take(self, call_ids: Collection[int]) -> None:
        """Dial these queued calls too, as threads become free."""
        self._queued.update(dict.fromkeys(call_ids))

    def turn(self, *, is_due: bool) -> list[Ended]:
        """Record what requests came out, and dial as many calls as threads are free; return those that are recorded.

        1. Take what was just decided; admit other due calls before the last that are queued are dialled, so that no
           free thread waits for it; have a token ready, so that nothing slow stands between the commit of `dialing` and
           the request.
        2. In one transaction record each outcome, which belongs to its attempt, whatever became of the call; check
           queued calls again, one for each thread that is free or free by that, and commit `dialing` with the attempts.
        3. Each thread sends its request, unless more than REQUEST_START_SECONDS passed meanwhile.

        What is left is for the next turn, for which this one asks.

        is_due   whether calls may be due, and the clock can be trusted
        Errors   StoreDown: what could not be recorded is, with one of the next turns
        """
        is_idle = self._free == self._threads
        has_decided = is_due and self._take_decided()
        is_behind = not self._queued
        if is_due and is_behind:
            self._admit()
        if self._queued and self._free > 0 and not self._may_dial() and not self._is_preparing:
            self._is_preparing = True
            self._start(partial(self._prepare, self._take_next(self._free)))
        recorded = self._write(self._may_dial())
        # What is due beside the first calls after a rest, the next turn admits.
        if is_due and not is_behind and not (is_idle and has_decided) and len(self._queued) < self._threads / 2:
            self._admit()
        if self._ended or (self._queued and self._free > 0 and self._may_dial()):
            self._wake()
        return recorded

    def finish(self, seconds: float) -> bool:
        """Dial nothing more, and record what is under way; return whether all of it ended in so many seconds."""
        clock = self._placing.clock
        until = clock.monotonic() + seconds
        while self._free < self._threads and clock.monotonic() < until:
            self._came.wait(FINISH_LOOK_SECONDS)
            self._came.clear()
            try:
                while self._ended:
                    self._write(dials=False)
            except StoreDown as error:
                log.error("database down reason=%s", error)
        return self._free == self._threads

    def _take_decided(self) -> bool:
        """Dial what was just decided here without an admission of its own, if it is its turn: threads are free, and no
        admitted call waits for them. What is left waits for an admission. Return whether there was any."""
        room = max(self._free - len(self._queued), 0)
        decided = self._placing.verdicts.take_due()[:room]
        self.take(decided)
        return bool(decided)

    def _admit(self) -> None:
        placing = self._placing
        # As many again: they are dialled before their lease ends, however long VBot takes to answer those before.
        most = self._free + self._threads - len(self._queued)
        if self._is_preparing or most <= 0:
            return
        self.take(admit(placing.store.relaxed, placing.catalogs, placing.clock.now(), most, placing.client.account_id))

    def _may_dial(self) -> bool:
        return not self._is_preparing and self._placing.client.is_ready

    def _take_next(self, most: int) -> list[int]:
        next_calls = list(islice(self._queued, min(most, MOST_TOGETHER)))
        for call_id in next_calls:
            del self._queued[call_id]
        return next_calls

    def _write(self, dials: bool) -> list[Ended]:
        """One transaction; return what it recorded."""
        came = [self._ended.popleft() for _ in range(min(len(self._ended), MOST_TOGETHER))]
        ended = [one for one in came if one is not None]
        self._free += len(came) - len(ended)
        call_ids = self._take_next(self._free + len(ended)) if dials else []
        written = write_group(self._placing, ended, call_ids)
        recorded: list[Ended] = []
        for one, result in zip(ended, written.outcomes, strict=True):
            if isinstance(result, StoreDown) and is_leased(one.dialled, self._placing.clock):
                self._ended.append(one)
                continue
            self._free += 1
            if isinstance(result, Exception):
                log_lost(one, result)
            else:
                recorded.append(one)
        for call_id, dialled in zip(call_ids, written.dialled, strict=True):
            if isinstance(dialled, StoreDown):
                self.take([call_id])
            elif isinstance(dialled, Exception):
                # Its lease, or the next sweep, brings it back.
                log.error("dial failed call=%s", call_id, exc_info=dialled)
            elif dialled.leads:
                self._start(partial(self._lead, call_id))
            elif dialled.gos:
                self._start(partial(send, self._placing, dialled))
        raise_down([*written.outcomes, *written.dialled])
        return recorded

    def _start(self, job: Callable[[], Ended | None]) -> None:
        self._free -= 1
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            job, ended = self._jobs.get(), None
            try:
                ended = job()
            except StoreDown as error:
                log.error("database down reason=%s", error)
            except Exception:
                # The row keeps its state; its lease or the next sweep brings it back.
                log.exception("place failed")
            self._ended.append(ended)
            self._came.set()
            self._wake()

    def _prepare(self, call_ids: Sequence[int]) -> None:
        try:
            if is_prepared(self._placing, call_ids):
                self.take(call_ids)
        finally:
            self._is_preparing = False

    def _lead(self, call_id: int) -> Ended | None:
        dialled = lead(self._placing, call_id)
        return send(self._placing, dialled) if dialled.gos else None


@dataclass(frozen=True, repr=False)
class Written:
    """What became of each outcome and of each call that was to be dialled, or what it met."""

    outcomes: Sequence[Exception | None]
    dialled: Sequence[Dialled | Exception]


def write_group(placing: Placing, ended: Sequence[Ended], call_ids: Sequence[int]) -> Written:
    """Record these outcomes and dial these calls, in one transaction; where that fails, one after the other.

    Nobody is dialled while an outcome cannot be stored: its thread is not free.
    """
    if ended and call_ids:
        try:
            return Written([None] * len(ended), record_and_dial(placing, ended, call_ids))
        except StoreDown as error:
            return Written([error] * len(ended), [error] * len(call_ids))
        except Exception as error:
            log.info("calls are written apart reason=%s", type(error).__name__)
    outcomes = try_together(partial(record_outcomes, placing), ended) if ended else []
    down = next((result for result in outcomes if isinstance(result, StoreDown)), None)
    if down is not None:
        return Written(outcomes, [down] * len(call_ids))
    return Written(outcomes, try_together(partial(dial, placing), call_ids) if call_ids else [])


def record_and_dial(placing: Placing, ended: Sequence[Ended], call_ids: Sequence[int]) -> list[Dialled]:
    """What `record_outcomes` and then `dial` do, in one transaction.

    A call that is in both has gone on since its request was sent: one of its two changes fails, and undoes all.
    """
    begun_wall, begun = placing.clock.now(), placing.clock.monotonic()
    with placing.store.write() as conn:
        catalog = placing.catalogs.hold(conn)
        locked = lock_calls_of(conn, call_ids, {go.call_id for one in ended for go in one.gos})
        record(conn, placing, ended)
        dialled = dial_locked(conn, placing, catalog, call_ids, locked, begun_wall, begun)
    log_recorded(ended)
    return dialled


def raise_down(results: Sequence[object]) -> None:
    """StoreDown, if one of these results is that."""
    for result in results:
        if isinstance(result, StoreDown):
            raise result


def advance(placing: Placing, call_id: int) -> None:
    """Do with one queued call, here and at once, what a `Placer` does with many."""
    if not is_prepared(placing, [call_id]):
        return
    (dialled,) = dial(placing, [call_id])
    if dialled.leads:
        dialled = lead(placing, call_id)
    if dialled.gos:
        store_outcome(placing, send(placing, dialled))


def is_prepared(placing: Placing, call_ids: Sequence[int]) -> bool:
    """Whether requests can be made, as soon as that is known; else these queued calls wait again, with the reason."""
    unready = placing.client.prepare(placing.clock.monotonic() + TOKEN_WAIT_SECONDS)
    if unready is None:
        return True
    for call_id in call_ids:
        put_back(placing, call_id, unready)
    return False


def send(placing: Placing, dialled: Dialled) -> Ended:
    """Send the one request of these attempts, unless it is too late by now."""
    client, clock, gos = placing.client, placing.clock, dialled.gos
    deadline = dialled.begun + REQUEST_TOTAL_SECONDS
    late = clock.monotonic() - dialled.begun > REQUEST_START_SECONDS
    if late or abs(clock.now() - dialled.begun_wall) > timedelta(seconds=REQUEST_START_SECONDS):
        return Ended(dialled, Outcome(AttemptOutcome.NOT_SENT, "late_start"))
    if len(gos) == 1:
        return Ended(dialled, client.place(gos[0].request, deadline))
    return Ended(dialled, client.place_batch([go.request for go in gos], deadline))
