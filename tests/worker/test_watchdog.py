from __future__ import annotations

import logging
import threading

import pytest

from bridge.worker.watchdog import Watchdog
from tests.processes import wait_for


def test_a_loop_that_no_longer_turns_is_ended_once_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    bitten: list[int] = []
    stop = threading.Event()
    with caplog.at_level(logging.CRITICAL):
        Watchdog(lambda: bitten.append(1), stuck_seconds=0.05).watch(stop, every=0.01)
        wait_for("a bite", lambda: bitten)
    wait_for("its end", lambda: "watchdog" not in [thread.name for thread in threading.enumerate()])
    assert bitten == [1]
    assert "worker stuck" in caplog.text
    stop.set()


def test_a_loop_that_turns_and_one_that_stopped_are_left_alone() -> None:
    bitten: list[int] = []
    stop = threading.Event()
    dog = Watchdog(lambda: bitten.append(1), stuck_seconds=30)
    dog.watch(stop, every=0.001)
    for _ in range(50):
        dog.turned()
    stop.set()
    wait_for("its end", lambda: "watchdog" not in [thread.name for thread in threading.enumerate()])
    assert bitten == []
