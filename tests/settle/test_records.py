"""What VBot's records say of calls that are unsure or without a result, and what they do not prove."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.fake_vbot import FakeVBot, Settings
from bridge.place.queue import admit
from bridge.settle.records import CLOCK_MARGIN, LOOKUP_LEASE, LOOKUPS_END, look_up
from bridge.settle.resolve import resolve
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.db.tables import actions, lookups, results
from bridge.store.lookups import claim
from bridge.store.people.erasure import forget
from bridge.store.people.person_search import find_personal_data
from bridge.store.queue import sweep
from bridge.store.reports.views import describe_order
from bridge.store.results import store_result
from bridge.vbot.client import Client
from tests.stage import NOW, RULE, Stage, later, order

TALKING = {**RULE, "answers": {"1": "confirmed"}, "redial": {"on": ["no_answer"], "times": 1, "every": "30m"}}
HOUR = timedelta(hours=1)
TRUST = 2 * HOUR


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot(Settings(generation="v3")) as running:
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, TALKING)


def ring(stage: Stage, number: int = 1, fault: str | None = None) -> None:
    """A call that VBot accepted; with a fault its answer is lost, or VBot never saw it."""
    if fault:
        stage.vbot.fault(fault, times=1)
    stage.send("order.created", order(number))
    stage.run()


def lose(stage: Stage, number: int = 1) -> str:
    """An unsure call that VBot has; its attempt's id."""
    ring(stage, number, "reset_after")
    return str(stage.vbot.calls[-1]["external_call_id"])


def end_call(stage: Stage, attempt: str, disposition: str, keys: str = "", at: datetime = NOW) -> None:
    stage.vbot.end_call(attempt, disposition, keys, created_at=at)


def ask(stage: Stage, at: datetime, trust: timedelta | None = None) -> int:
    """One round of a worker, and then what it found is settled."""
    requested = look_up(stage.store, stage.client, trust, at, time.monotonic)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)
    return requested


def questions(stage: Stage) -> int:
    """How often VBot was asked for records; it is asked for their number beside."""
    return sum(request["path"].endswith("cdr/get-all") for request in stage.vbot.requests)


def ended(stage: Stage, number: int = 0) -> tuple[str, str | None, str | None]:
    call = stage.calls()[number]
    return call["state"], call["reason"], call["result"]


def rows(stage: Stage) -> list[Any]:
    with stage.store.read() as conn:
        return list(conn.execute(select(lookups).order_by(lookups.c.attempt_id)))


def output(stage: Stage) -> dict[str, Any]:
    """What the story of the only attempt says of the records."""
    found: dict[str, Any] = stage.call()["attempts"][-1]["records"]
    return found


def hours(count: float) -> datetime:
    return later(hours=count)


def test_a_record_with_our_id_settles_an_unsure_call_with_its_result(stage: Stage) -> None:
    attempt = lose(stage)
    assert ended(stage) == ("unsure", "reset", None)
    end_call(stage, attempt, "ANSWER", "1")
    assert ask(stage, later(minutes=2)) == 1
    assert ended(stage) == ("finished", "confirmed", "confirmed")
    assert [one["outcome"] for one in stage.call()["attempts"]] == ["accepted"]
    assert rows(stage)[0].wake_at is None
    assert "hold this id" in output(stage)["sentence_en"] and "có mã này" in output(stage)["sentence"]
    assert ask(stage, hours(5)) == 0


def test_a_record_lets_the_rule_ring_again_as_a_result_does(stage: Stage) -> None:
    attempt = lose(stage)
    end_call(stage, attempt, "NOANSWER")
    ask(stage, later(minutes=2))
    assert ended(stage)[:2] == ("waiting", "redial")


def test_a_record_of_a_call_that_goes_on_makes_it_placed_and_is_asked_for_until_its_end(stage: Stage) -> None:
    attempt = lose(stage)
    record = {"externalCallId": attempt, "phone": "0900000001", "disposition": "ANSWER", "duration": 0}
    talking = {**_whole(record), "endCallAt": None}
    stage.vbot.add_record(talking)
    ask(stage, later(minutes=2))
    assert ended(stage) == ("placed", "placed", None)
    assert rows(stage)[0].wake_at is not None
    end_call(stage, attempt, "ANSWER", "1")
    ask(stage, later(minutes=20))
    assert ended(stage) == ("finished", "confirmed", "confirmed")


def _whole(record: dict[str, Any]) -> dict[str, Any]:
    """As the fake needs it to search it."""
    base = dict.fromkeys(("customerUid", "name", "templateScriptCode", "hotlineCode", "answerAt", "transId"))
    return {**base, "createAt": int(NOW.timestamp() * 1000), **record}


