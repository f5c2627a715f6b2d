"""One thread writes for all calls, the others only send."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from sqlalchemy import text

from bridge.core.breaker import Breaker
from bridge.core.model import StoreDown
from bridge.fake_vbot import FakeVBot
from bridge.place import attempt
from bridge.place.attempt import Placer, record_and_dial
from bridge.place.dial import Dialled, dial
from bridge.place.outcome import Ended
from bridge.place.placing import Clock, Placing
from bridge.store import Store
from bridge.store.breakers import find_breaker, write_breaker
from bridge.store.configuration.pauses import pause
from bridge.vbot import CallRequest
from bridge.vbot.client import Client, Outcome
from tests.processes import wait_for
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

THREADS = 4


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def placer_of(stage: Stage, threads: int = THREADS) -> Placer:
    return Placer(stage.placing(Clock(lambda: NOW, time.monotonic, lambda: 0.5)), threads, lambda: None)


def take_orders(stage: Stage, count: int) -> None:
    for number in range(count):
        stage.send("order.created", order(number))
    stage.decide()


def turn_until(placer: Placer, done: Callable[[], object]) -> None:
    def look() -> object:
        placer.turn(is_due=True)
        return done()

    wait_for("the calls", look, 60)


def states(stage: Stage) -> list[str]:
    return [call["state"] for call in stage.calls()]


def test_many_calls_are_placed_once_each_by_few_threads(stage: Stage) -> None:
    take_orders(stage, 3 * THREADS)
    placer = placer_of(stage)
    turn_until(placer, lambda: set(states(stage)) == {"placed"})
    assert sorted(stage.rung()) == [f"09000{number:05d}" for number in range(3 * THREADS)]
    assert placer.finish(0)


def test_what_was_just_decided_is_dialled_without_an_admission_as_far_as_threads_are_free(stage: Stage) -> None:
    take_orders(stage, 2 * THREADS)
    placer = placer_of(stage)
    placer.turn(is_due=False)  # nothing can be due, or the clock cannot be trusted
    assert states(stage) == ["waiting"] * 2 * THREADS
    placer.turn(is_due=True)
    assert states(stage) == ["dialing"] * THREADS + ["waiting"] * THREADS
    assert placer.finish(30)
    assert sorted(stage.rung()) == [f"09000{number:05d}" for number in range(THREADS)]


@pytest.mark.parametrize("obstacle", ["limit", "pause", "breaker", "undue", "held"])
def test_what_was_just_decided_waits_for_its_admission_where_more_than_its_order_is_to_be_asked(
    store: Store, vbot: FakeVBot, obstacle: str
) -> None:
    limit = {"code": HOTLINE, "max_active": 5 if obstacle == "limit" else None}
    rule = {**RULE, "hotline": HOTLINE, "after": "1h" if obstacle == "undue" else "0"}
    stage = Stage(store, vbot, rule, hotlines=[{name: value for name, value in limit.items() if value is not None}])
    take_orders(stage, 1)
    with store.write() as conn:
        if obstacle == "pause":
            pause(conn, "rule", "confirm", "a break", NOW, who="test")
        elif obstacle == "breaker":
            find_breaker(conn, stage.client.account_id, NOW, lock=True)
            write_breaker(conn, stage.client.account_id, Breaker("open", probe_at=later(60)), NOW)
        elif obstacle == "held":
            conn.execute(text("UPDATE calls SET reason = 'hotline_rate'"))
    before = stage.call()
    placer = placer_of(stage)
    placer.take([before["id"]])
    placer.turn(is_due=False)
    assert (stage.call(), stage.rung()) == (before, [])
    if obstacle == "limit":
        turn_until(placer, lambda: states(stage) == ["placed"])


def test_no_more_requests_are_under_way_or_unrecorded_than_there_are_threads(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_orders(stage, 3 * THREADS)
    answered, place = threading.Semaphore(0), stage.client.place

    def place_when_told(request: CallRequest, deadline: float) -> Outcome:
        answered.acquire()
        return place(request, deadline)

    monkeypatch.setattr(stage.client, "place", place_when_told)
    placer = placer_of(stage)
    for _ in range(3):
        placer.turn(is_due=True)
    assert states(stage).count("dialing") == THREADS
    for _ in range(3 * THREADS):
        answered.release()
    turn_until(placer, lambda: set(states(stage)) == {"placed"})


def test_an_answer_is_recorded_when_the_database_is_back_and_nobody_is_dialled_before(stage: Stage) -> None:
    take_orders(stage, 2 * THREADS)
    placer = placer_of(stage)
    placer.turn(is_due=True)
    wait_for("the requests", lambda: len(stage.rung()) == THREADS)
    with stage.store.write() as conn:
        conn.execute(text("ALTER TABLE attempts RENAME TO gone"))
    try:
        with pytest.raises(StoreDown):
            turn_until(placer, lambda: False)
        assert not placer.finish(0)
    finally:
        with stage.store.write() as conn:
            conn.execute(text("ALTER TABLE gone RENAME TO attempts"))
    assert len(stage.rung()) == THREADS
    turn_until(placer, lambda: set(states(stage)) == {"placed"})
    assert len(stage.rung()) == len(set(stage.rung())) == 2 * THREADS


def test_a_call_that_cannot_be_dialled_costs_the_others_of_its_group_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_orders(stage, THREADS)
    broken = stage.calls()[1]["id"]

    def dial_all_but_one(placing: Placing, call_ids: Sequence[int]) -> list[Dialled]:
        if broken in call_ids:
            raise LookupError
        return dial(placing, call_ids)

    def do_both_but_for_one(placing: Placing, ended: Sequence[Ended], call_ids: Sequence[int]) -> list[Dialled]:
        if broken in call_ids:
            raise LookupError
        return record_and_dial(placing, ended, call_ids)

    monkeypatch.setattr(attempt, "dial", dial_all_but_one)
    monkeypatch.setattr(attempt, "record_and_dial", do_both_but_for_one)
    placer = placer_of(stage)
    turn_until(placer, lambda: states(stage).count("placed") == THREADS - 1)
    assert states(stage).count("queued") == 1


@pytest.mark.parametrize("has_result", [False, True])
def test_of_a_group_each_answer_counts_though_something_else_became_known_of_one(
    stage: Stage, has_result: bool
) -> None:
    take_orders(stage, THREADS)
    placer = placer_of(stage)
    placer.turn(is_due=True)
    wait_for("the requests", lambda: len(stage.rung()) == THREADS)
    if has_result:
        with stage.store.write() as conn:
            conn.execute(text("UPDATE attempts SET outcome = 'accepted', detail = 'told' WHERE n = 1 AND id = 2"))
            conn.execute(text("UPDATE calls SET state = 'finished', wake_at = NULL WHERE attempt_id = 2"))
    assert placer.finish(30)
    assert sorted(states(stage)) == ["finished"] * has_result + ["placed"] * (THREADS - has_result)


def test_calls_without_a_token_wait_again_and_are_placed_with_one(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.client = Client(vbot.account(fixed_token=False))
    take_orders(stage, THREADS)
    vbot.fault("unavailable", on="token", times=1)
    placer = placer_of(stage)
    turn_until(placer, lambda: set(states(stage)) == {"placed"} or {call["reason"] for call in stage.calls()} != {None})
    assert placer.finish(30)
    late = partial(stage.placing, Clock(lambda: later(minutes=1), time.monotonic, lambda: 0.5))
    turn_until(Placer(late(), THREADS, lambda: None), lambda: set(states(stage)) == {"placed"})
    assert len(stage.rung()) == THREADS


def test_a_queued_call_that_somebody_left_is_dialled_too(stage: Stage) -> None:
    take_orders(stage, 1)
    queued = stage.calls()[0]["id"]
    with stage.store.write() as conn:
        conn.execute(text("UPDATE calls SET state = 'queued'"))
    placer = placer_of(stage)
    placer.take([queued, queued])
    placer.turn(is_due=False)
    assert placer.finish(30)
    assert (states(stage), len(stage.rung())) == (["placed"], 1)


def test_an_answer_to_a_call_that_is_to_be_dialled_again_keeps_it_from_that(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_orders(stage, 1)
    answered, place = threading.Semaphore(0), stage.client.place

    def place_when_told(request: CallRequest, deadline: float) -> Outcome:
        answered.acquire()
        return place(request, deadline)

    monkeypatch.setattr(stage.client, "place", place_when_told)
    placer = placer_of(stage, threads=1)
    placer.turn(is_due=True)
    # Its lease was over, and a person let it ring again.
    with stage.store.write() as conn:
        conn.execute(text("UPDATE calls SET state = 'queued' WHERE state = 'dialing'"))
    placer.take([stage.call()["id"]])
    answered.release(2)
    turn_until(placer, lambda: states(stage) == ["placed"])
    assert placer.finish(30)
    assert len(stage.rung()) == 1
