"""The calls of a list, from stored to placed: by the worker that runs, or by this command where none beats."""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.cli.shared.batch.manual import place_now, worker_beats
from bridge.cli.shared.database import Opened, now
from bridge.cli.shared.language import current_language, failure, say
from bridge.cli.shared.printing import local_time
from bridge.cli.shared.progress import Progress
from bridge.core.model import Call
from bridge.core.reasons import sentence
from bridge.core.schedule import ALWAYS
from bridge.place.lists.lines import Count, Ready, chunks, store_some
from bridge.place.manual import Refused
from bridge.place.placing import Clock
from bridge.rules.rule import Rule
from bridge.store import database_now
from bridge.store.calls import Wake, find_call, waking
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock

LOOK_SECONDS = 0.2
LONGEST_LOOK_SECONDS = 2
BATCH_START_AWAITED = timedelta(minutes=1)  # without --wait, the command stays for a call that may start within this
NO_PLACE = timedelta(seconds=1)
# What holds one call holds its neighbours too: to ask each of them would only cost.
OF_THE_LINE = frozenset({"hotline_rate", "line_stopped", "max_per_day", "window_closed", "undecided_delivery"})


class Stopped(Exception):
    """A person wants to stop."""


def store_lines(
    opened: Opened, rule: Rule, ready: Sequence[Ready], count: Count, clock: TrustedClock, stop: threading.Event
) -> list[int]:
    """The ids of the lines' calls, new or there before; those of the do-not-call list have none."""
    ids: list[int] = []
    progress = Progress(("đã lưu", "stored"), len(ready))
    for some in chunks(ready):
        if stop.is_set():
            break
        with opened.store.write() as conn:
            clock.look(database_now(conn, now()))
            holidays = () if rule.windows == ALWAYS else opened.catalogs.read(conn).holidays
            try:
                ids += store_some(conn, rule, some, count, holidays, clock.now())
            except Refused as refused:
                raise failure(refused.vietnamese, refused.problem) from None
        progress.show(len(ids))
    progress.end()
    return ids


def follow(
    opened: Opened, client: Client, ids: Sequence[int], clock: TrustedClock, stop: threading.Event, *, wait: bool
) -> None:
    """Until every call is placed or has ended; without `wait` until a worker has them, or nothing can be done soon."""
    hands = Clock(clock.now, time.monotonic, random.random)
    waiting = _waiting(opened, ids)
    progress = Progress(("đã đặt hoặc đã kết thúc", "placed or ended"), len(ids))
    shown: tuple[str | None, datetime] | None = None
    while waiting and not stop.is_set():
        with opened.store.read() as conn:
            clock.look(database_now(conn, now()))
            call = find_call(conn, waiting[0].call_id)
        progress.show(len(ids) - len(waiting))
        if call is None or call.wake_at is None or not call.is_live:
            heapq.heappop(waiting)
            continue
        beats = worker_beats(opened, clock.now())
        if beats and not wait:
            break
        rest = max(waiting[0].at, call.wake_at) - clock.now()
        if rest > BATCH_START_AWAITED and not wait:
            break
        if rest > BATCH_START_AWAITED and shown != (call.reason, call.wake_at):
            shown = (call.reason, call.wake_at)
            at, why = local_time(call.wake_at), sentence(call.reason or "after", current_language(), **call.facts)
            say(f"chờ đến {at}: {why}", f"waits until {at}: {why}", err=True)
        if beats or rest > timedelta(0):
            stop.wait(min(max(rest.total_seconds(), LOOK_SECONDS), LONGEST_LOOK_SECONDS))
        else:
            _place(opened, client, waiting, hands)
    progress.end()


def _place(opened: Opened, client: Client, waiting: list[Wake], hands: Clock) -> None:
    """The first call of the heap is placed, or stands where it comes up again."""
    call_id = heapq.heappop(waiting).call_id
    had_place = place_now(opened, client, call_id, hands)
    with opened.store.read() as conn:
        call = find_call(conn, call_id)
    if call is None or not call.is_live:
        return
    again = _again(call, hands.now(), had_place=had_place)
    heapq.heappush(waiting, Wake(again, call_id))
    if not had_place or call.reason in OF_THE_LINE or str(call.reason).startswith("paused_"):
        waiting[:] = [Wake(max(wake.at, again), wake.call_id) for wake in waiting]
        heapq.heapify(waiting)


def _again(call: Call, at: datetime, *, had_place: bool) -> datetime:
    wake_at = call.wake_at or at
    return wake_at if had_place else max(wake_at, at + NO_PLACE)


def _waiting(opened: Opened, ids: Sequence[int]) -> list[Wake]:
    with opened.store.read() as conn:
        waiting = waking(conn, ids)
    heapq.heapify(waiting)
    return waiting
