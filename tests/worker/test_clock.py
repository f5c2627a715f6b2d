"""The worker's time: a wall clock that steps is not believed at once, and on Postgres never asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bridge.store.calls import LEASE
from bridge.worker.clock import TrustedClock

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@dataclass
class Machine:
    """Both clocks of a machine, in the test's hand."""

    passed: timedelta = timedelta(0)
    wrong_by: timedelta = timedelta(0)

    def wall(self) -> datetime:
        return NOON + self.passed + self.wrong_by

    def monotonic(self) -> float:
        return 1000 + self.passed.total_seconds()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> TrustedClock:
    return TrustedClock(follows_database=False, wall=machine.wall, monotonic=machine.monotonic)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_between_two_looks_moves_no_deadline_and_no_window(
    machine: Machine, clock: TrustedClock, step: timedelta
):
    clock.look(NOON)
    machine.wrong_by = step
    assert clock.now() == NOON
    machine.passed += SECOND
    clock.look(NOON)
    assert clock.now() == NOON + SECOND


def test_a_step_stops_admission_for_one_lease_and_is_believed_then(machine: Machine, clock: TrustedClock):
    machine.wrong_by = HOUR
    clock.look(NOON)
    assert not clock.is_trusted()
    machine.passed = LEASE - SECOND
    clock.look(NOON)
    assert not clock.is_trusted() and clock.now() == NOON + LEASE - SECOND
    machine.passed = LEASE
    clock.look(NOON)
    assert clock.is_trusted() and clock.now() == NOON + LEASE + HOUR


def test_a_clock_that_comes_back_is_a_step_again(machine: Machine, clock: TrustedClock):
    machine.wrong_by = HOUR
    clock.look(NOON)
    machine.passed, machine.wrong_by = 30 * SECOND, timedelta(0)
    clock.look(NOON)
    machine.passed = 30 * SECOND + LEASE - SECOND
    clock.look(NOON)
    assert not clock.is_trusted()
    machine.passed += SECOND
    clock.look(NOON)
    assert clock.is_trusted() and clock.now() == machine.wall()


def test_a_clock_that_is_set_right_by_little_is_followed(machine: Machine, clock: TrustedClock):
    machine.wrong_by = 20 * SECOND
    clock.look(NOON)
    assert clock.is_trusted() and clock.now() == NOON + 20 * SECOND


def test_on_postgres_only_the_databases_clock_counts(machine: Machine):
    clock = TrustedClock(follows_database=True, wall=machine.wall, monotonic=machine.monotonic)
    clock.look(NOON + 2 * HOUR)
    machine.passed, machine.wrong_by = SECOND, HOUR
    assert clock.now() == NOON + 2 * HOUR + SECOND
    clock.look(NOON)
    assert clock.is_trusted() and clock.now() == NOON
