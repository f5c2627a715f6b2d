from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.core.breaker import (
    FAILURES,
    FIRST,
    LONGEST_PAUSE,
    NEUTRAL,
    STOPPED,
    STOPPING,
    Breaker,
    after,
    may_probe,
    passes,
    probing,
)
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from tests.stage import NOW, RULE, Stage, later, order

BAD = ("unsure", "read_timeout")


def failed(times: int, line: Breaker | None = None) -> Breaker:
    line = line or Breaker()
    for _ in range(times):
        line = after(line, *BAD, 1, NOW)
    return line


def test_some_failures_in_a_row_open_the_line_and_fewer_do_not() -> None:
    assert failed(FAILURES - 1).state == "closed"
    opened = failed(FAILURES)
    assert (opened.state, opened.reason, opened.probe_at) == ("open", "read_timeout", NOW + FIRST)
    assert not passes(opened, 1)


@pytest.mark.parametrize("good", [("accepted", "accepted"), ("refused", "vbot_refused")])
def test_a_call_that_vbot_answered_in_its_words_closes_the_line(good: tuple[str, str]) -> None:
    assert after(failed(FAILURES), *good, 1, NOW) == Breaker()
    assert failed(FAILURES - 1, after(failed(FAILURES - 1), *good, 1, NOW)).state == "closed"


@pytest.mark.parametrize("detail", sorted(NEUTRAL))
def test_what_says_nothing_about_vbot_changes_nothing(detail: str) -> None:
    line = failed(2)
    assert after(line, "not_sent", detail, 1, NOW) == line


@pytest.mark.parametrize("detail", sorted(STOPPING))
def test_what_only_a_person_can_mend_stops_the_line_at_once(detail: str) -> None:
    line = after(Breaker(), "not_sent", detail, 1, NOW)
    assert (line.state, line.reason, line.probe_at) == ("open", detail, NOW + STOPPED)


def test_one_probe_passes_a_half_open_line() -> None:
    line = failed(FAILURES)
    assert not may_probe(line, NOW + FIRST - timedelta(seconds=1))
    assert may_probe(line, NOW + FIRST)
    half = probing(line, 7, NOW + FIRST + timedelta(seconds=40))
    assert passes(half, 7) and not passes(half, 8)
    assert not may_probe(half, NOW + FIRST)
    assert may_probe(half, NOW + FIRST + timedelta(seconds=40))


def test_each_failed_probe_doubles_the_pause_up_to_a_limit() -> None:
    line, pauses = failed(FAILURES), []
    for _ in range(8):
        line = after(probing(line, 7, NOW), *BAD, 7, NOW)
        assert line.probe_at is not None
        pauses.append(line.probe_at - NOW)
    assert pauses == [min(FIRST * 2**n, LONGEST_PAUSE) for n in range(1, 9)]


def test_a_late_failure_of_another_call_does_not_end_the_probe() -> None:
    half = probing(failed(FAILURES), 7, NOW)
    assert after(half, *BAD, 8, NOW).state == "half_open"


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, {**RULE, "cooldown": 0})


def test_an_outage_leaves_the_queue_waiting_and_not_unsure(stage: Stage) -> None:
    for number in range(1, 21):
        stage.send("order.created", order(number))
    stage.decide()
    stage.vbot.fault("unavailable")
    stage.dial()
    for second in range(1, 25):
        stage.dial(later(second))
    states = [call["state"] for call in stage.calls()]
    assert (states.count("unsure"), states.count("waiting")) == (FAILURES, 20 - FAILURES)
    stage.vbot.faults.clear()
    stage.dial(later(31))
    assert len(stage.rung()) == 1
    stage.dial(later(32))
    stage.dial(later(65))
    assert len(stage.rung()) == 20 - FAILURES


def test_every_worker_sees_the_open_line(stage: Stage) -> None:
    for number in range(1, 10):
        stage.send("order.created", order(number))
    stage.decide()
    stage.vbot.fault("expired_token", times=1)
    stage.dial()
    assert stage.dial(later(60)) == []
    waits = {call["reason"] for call in stage.calls() if call["state"] == "waiting"}
    assert waits == {"token_refused", "line_stopped"}
    stage.send("order.created", order(10))
    stage.decide(later(60))
    assert stage.calls()[-1]["reason"] is None
    stage.dial(later(60))
    assert (stage.calls()[-1]["state"], stage.calls()[-1]["reason"]) == ("waiting", "line_stopped")
    assert "10:05" in stage.calls()[-1]["sentence_en"]
    another = Stage(stage.store, stage.vbot, {**RULE, "cooldown": 0})
    assert another.dial(later(61)) == []
    assert len(another.dial(later(minutes=6))) == 1
