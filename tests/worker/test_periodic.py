"""Rounds: each goes on by itself, whatever one of them meets, and not by a clock that is not to be trusted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from bridge.core.model import StoreDown
from bridge.worker.periodic import Round, start_rounds

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SOON = 0.001
AWAIT_SECONDS = 20


def made(count: int, fail: Exception | None = None) -> tuple[Callable[[datetime], None], threading.Event]:
    """A round's work, which may fail each time, and what is set once it was done so often."""
    reached = threading.Event()
    seen: list[datetime] = []

    def go(now: datetime) -> None:
        seen.append(now)
        if len(seen) >= count:
            reached.set()
        if fail is not None:
            raise fail

    return go, reached


def test_a_round_that_hangs_or_fails_leaves_the_others_alone() -> None:
    stop, hang = threading.Event(), threading.Event()
    failing, failed = made(2, StoreDown("no database"))
    steady, done = made(5)
    rounds = [
        Round("hanging", SOON, lambda now: hang.wait(AWAIT_SECONDS)),
        Round("failing", SOON, failing),
        Round("steady", SOON, steady),
    ]
    start_rounds(rounds, lambda: NOW, lambda: True, stop)
    assert done.wait(AWAIT_SECONDS)
    assert failed.wait(AWAIT_SECONDS)
    assert not hang.is_set()
    stop.set()
    hang.set()


def test_only_rounds_without_time_are_made_while_the_clock_is_not_to_be_trusted() -> None:
    stop = threading.Event()
    timely, told = made(1)
    timeless, done = made(5)
    rounds = [Round("timely", SOON, timely), Round("timeless", SOON, timeless, needs_time=False)]
    start_rounds(rounds, lambda: NOW, lambda: False, stop)
    assert done.wait(AWAIT_SECONDS)
    assert not told.is_set()
    stop.set()