def test_silence_proves_nothing_however_long_it_lasts(stage: Stage) -> None:
    lose(stage)
    at, pauses = NOW, []
    for _ in range(400):
        asked_at = at
        if ask(stage, at):
            pauses.append(asked_at)
        at += timedelta(minutes=10)
    assert ended(stage) == ("unsure", "reset", None)
    assert pauses[-1] - NOW <= LOOKUPS_END < timedelta(minutes=4000)
    assert 45 <= len(pauses) <= 60 and questions(stage) == len(pauses)
    assert (output(stage)["tries"], output(stage)["next_at"]) == (len(pauses), None)
    assert stage.rung() == ["0900000001"]


def test_the_pauses_between_two_questions_grow(stage: Stage) -> None:
    lose(stage)
    at, requested = NOW, []
    for _ in range(4 * 60):
        at += timedelta(minutes=1)
        if ask(stage, at):
            requested.append(int((at - NOW).total_seconds() // 60))
    assert requested == [1, 3, 8, 18, 48, 108, 168, 228]


def test_the_story_says_how_often_and_when_it_was_asked_and_what_was_found(stage: Stage) -> None:
    lose(stage)
    other = {**_whole({"externalCallId": None, "phone": "0900000001", "disposition": "BUSY"})}
    stage.vbot.add_record(other)
    ask(stage, later(minutes=1))
    ask(stage, later(minutes=3))
    said = output(stage)
    assert (said["tries"], said["asked_at"]) == (2, later(minutes=3).isoformat())
    assert (said["silent_since"], said["next_at"]) == (later(minutes=1).isoformat(), later(minutes=8).isoformat())
    assert said["sentence_en"] == (
        "VBot's records (asked 2 time(s), last at 10:03 on 23 November 2026) do not hold this id; of this number they "
        "hold 1 other(s). That does not prove that the phone did not ring. They are asked again at 10:08 on "
        "23 November 2026."
    )
    assert said["sentence"] == (
        "Lịch sử cuộc gọi của VBot (đã hỏi 2 lần, lần cuối lúc 10:03 ngày 23/11/2026) không có mã này; "
        "số này có 1 cuộc gọi khác. Như vậy chưa chắc là máy không đổ chuông. Sẽ hỏi lại lúc 10:08 ngày 23/11/2026."
    )
    with stage.store.read() as conn:
        story = describe_order(conn, "shop", "id-1", show_phones=False)
    assert story and story["calls"][0]["attempts"][0]["records"] == said


@pytest.mark.parametrize("fault", ["not_allowed", "unavailable", "html", "cut_json", "reset_before"])
@pytest.mark.parametrize("on", ["records", "records_count"])
def test_records_that_are_not_told_are_no_silence(stage: Stage, fault: str, on: str) -> None:
    ring(stage, fault="reset_before")
    stage.vbot.fault(fault, on=on)
    for count in range(1, 40):
        ask(stage, hours(count), TRUST)
    assert ended(stage) == ("unsure", "reset", None)
    assert output(stage)["silent_since"] is None
    assert "says nothing" in output(stage)["sentence_en"] and "chưa kết luận được" in output(stage)["sentence"]
    assert stage.rung() == []


def test_records_told_in_part_are_no_silence(stage: Stage) -> None:
    """As of a VBot that counts more than its pages show."""
    ring(stage, fault="reset_before")
    same = _whole({"externalCallId": None, "phone": "0900000001", "disposition": "BUSY"})
    for _ in range(3):
        stage.vbot.add_record(same)
    for count in range(1, 40):
        ask(stage, hours(count), TRUST)
    assert ended(stage) == ("unsure", "reset", None)
    assert "not told in full" in output(stage)["sentence_en"]


def test_a_trusted_silence_lets_the_call_wait_again_and_says_that_the_setting_did_it(stage: Stage) -> None:
    ring(stage, fault="reset_before")
    at = hours(1.9)
    ask(stage, at, TRUST)
    assert ended(stage)[0] == "unsure"
    at = hours(2.01)
    ask(stage, at, TRUST)
    assert ended(stage)[:2] == ("waiting", "silence_trusted")
    assert stage.call()["sentence_en"] == (
        "VBot's records do not hold this call after 2h, so it is called again, as VBOT_TRUST_SILENCE allows."
    )
    assert "VBOT_TRUST_SILENCE đã cho phép" in stage.call()["sentence"]
    assert "VBOT_TRUST_SILENCE" in output(stage)["sentence"] and output(stage)["next_at"] is None
    with stage.store.read() as conn:
        (act,) = conn.execute(select(actions)).all()
    assert (act.who, act.command, act.reason) == ("worker", "resolve again", "VBOT_TRUST_SILENCE=2h")
    assert ask(stage, hours(3), TRUST) == 0
    stage.dial(hours(3))
    assert (ended(stage)[0], stage.rung()) == ("placed", ["0900000001"])


def test_silence_is_trusted_only_after_an_answer_at_its_end(stage: Stage) -> None:
    ring(stage, fault="reset_before")
    ask(stage, hours(1), TRUST)
    stage.vbot.fault("unavailable", on="records")
    for count in (2, 3, 4):
        ask(stage, hours(count), TRUST)
    assert ended(stage)[0] == "unsure"
    stage.vbot.faults.clear()
    ask(stage, hours(6), TRUST)
    assert ended(stage)[:2] == ("waiting", "silence_trusted")


def test_a_long_trusted_silence_is_still_waited_for(stage: Stage) -> None:
    stage.apply({**TALKING, "within": "9d"})
    ring(stage, fault="reset_before")
    for count in range(1, 73):
        ask(stage, hours(count), timedelta(days=3))
        assert ended(stage)[0] == "unsure" or count == 72
    ask(stage, hours(72.5), timedelta(days=3))
    assert ended(stage)[:2] == ("waiting", "silence_trusted")


def test_without_the_setting_silence_is_never_trusted_and_a_person_decides(stage: Stage) -> None:
    ring(stage, fault="reset_before")
    for count in range(1, 10):
        ask(stage, hours(count))
    assert ended(stage)[0] == "unsure"
    (call,) = stage.calls()
    resolve(stage.store, call["id"], "again", "looked", "a-person", hours(10))
    stage.dial(hours(22))
    assert stage.rung() in ([], ["0900000001"])


@pytest.mark.parametrize("shown", [True, False])
def test_silence_is_trusted_only_where_the_same_question_shows_a_call_that_vbot_has(stage: Stage, shown: bool) -> None:
    ring(stage)
    known = stage.vbot.calls[-1]["external_call_id"]
    if shown:
        end_call(stage, known, "ANSWER", "1")
    with stage.store.write() as conn:
        store_result(conn, json.dumps({"externalCallId": known, "disposition": "ANSWER"}).encode(), later(30))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, later(30))
    ring(stage, 2, "reset_before")
    ask(stage, hours(3), TRUST)
    assert ended(stage, 1)[0] == ("waiting" if shown else "unsure")
    said = stage.calls()[1]["attempts"][0]["records"]["sentence_en"]
    assert ("nor another call that VBot surely made" in said) is not shown


@pytest.mark.parametrize("stop", ["cancelled", "left", "expired", "erased"])
def test_a_trusted_silence_has_the_guards_of_a_person(stage: Stage, stop: str) -> None:
    ring(stage, fault="reset_before")
    call = stage.call()
    at = hours(3)
    if stop == "cancelled":
        gone = order(status="cancelled", updated_at=later(60).isoformat())
        stage.send("order.cancelled", gone, later(60))
        stage.decide(later(60))
    elif stop == "left":
        resolve(stage.store, call["id"], "leave", "seen", "a-person", later(60))
    elif stop == "expired":
        at = hours(25)
    else:
        found = find_personal_data(stage.store, stage.catalogs, "0900000001")
        forget(stage.store, stage.catalogs, "0900000001", found, "a-person", later(60), keep_dnc=False)
    ask(stage, at, TRUST)
    assert stage.call()["state"] == "unsure"


def test_what_vbot_told_and_nobody_has_settled_yet_comes_before_silence(stage: Stage) -> None:
    attempt = lose(stage)
    with stage.store.write() as conn:
        store_result(conn, json.dumps({"externalCallId": attempt, "disposition": "BUSY"}).encode(), hours(3))
    look_up(stage.store, stage.client, TRUST, hours(3), time.monotonic)
    assert stage.call()["state"] == "unsure"
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, hours(3))
    assert ended(stage) == ("finished", "busy", "busy")


