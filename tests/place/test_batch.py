"""Several calls with one request: each its own row, attempt and end; nobody twice, nobody lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.core.breaker import Breaker
from bridge.fake_vbot import FakeVBot, Settings
from bridge.place.attempt import advance
from bridge.place.batch import Batches, gather
from bridge.place.dial import dial_together
from bridge.place.placing import Clock
from bridge.place.queue import admit
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.db.tables import attempts
from bridge.store.people.dnc import add_numbers
from bridge.store.results import store_result
from bridge.vbot.client import Client
from tests.stage import HOTLINE, NOW, Stage, later, order

RULE = {
    "rule": "hello",
    "template": "HELLO",
    "on": ["order.created"],
    "batch": {"size": 3, "wait": "1m"},
}
SPOKEN = [Settings(), Settings(generation="v2"), Settings(generation="v3"), Settings(generation="v3", v3_paths="old")]
LIST_PATHS = ("/api/campaignCall/callConfirm/insertListPhone", "/m-auto-call/api/call/create-list-phone")


@pytest.fixture(params=SPOKEN[:1], ids=lambda settings: f"{settings.generation} {settings.v3_paths}")
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(request.param) as running:
        yield running


each_generation = pytest.mark.parametrize(
    "vbot", SPOKEN, ids=lambda settings: f"{settings.generation} {settings.v3_paths}", indirect=True
)


class Calm(Stage):
    """On a machine that is never too busy to dial all calls of a batch in time."""

    def advance(self, call_id: int, at: datetime = NOW) -> None:
        begun = time.monotonic()
        clock = Clock(lambda: at, lambda: begun, lambda: 0.5)
        advance(self.placing(clock), call_id)


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Calm(store, vbot, RULE)


def send(stage: Stage, *numbers: int, at: datetime = NOW, **changes: Any) -> None:
    for number in numbers:
        stage.send("order.created", order(number, **changes), at)
    stage.decide(at)


def asked(vbot: FakeVBot) -> list[list[str]]:
    """The phones of each request that placed calls."""
    found = []
    for request in vbot.requests:
        if request["method"] == "POST" and request["path"] != "/token":
            body = json.loads(request["body"])
            people = body.get("phoneInfos") or body.get("phone_infos") or [body]
            found.append([person["phone"] for person in people])
    return found


def told_ids(vbot: FakeVBot) -> list[str]:
    return [call.get("external_call_id") or call["customerUid"] for call in vbot.calls]


def ends(stage: Stage) -> list[tuple[str, str | None]]:
    return [(call["state"], call["reason"]) for call in stage.calls()]


def batches(store: Store) -> list[str | None]:
    with store.read() as conn:
        return list(conn.execute(select(attempts.c.batch).order_by(attempts.c.id)).scalars())


def phones(*numbers: int) -> list[str]:
    return [f"09000{number:05d}" for number in numbers]


@each_generation
def test_enough_calls_go_at_once_with_one_request_and_each_has_its_own_attempt(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2, 3)
    stage.dial()
    assert asked(vbot) == [phones(1, 2, 3)]
    assert vbot.requests[-1]["path"] in LIST_PATHS
    calls = stage.calls()
    assert [(call["state"], len(call["attempts"])) for call in calls] == [("placed", 1)] * 3
    ids = [call["attempts"][0]["external_call_id"] for call in calls]
    assert told_ids(vbot) == ids and len(set(ids)) == 3
    (batch,) = set(batches(stage.store))
    assert batch


@each_generation
def test_too_few_wait_for_members_so_long_as_the_rule_says(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1)
    stage.dial()
    assert ends(stage) == [("waiting", "gathering")]
    send(stage, 2, at=later(20))
    stage.dial(later(20))
    stage.dial(later(59))
    assert asked(vbot) == []
    stage.dial(later(60))
    assert asked(vbot) == [phones(1, 2)]
    assert [state for state, _ in ends(stage)] == ["placed"] * 2


def test_the_one_that_makes_them_enough_takes_all_along(stage: Stage, vbot: FakeVBot) -> None:
    for number in (1, 2, 3):
        send(stage, number, at=later(number))
        stage.dial(later(number))
    assert asked(vbot) == [phones(1, 2, 3)]


@each_generation
def test_who_finds_no_members_goes_alone(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1)
    stage.dial()
    stage.dial(later(60))
    assert asked(vbot) == [phones(1)]
    assert vbot.requests[-1]["path"] not in LIST_PATHS
    assert stage.call()["state"] == "placed"


@each_generation
def test_a_phone_is_in_a_batch_once_and_its_second_order_waits_for_the_next(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, {**RULE, "cooldown": "0", "batch": {"size": 2, "wait": "0"}})
    send(stage, 1, 2, phone="0900000009")
    send(stage, 3)
    stage.dial()
    assert asked(vbot) == [["0900000009", "0900000003"], ["0900000009"]]
    assert len(set(told_ids(vbot))) == 3


@pytest.mark.parametrize("vbot", SPOKEN[2:], ids=["new", "old"], indirect=True)
def test_the_third_generation_gets_at_most_five_phones(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, {**RULE, "batch": {"size": 100, "wait": "0"}})
    send(stage, *range(1, 8))
    stage.dial()
    assert asked(vbot) == [phones(1, 2, 3, 4, 5), phones(6, 7)]
    assert {state for state, _ in ends(stage)} == {"placed"}


@pytest.mark.parametrize("vbot", SPOKEN[2:], ids=["new", "old"], indirect=True)
def test_the_third_generation_gets_each_phones_own_words(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, {**RULE, "datas": {"code": "{{ order.number }}"}})
    vbot.template("HELLO", {"cfkey": "code"})
    send(stage, 1, 2, 3)
    stage.dial()
    assert asked(vbot) == [phones(1, 2, 3)]
    assert [call["datas"] for call in vbot.calls] == [{"code": f"DH-{n}"} for n in (1, 2, 3)]


@pytest.mark.parametrize("vbot", SPOKEN[:2], ids=["v1", "v2"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "fields"),
    [({"datas": {"code": "x"}}, []), ({}, [{"cfkey": "code", "isRequired": False}]), ({"max_time": 60}, [])],
)
def test_what_an_older_batch_cannot_say_goes_alone_and_at_once(
    store: Store, vbot: FakeVBot, changes: dict[str, Any], fields: list[dict[str, Any]]
) -> None:
    stage = Calm(store, vbot, {**RULE, **changes})
    if fields:
        stage.know_fields("HELLO", *fields)
    send(stage, 1, 2, 3)
    stage.dial()
    assert asked(vbot) == [[phone] for phone in phones(1, 2, 3)]


@each_generation
@pytest.mark.parametrize(
    ("fault", "rang"), [("reset_after", 2), ("cut", 3), ("cut_json", 2), ("bad_gateway", 1), ("close", 0)]
)
def test_a_batch_cut_in_the_middle_leaves_all_of_it_unsure_and_rings_nobody_again(
    stage: Stage, vbot: FakeVBot, fault: str, rang: int
) -> None:
    vbot.fault(fault, on="insert_list", times=1, phones=rang)
    send(stage, 1, 2, 3)
    stage.dial()
    assert [state for state, _ in ends(stage)] == ["unsure"] * 3
    for minutes in (1, 10, 60, 600):
        stage.run(later(minutes=minutes))
    assert stage.rung() == phones(1, 2, 3)[:rang]
    assert [state for state, _ in ends(stage)] == ["unsure"] * 3


@pytest.mark.parametrize("vbot", SPOKEN[:2], ids=["v1", "v2"], indirect=True)
@pytest.mark.parametrize("taken", [0, 2])
def test_another_number_of_phones_in_the_answer_leaves_all_unsure(stage: Stage, vbot: FakeVBot, taken: int) -> None:
    vbot.fault("fewer", on="insert_list", times=1, phones=taken)
    send(stage, 1, 2, 3)
    stage.dial()
    assert ends(stage) == [("unsure", "count_differs")] * 3
    stage.run(later(minutes=10))
    assert stage.rung() == phones(1, 2, 3)[:taken]


@each_generation
def test_a_refused_batch_is_refused_for_each(stage: Stage, vbot: FakeVBot) -> None:
    vbot.fault("refuse", on="insert_list", times=1)
    send(stage, 1, 2, 3)
    stage.dial()
    stage.run(later(minutes=10))
    assert ends(stage) == [("refused", "vbot_refused")] * 3
    assert stage.rung() == []


@each_generation
def test_what_was_not_sent_waits_again_each_with_a_new_id(stage: Stage, vbot: FakeVBot) -> None:
    vbot.fault("rate_limited", on="insert_list", times=1)
    send(stage, 1, 2, 3)
    stage.dial()
    assert ends(stage) == [("waiting", "rate_limited")] * 3
    for seconds in range(5, 120, 5):
        stage.dial(later(seconds))
    assert sorted(stage.rung()) == phones(1, 2, 3)
    assert [[attempt["outcome"] for attempt in call["attempts"]] for call in stage.calls()] == [
        ["not_sent", "accepted"]
    ] * 3
    assert len({attempt["external_call_id"] for call in stage.calls() for attempt in call["attempts"]}) == 6


each_third = pytest.mark.parametrize("vbot", SPOKEN[2:], ids=["new", "old"], indirect=True)


@each_third
def test_a_list_that_has_too_many_phones_for_vbot_goes_one_by_one_and_the_line_stays_open(
    stage: Stage, vbot: FakeVBot
) -> None:
    vbot.fault("too_many", on="insert_list")
    send(stage, 1, 2, 3)
    stage.dial()
    assert ends(stage) == [("waiting", "batch_refused")] * 3
    for seconds in range(5, 120, 5):
        stage.dial(later(seconds))
    assert sorted(stage.rung()) == phones(1, 2, 3)
    assert [len(each) for each in asked(vbot)] == [3, 1, 1, 1]
    assert ends(stage) == [("placed", "placed")] * 3
    # Others go together still, and never with one that goes alone.
    vbot.faults.clear()
    send(stage, 4, 5, 6, at=later(121))
    stage.dial(later(121))
    assert asked(vbot)[-1] == phones(4, 5, 6)


@each_third
def test_a_key_that_may_not_call_at_all_stops_the_line_after_one_list_and_one_call(
    stage: Stage, vbot: FakeVBot
) -> None:
    for on in ("insert_list", "insert"):
        vbot.fault("too_many", on=on)
    send(stage, 1, 2, 3)
    for seconds in range(0, 120, 5):
        stage.dial(later(seconds))
    assert [len(each) for each in asked(vbot)] == [3, 1]
    assert {state for state, _ in ends(stage)} == {"waiting"} and stage.rung() == []


def test_an_expired_token_is_renewed_and_the_batch_placed_at_once(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, RULE)
    stage.client = Client(vbot.account(fixed_token=False))
    assert stage.client.prepare(time.monotonic() + 10) is None
    vbot.expire_tokens()
    send(stage, 1, 2, 3)
    stage.dial()
    assert {state for state, _ in ends(stage)} == {"waiting"}
    stage.dial(later(1))
    assert sorted(stage.rung()) == phones(1, 2, 3)
    assert asked(vbot)[-1] == phones(1, 2, 3)


def test_a_kill_between_the_commits_and_the_answer_leaves_each_unsure(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2, 3)
    first, *_ = admit(stage.store, stage.catalogs, NOW, 16)
    with stage.store.write() as conn:
        members = gather(conn, stage.catalogs.read(conn), Breaker(), first, Batches(None, stage.client.carries), NOW)
    assert members is not None
    clock = Clock(lambda: NOW, lambda: 0.0, lambda: 0.5)
    gos = dial_together(stage.placing(clock), members.call_ids, 0.0)
    assert len(gos) == 3
    for seconds in (10, 41, 300, 3600):
        stage.run(later(seconds))
    assert ends(stage) == [("unsure", "lease_over")] * 3
    assert stage.rung() == []


def test_a_kill_before_the_commits_loses_nobody(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2, 3)
    first, *_ = admit(stage.store, stage.catalogs, NOW, 16)
    with stage.store.write() as conn:
        gather(conn, stage.catalogs.read(conn), Breaker(), first, Batches(None, stage.client.carries), NOW)
    stage.dial(later(20))
    assert stage.rung() == []
    stage.dial(later(41))
    assert asked(vbot) == [phones(1, 2, 3)]


def test_calls_that_take_too_long_to_dial_are_left_for_the_next_batch(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2, 3)
    first, *_ = admit(stage.store, stage.catalogs, NOW, 16)
    with stage.store.write() as conn:
        members = gather(conn, stage.catalogs.read(conn), Breaker(), first, Batches(None, stage.client.carries), NOW)
    assert members is not None
    ticks = iter([0.5, 0.9, 1.1])
    slow = Clock(lambda: NOW, lambda: next(ticks), lambda: 0.5)
    gos = dial_together(stage.placing(slow), members.call_ids, 0.0)
    assert [call["state"] for call in stage.calls()] == ["dialing", "dialing", "waiting"]
    assert len(gos) == 2
    stage.dial(later(1))
    assert asked(vbot) == [phones(3)]


def test_the_hints_of_those_that_go_along_do_nothing(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2, 3)
    first, second, third = admit(stage.store, stage.catalogs, NOW, 16)
    with stage.store.write() as conn:
        members = gather(conn, stage.catalogs.read(conn), Breaker(), second, Batches(None, stage.client.carries), NOW)
    assert members is not None and sorted(members.call_ids) == [first, second, third]
    stage.advance(first)
    stage.advance(third)
    assert stage.rung() == []
    stage.advance(second)
    assert asked(vbot) == [phones(1, 2, 3)]


def test_each_is_asked_for_itself_and_who_may_not_be_called_is_not_in_the_request(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2, 3)
    with stage.store.write() as conn:
        add_numbers(conn, phones(2), "asked", NOW)
    stage.dial()
    assert asked(vbot) == [phones(1, 3)]
    assert [state for state, _ in ends(stage)] == ["placed", "cancelled", "placed"]


def test_an_order_that_is_cancelled_while_it_waits_for_members_does_not_ring(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2)
    stage.dial()
    stage.send("order.cancelled", order(1, state="cancelled", updated_at=later(1).isoformat()), later(1))
    stage.run(later(2))
    stage.dial(later(60))
    assert ends(stage)[0] == ("cancelled", "order_cancelled")
    assert asked(vbot) == [phones(2)]


def test_each_ends_by_itself_with_its_own_result(store: Store) -> None:
    with FakeVBot(Settings(generation="v3")) as vbot:
        stage = Calm(store, vbot, {**RULE, "answers": {"1": "confirmed"}})
        send(stage, 1, 2, 3)
        stage.dial()
        told = zip(told_ids(vbot), (("ANSWER", "1"), ("BUSY", ""), ("NOANSWER", "")), strict=True)
        for call_id, (word, key) in told:
            body = {"phone": "0", "disposition": word, "inputLog": key, "externalCallId": call_id, "hotlineCode": "x"}
            with store.write() as conn:
                store_result(conn, json.dumps(body).encode(), later(30))
        settle_stored(store, stage.catalogs, "", later(31))
    assert [call["result"] for call in stage.calls()] == ["confirmed", "busy", "no_answer"]


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_hotlines_rate_is_never_exceeded_by_batches_and_single_calls_together(
    store: Store, vbot: FakeVBot, size: int
) -> None:
    alone = {"rule": "alone", "template": "OTHER", "on": ["order.paid"], "sources": ["other"], "cooldown": "0"}
    batch = {**RULE, "sources": ["shop"], "batch": {"size": size, "wait": "10s"}}
    stage = Calm(store, vbot, batch, alone, hotlines=[{"code": HOTLINE, "per_minute": 6}])
    for number in range(1, 13):
        stage.send("order.created", order(number))
        stage.send("order.paid", order(100 + number), source="other")
    stage.decide()
    starts: list[int] = []
    for second in range(0, 400):
        before = len(vbot.calls)
        stage.dial(later(second))
        starts += [second] * (len(vbot.calls) - before)
    assert len(starts) == 24
    assert max(sum(start <= other < start + 60 for other in starts) for start in starts) <= 6
    assert max(len(people) for people in asked(vbot)) > 1


def test_a_hotlines_places_are_never_overdrawn(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(
        store, vbot, {**RULE, "batch": {"size": 5, "wait": "0"}}, hotlines=[{"code": HOTLINE, "max_active": 3}]
    )
    send(stage, *range(1, 9))
    stage.dial()
    assert asked(vbot) == [phones(1, 2, 3)]
    stage.dial(later(60))
    assert len(stage.rung()) == 3
    stage.dial(later(minutes=6))
    assert asked(vbot) == [phones(1, 2, 3), phones(4, 5, 6)]


def test_a_window_that_closes_sooner_ends_the_wait(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, {**RULE, "batch": {"size": 5, "wait": "20h"}, "within": "7d"})
    send(stage, 1, 2)
    stage.dial()
    assert asked(vbot) == []
    closing = datetime(2026, 11, 23, 12, 59, 0, tzinfo=UTC)  # 19:59:00, the last minute's begin
    stage.dial(closing - timedelta(seconds=2))
    assert asked(vbot) == []
    stage.dial(closing - timedelta(seconds=1))
    assert asked(vbot) == [phones(1, 2)]


def test_a_promise_that_ends_sooner_ends_the_wait(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, {**RULE, "batch": {"size": 5, "wait": "8h"}, "within": "1h"})
    send(stage, 1, 2)
    stage.dial()
    stage.dial(later(minutes=58))
    assert asked(vbot) == []
    stage.dial(later(minutes=59))
    assert asked(vbot) == [phones(1, 2)]


@pytest.mark.parametrize("vbot", SPOKEN[:1], ids=["v1"], indirect=True)
def test_a_person_without_a_name_is_greeted_as_a_valued_customer(stage: Stage, vbot: FakeVBot) -> None:
    send(stage, 1, 2)
    send(stage, 3, customer={"name": "Trần Thị Thử"})
    stage.dial()
    assert [call["name"] for call in vbot.calls] == ["quý khách", "quý khách", "Trần Thị Thử"]


def test_rules_do_not_share_a_request(store: Store, vbot: FakeVBot) -> None:
    other = {**RULE, "rule": "other", "sources": ["other"]}
    stage = Calm(store, vbot, {**RULE, "sources": ["shop"]}, other)
    send(stage, 1, 2)
    stage.send("order.created", order(3), source="other")
    stage.decide()
    stage.dial()
    stage.dial(later(60))
    assert sorted(asked(vbot)) == [phones(1, 2), phones(3)]


def test_any_number_of_threads_place_each_call_once(store: Store, vbot: FakeVBot) -> None:
    stage = Calm(store, vbot, {**RULE, "batch": {"size": 4, "wait": "0"}})
    send(stage, *range(1, 25))
    queued = admit(store, stage.catalogs, NOW, 100)
    with ThreadPoolExecutor(4) as threads:  # as many as the store has connections
        list(threads.map(stage.advance, queued, timeout=120))
    for seconds in (1, 41, 90):
        stage.dial(later(seconds))
    assert sorted(stage.rung()) == phones(*range(1, 25))
    assert {state for state, _ in ends(stage)} == {"placed"}
    assert max(len(people) for people in asked(vbot)) == 4
