"""Once a day: what VBot's records hold and the ledger does not, and the other way round."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.settle.comparison import COMPARISON_LEASE, compare_records
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.lookups import claim_day, compared_on
from bridge.store.operation.alarms import list_alarms
from tests.stage import NOW, Stage, later, order

EVENING = later(hours=8)
TOMORROW = later(hours=24)


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3")) as running:
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def compare(stage: Stage, at: datetime) -> bool:
    done = compare_records(stage.store, stage.client, at, time.monotonic)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)
    return done


def differences(stage: Stage) -> list[dict[str, Any]]:
    with stage.store.read() as conn:
        return [alarm["facts"] for alarm in list_alarms(conn) if alarm["key"] == "records_differ"]


def ring(stage: Stage, number: int = 1, *, recorded: bool = True, at: datetime = NOW, fault: str | None = None) -> str:
    if fault:
        stage.vbot.fault(fault, times=1)
    stage.send("order.created", order(number, created_at=at.isoformat(), updated_at=at.isoformat()), at)
    stage.run(at)
    attempt = str(stage.vbot.calls[-1]["external_call_id"])
    if recorded:
        stage.vbot.end_call(attempt, "ANSWER", "1", created_at=at)
    return attempt


def stranger(stage: Stage, external_call_id: str | None) -> None:
    """A record of a call that this bridge has not made."""
    record = dict(stage.vbot.records[0])
    stage.vbot.add_record(record | {"externalCallId": external_call_id, "transId": f"other {external_call_id}"})


def test_what_both_know_raises_no_alarm(stage: Stage) -> None:
    for number in range(1, 16):
        ring(stage, number)
    stranger(stage, None)
    stranger(stage, "CRM-4711")
    assert compare(stage, EVENING)
    assert differences(stage) == []


def test_it_is_done_once_a_day_of_vietnam_and_by_one_worker(stage: Stage) -> None:
    ring(stage)
    with stage.store.write() as conn:
        assert claim_day(conn, "2026-11-23", EVENING, EVENING + COMPARISON_LEASE)
    assert not compare(stage, EVENING)
    assert compare(stage, EVENING + COMPARISON_LEASE)
    requested = len(stage.vbot.requests)
    assert not compare(stage, EVENING + 2 * COMPARISON_LEASE)
    assert len(stage.vbot.requests) == requested
    with stage.store.read() as conn:
        assert compared_on(conn) == "2026-11-23"
    assert compare(stage, TOMORROW)


def test_calls_that_only_one_side_knows_raise_one_alarm_with_ids_and_nothing_personal(stage: Stage) -> None:
    ring(stage)
    ring(stage, 2, recorded=False)
    stranger(stage, "f" * 32)
    assert compare(stage, EVENING)
    (facts,) = differences(stage)
    missing = stage.calls()[1]["id"]
    assert facts == {"only_at_vbot": 1, "only_here": 1, "external_call_ids": ["f" * 32], "calls": [missing]}
    ring(stage, 3, recorded=False, at=later(hours=9))
    assert compare(stage, TOMORROW)
    (facts,) = differences(stage)
    assert facts["only_here"] == 2


def test_the_alarm_closes_when_both_agree_again(stage: Stage) -> None:
    attempt = ring(stage, recorded=False)
    compare(stage, EVENING)
    assert differences(stage)
    stage.vbot.end_call(attempt, "ANSWER", created_at=NOW)
    compare(stage, TOMORROW)
    assert differences(stage) == []


def test_a_call_that_may_still_talk_is_not_missed_yet(stage: Stage) -> None:
    ring(stage)
    ring(stage, 2, recorded=False, at=EVENING - timedelta(hours=1))
    assert compare(stage, EVENING)
    assert differences(stage) == []


def test_a_call_that_vbot_never_took_is_not_missed_there(stage: Stage) -> None:
    ring(stage)
    ring(stage, 2, fault="reset_before", recorded=False)
    assert compare(stage, EVENING)
    assert differences(stage) == []


def test_older_calls_are_not_compared(stage: Stage) -> None:
    ring(stage, recorded=False)
    assert compare(stage, later(hours=49))
    assert differences(stage) == []


@pytest.mark.parametrize("fault", ["not_allowed", "unavailable", "cut_json"])
def test_records_that_are_not_told_change_no_alarm_and_are_asked_for_again(stage: Stage, fault: str) -> None:
    attempt = ring(stage, recorded=False)
    compare(stage, EVENING)
    stage.vbot.end_call(attempt, "ANSWER", created_at=NOW)
    stage.vbot.fault(fault, on="records", times=1)
    assert not compare(stage, TOMORROW)
    assert differences(stage)
    assert not compare(stage, TOMORROW + COMPARISON_LEASE / 2)
    assert compare(stage, TOMORROW + COMPARISON_LEASE)
    assert differences(stage) == []


def test_an_end_that_was_never_told_is_settled_by_its_record(stage: Stage) -> None:
    ring(stage)
    ring(stage, 2, fault="reset_after")
    assert [call["state"] for call in stage.calls()] == ["placed", "unsure"]
    assert compare(stage, EVENING)
    assert [call["state"] for call in stage.calls()] == ["finished", "finished"]
    assert differences(stage) == []