@pytest.mark.parametrize("wrong_by", [-23 * HOUR, 23 * HOUR])
def test_a_clock_of_vbots_that_differs_hides_no_record(stage: Stage, wrong_by: timedelta) -> None:
    attempt = lose(stage)
    end_call(stage, attempt, "ANSWER", "1", NOW + wrong_by)
    ask(stage, later(minutes=2), TRUST)
    assert ended(stage)[0] == "finished"
    assert abs(wrong_by) < CLOCK_MARGIN


def test_a_record_that_comes_after_the_second_ring_is_kept_and_the_call_says_that_it_rang_twice(stage: Stage) -> None:
    first = lose(stage)
    ask(stage, hours(2.1), TRUST)
    stage.dial(hours(2.2))
    assert len(stage.vbot.calls) == 2
    for call in stage.vbot.calls:
        tell = {"externalCallId": call["external_call_id"], "disposition": "ANSWER", "inputLog": "1"}
        with stage.store.write() as conn:
            store_result(conn, json.dumps(tell).encode(), hours(3))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, hours(3))
    assert ended(stage)[0] == "finished" and "(call 2)" in stage.call()["sentence_en"]
    assert stage.call()["attempts"][0]["external_call_id"] == first


def test_placed_calls_without_a_result_are_asked_about_together(stage: Stage) -> None:
    for number in range(1, 9):
        ring(stage, number)
    for call in stage.vbot.calls[:6]:
        end_call(stage, call["external_call_id"], "ANSWER", "1")
    assert ask(stage, later(minutes=4)) == 0
    assert ask(stage, later(minutes=6)) == 8
    assert questions(stage) == 2  # a page, and the page behind it that tells nothing new
    assert [ended(stage, n)[0] for n in range(8)] == ["finished"] * 6 + ["placed"] * 2
    before = questions(stage)
    assert ask(stage, later(minutes=17)) == 2
    assert questions(stage) - before == 2  # few are asked for by phone, one after the other
    assert {ended(stage, n)[0] for n in (6, 7)} == {"placed"}


