"""The worker's time: a wall clock that steps is not believed at once, and on Postgres never asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.settings import read_config
from bridge.store import make_seal, open_store
from bridge.store.calls import LEASE
from bridge.store.catalog import Catalogs
from bridge.vbot.client import Client
from bridge.worker.loop import Time, _rounds

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
def time_now(machine: Machine) -> Time:
    return Time(follows_database=False, wall=machine.wall, monotonic=machine.monotonic)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_between_two_looks_moves_no_deadline_and_no_window(machine: Machine, time_now: Time, step: timedelta):
    time_now.look(NOON)
    machine.wrong_by = step
    assert time_now.now() == NOON
    machine.passed += SECOND
    time_now.look(NOON)
    assert time_now.now() == NOON + SECOND


def test_a_step_stops_admission_for_one_lease_and_is_believed_then(machine: Machine, time_now: Time):
    machine.wrong_by = HOUR
    time_now.look(NOON)
    assert not time_now.is_trusted()
    machine.passed = LEASE - SECOND
    time_now.look(NOON)
    assert not time_now.is_trusted() and time_now.now() == NOON + LEASE - SECOND
    machine.passed = LEASE
    time_now.look(NOON)
    assert time_now.is_trusted() and time_now.now() == NOON + LEASE + HOUR


def test_a_clock_that_comes_back_is_a_step_again(machine: Machine, time_now: Time):
    machine.wrong_by = HOUR
    time_now.look(NOON)
    machine.passed, machine.wrong_by = 30 * SECOND, timedelta(0)
    time_now.look(NOON)
    machine.passed = 30 * SECOND + LEASE - SECOND
    time_now.look(NOON)
    assert not time_now.is_trusted()
    machine.passed += SECOND
    time_now.look(NOON)
    assert time_now.is_trusted() and time_now.now() == machine.wall()


def test_a_clock_that_is_set_right_by_little_is_followed(machine: Machine, time_now: Time):
    machine.wrong_by = 20 * SECOND
    time_now.look(NOON)
    assert time_now.is_trusted() and time_now.now() == NOON + 20 * SECOND


def test_on_postgres_only_the_databases_clock_counts(machine: Machine):
    time_now = Time(follows_database=True, wall=machine.wall, monotonic=machine.monotonic)
    time_now.look(NOON + 2 * HOUR)
    machine.passed, machine.wrong_by = SECOND, HOUR
    assert time_now.now() == NOON + 2 * HOUR + SECOND
    time_now.look(NOON)
    assert time_now.is_trusted() and time_now.now() == NOON


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_vbots_records_are_asked_only_where_the_generation_has_them(generation: str, tmp_path: Path) -> None:
    settings = {"VBOT_URL": "https://vbot.example.test", "VBOT_API": generation, "VBOT_TOKEN": "t", "VBOT_ID": "x"}
    config = read_config({**settings, "BRIDGE_SECRET_KEY": "k" * 32, "VBOT_PROJECT_CODE": "y"})
    store = open_store(f"sqlite:///{tmp_path / 'bridge.db'}")
    assert config.account
    rounds = _rounds(config, store, Catalogs(make_seal(("k" * 32,))), Client(config.account), Time(False))
    asked = {each.name for each in rounds if each.needs_time} & {"records", "compare"}
    assert asked == ({"records", "compare"} if generation == "v3" else set())
    store.close()