def test_silence_about_a_placed_call_never_rings_it_again(stage: Stage) -> None:
    ring(stage)
    for count in range(1, 30):
        ask(stage, hours(count), HOUR)
    assert (stage.call()["state"], len(stage.vbot.calls)) == ("placed", 1)


def test_what_has_a_result_is_never_asked_about(stage: Stage) -> None:
    ring(stage)
    attempt = stage.vbot.calls[-1]["external_call_id"]
    with stage.store.write() as conn:
        store_result(conn, json.dumps({"externalCallId": attempt, "disposition": "ANSWER"}).encode(), later(30))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, later(30))
    for count in range(1, 30):
        assert ask(stage, hours(count)) == 0
    assert questions(stage) == 0 and rows(stage) == []


def test_a_call_that_moved_on_is_asked_about_no_more(stage: Stage) -> None:
    ring(stage, fault="reset_before")
    ask(stage, later(minutes=1))
    resolve(stage.store, stage.call()["id"], "again", "looked", "a-person", later(minutes=2))
    assert ask(stage, later(minutes=4)) == 0
    assert rows(stage)[0].wake_at is None


def test_an_attempt_is_claimed_by_one_worker_and_another_takes_up_what_it_left(stage: Stage) -> None:
    attempt = lose(stage)
    end_call(stage, attempt, "ANSWER", "1")
    ask(stage, later(minutes=1))
    ring(stage, 2, "reset_before")
    look_up(stage.store, stage.client, None, later(minutes=1), time.monotonic)
    at = later(minutes=30)
    with stage.store.write() as conn:
        first = claim(conn, at, at + LOOKUP_LEASE, 10)
    with stage.store.write() as conn:
        assert claim(conn, at, at + LOOKUP_LEASE, 10) == []
    assert len(first) == 1
    assert ask(stage, at + LOOKUP_LEASE / 2) == 0
    assert ask(stage, at + LOOKUP_LEASE) == 1


def test_a_lost_lease_is_asked_about_too(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    stage.vbot.fault("reset_after", times=1)
    stage.advance(call_id)
    with stage.store.write() as conn:
        sweep(conn, later(minutes=1))
    end_call(stage, stage.vbot.calls[0]["external_call_id"], "ANSWER", "1")
    assert ask(stage, later(minutes=3)) == 1
    assert ended(stage)[0] == "finished"


def test_a_question_that_vbot_does_not_answer_ends_the_round_and_the_others_are_asked_soon(stage: Stage) -> None:
    for number in (1, 2, 3):
        ring(stage, number, "reset_before")
    stage.vbot.fault("not_allowed", on="records", times=1)
    assert ask(stage, later(minutes=1)) == 1
    assert sorted(row.tries for row in rows(stage)) == [0, 0, 1]
    assert ask(stage, later(minutes=2)) == 2


def test_records_are_stored_as_results_and_others_calls_are_not(stage: Stage) -> None:
    attempt = lose(stage)
    end_call(stage, attempt, "ANSWER", "1")
    for name in (None, "f" * 32):
        stage.vbot.add_record(_whole({"externalCallId": name, "phone": "0900000001", "disposition": "BUSY"}))
    ask(stage, later(minutes=1))
    with stage.store.read() as conn:
        kept = list(conn.execute(select(results)))
    assert [(row.state, row.kind) for row in kept] == [("settled", "log")]


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_only_v3_has_records_with_our_ids(generation: str) -> None:
    with FakeVBot(Settings(generation=generation)) as older, FakeVBot(Settings(generation="v3")) as newest:
        assert not Client(older.account()).has_records and Client(older.account()).has_history
        assert Client(newest.account()).has_records
