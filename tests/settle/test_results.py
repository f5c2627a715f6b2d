"""What VBot tells of a call, in any order and number, and what becomes of the call."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.core.breaker import Breaker
from bridge.fake_vbot import FakeVBot
from bridge.place.checks import Checking
from bridge.place.dial import Go, check_and_dial
from bridge.place.outcome import record_outcome
from bridge.place.placing import Clock
from bridge.place.queue import admit
from bridge.settle.resolve import resolve
from bridge.settle.results import end_silent_calls, settle_stored
from bridge.store import Store
from bridge.store.breakers import find_breaker
from bridge.store.calls import LEASE, find_call
from bridge.store.db.tables import calls, results
from bridge.store.people.erasure import expire_bodies, forget
from bridge.store.people.person_search import find_personal_data
from bridge.store.queue import sweep
from bridge.store.reports.balance import read_balance
from bridge.store.results import store_result
from bridge.vbot.client import Outcome
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

TALKING = {
    **RULE,
    "answers": {"1": "confirmed", "2": "declined", "0": "agent"},
    "redial": {"on": ["no_answer", "busy"], "times": 2, "every": "30m"},
}
TOLD = later(60)


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, TALKING)


def ring(stage: Stage, number: int = 1, at: datetime = NOW) -> str:
    """A call that VBot accepted; its attempt's id."""
    stage.send("order.created", order(number), at)
    stage.run(at)
    return str(stage.vbot.calls[-1]["external_call_id"])


def log(external_call_id: str, disposition: str, keys: str = "", **more: Any) -> dict[str, Any]:
    return {"externalCallId": external_call_id, "disposition": disposition, "inputLog": keys, **more}


def report(stage: Stage, *documents: Any, at: datetime = TOLD) -> None:
    """VBot tells all this, in this order, and a worker settles it."""
    for document in documents:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        with stage.store.write() as conn:
            store_result(conn, body, at)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at, HOTLINE)


def kept(stage: Stage) -> list[Any]:
    with stage.store.read() as conn:
        return list(conn.execute(select(results).order_by(results.c.id)))


def wakes(stage: Stage) -> datetime | None:
    with stage.store.read() as conn:
        found: datetime | None = conn.execute(select(calls.c.wake_at)).scalar_one()
        return found


def ended(stage: Stage) -> tuple[str, str | None, str | None]:
    call = stage.call()
    return call["state"], call["result"], call["key"]


def lose(stage: Stage, external_call_id: str = "a1") -> Go:
    """A call whose worker died after the commit: unsure."""
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    go = dial(stage, call_id, external_call_id)
    with stage.store.write() as conn:
        sweep(conn, NOW + LEASE)
    return go


def dial(stage: Stage, call_id: int, external_call_id: str, at: datetime = NOW) -> Go:
    with stage.store.write() as conn:
        go = check_and_dial(conn, Checking(stage.catalogs.read(conn), Breaker(), at), call_id, external_call_id)
    assert go is not None
    return go


def answer(stage: Stage, go: Go, outcome: str, at: datetime = TOLD) -> None:
    with stage.store.write() as conn:
        clock = Clock(lambda: at, lambda: 0.0, lambda: 0.0)
        call = find_call(conn, go.call_id, lock=True)
        record_outcome(conn, call, go, Outcome(outcome, outcome, 200), clock, renews=False)


@pytest.mark.parametrize(
    ("said", "keys", "result", "key"),
    [
        ("ANSWER", "1", "confirmed", "1"),
        ("ANSWERED", "2", "declined", "2"),
        ("answered", "0", "agent", "0"),
        ("answer", "7", "answered", "7"),
        ("ANSWER", "", "no_key", None),
        ("ANSWER", "91#", "confirmed", "1"),
        ("CANCEL", "", "failed", None),
        ("SERVER_ERROR", "", "failed", None),
        ("TELEPATHY", "", "failed", None),
    ],
)
def test_a_call_ends_with_what_the_key_means(stage: Stage, said: str, keys: str, result: str, key: str | None) -> None:
    report(stage, log(ring(stage), said, keys))
    assert ended(stage) == ("finished", result, key)
    assert wakes(stage) is None
    assert not stage.call()["sentence"].startswith("Lý do")
    assert kept(stage)[0].told["said"] == said


def test_what_was_told_beside_the_end_is_kept(stage: Stage) -> None:
    attempt = ring(stage)
    document = log(
        attempt, "ANSWER", "1", duration="31", billsec=20, postage="450.5", transId="t-1", voiceText="dạ đúng"
    )
    collected = json.dumps([{"cfkey": "hẹn", "cfvalue": "chiều mai"}])
    report(stage, {"autoCallLog": document, "autoCallAIExtraction": {"callCollectedData": collected},
                 "autoCallRecording": {"recordUrl": "https://records.example.test/1"}})  # fmt: skip
    (row,) = kept(stage)
    assert (row.state, row.kind) == ("settled", "log")
    assert row.told["duration"] == 31
    assert row.told["billed"] == 20
    assert row.told["cost"] == "450.5"
    assert row.told["transcript"] == "dạ đúng"
    assert row.told["recording_url"] == "https://records.example.test/1"
    assert row.told["collected"] == [{"cfkey": "hẹn", "cfvalue": "chiều mai"}]


def test_any_order_of_what_is_told_means_the_same(stage: Stage) -> None:
    kinds = [
        lambda own: log(own, "NOANSWER"),
        lambda own: log(own, "ANSWER"),
        lambda own: log(own, "ANSWERED", "2"),
        lambda own: {"externalCallId": own, "recordUrl": "https://records.example.test/1"},
        lambda own: {"externalCallId": own, "callCollectedData": "[]"},
    ]
    for number, mixed in enumerate(itertools.islice(itertools.permutations(kinds), 0, 120, 7), start=1):
        attempt = ring(stage, number, later(seconds=number))
        report(stage, *(kind(attempt) for kind in mixed), at=later(minutes=2))
        call = stage.calls()[-1]
        assert (call["state"], call["result"], call["key"]) == ("finished", "declined", "2")
        assert len(call["attempts"]) == 1


@pytest.mark.parametrize(
    ("told", "result", "key"),
    [
        (("1", "2"), "declined", "2"),
        (("1", "2", "1"), "declined", "2"),
        (("1", "12"), "declined", "2"),
        (("12", "1"), "declined", "2"),
        (("1", ""), "confirmed", "1"),
    ],
)
def test_keys_that_are_told_later_and_differ_count(
    stage: Stage, told: tuple[str, ...], result: str, key: str | None
) -> None:
    attempt = ring(stage)
    for seconds, keys in enumerate(told):
        report(stage, log(attempt, "ANSWER", keys, duration=30 + seconds), at=TOLD + timedelta(seconds=seconds))
    assert ended(stage) == ("finished", result, key)


def test_a_stranger_is_kept_and_changes_nothing(stage: Stage) -> None:
    ring(stage)
    report(
        stage, log("f" * 32, "ANSWER", "1"), {"disposition": "ANSWER"}, log("đ" * 900, "ANSWER"), log("\x00", "BUSY")
    )
    assert [row.state for row in kept(stage)] == ["stranger"] * 4
    assert stage.call()["state"] == "placed"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe\xff", b"[]", b"7", b"null", b"[" * 100_000, b'{"a":' + b"9" * 9999]
)
def test_what_is_no_json_object_is_kept_as_failed(stage: Stage, body: bytes) -> None:
    report(stage, body)
    (row,) = kept(stage)
    assert (row.state, row.body) == ("failed", body)


def test_the_same_bytes_again_are_counted_and_settle_nothing_anew(stage: Stage) -> None:
    document = log(ring(stage), "NOANSWER")
    report(stage, document, document)
    first = wakes(stage)
    report(stage, document, at=later(minutes=9))
    assert wakes(stage) == first
    assert [row.repeats for row in kept(stage)] == [2]


@pytest.mark.parametrize("said", ["NOANSWER", "BUSY"])
def test_nobody_reached_is_rung_again_as_the_rule_says_and_then_no_more(stage: Stage, said: str) -> None:
    ring(stage)
    for rings in (1, 2, 3):
        at = NOW + timedelta(minutes=31 * (rings - 1))
        assert len(stage.rung()) == rings
        report(stage, log(stage.vbot.calls[-1]["external_call_id"], said), at=at + timedelta(minutes=1))
        stage.dial(at + timedelta(minutes=30))
        assert len(stage.rung()) == rings
        stage.dial(at + timedelta(minutes=31))
    assert ended(stage) == ("finished", {"NOANSWER": "no_answer", "BUSY": "busy"}[said], None)
    assert "3" in stage.call()["sentence"]
    assert len({call["external_call_id"] for call in stage.vbot.calls}) == len(stage.call()["attempts"]) == 3


def test_a_redial_rings_as_its_rule_says_by_then(stage: Stage) -> None:
    first = ring(stage)
    stage.apply({**TALKING, "hotline": "0899999999", "template": "ANOTHER"})
    report(stage, log(first, "NOANSWER"))
    stage.run(later(minutes=31))
    assert [(one["hotline_code"], one["template_code"]) for one in stage.vbot.calls][1:] == [("0899999999", "ANOTHER")]
    assert (stage.call()["hotline"], stage.call()["template"]) == ("0899999999", "ANOTHER")


def test_a_waiting_redial_says_why_and_when(stage: Stage) -> None:
    report(stage, log(ring(stage), "NOANSWER"))
    call = stage.call()
    assert (call["state"], call["reason"], call["result"]) == ("waiting", "redial", None)
    assert call["sentence_en"] == "Will be called again at 10:31 on 23 November 2026. The last time: Nobody answered."
    assert call["sentence"] == "Sẽ gọi lại lúc 10:31 ngày 23/11/2026. Lần trước: Khách không nghe máy."


def test_a_redial_counts_from_the_end_of_the_call(stage: Stage) -> None:
    attempt = ring(stage)
    report(stage, log(attempt, "BUSY", endCallAt=str(int(later(30).timestamp() * 1000))), at=later(minutes=10))
    assert wakes(stage) == later(seconds=30, minutes=30)


@pytest.mark.parametrize("stamp", [1, 10**15 - 1, "99999999999999", -5, "nonsense", True])
def test_a_clock_of_vbots_that_differs_moves_no_ring_before_its_time(stage: Stage, stamp: object) -> None:
    report(stage, log(ring(stage), "BUSY", endCallAt=stamp))
    wake_at = wakes(stage)
    assert wake_at is not None
    assert later(minutes=30) <= wake_at <= later(seconds=60, minutes=30)


def test_the_same_end_in_other_words_redials_once(stage: Stage) -> None:
    attempt = ring(stage)
    report(stage, log(attempt, "NOANSWER"))
    first = wakes(stage)
    report(stage, {"autoCallLog": log(attempt, "NOANSWER", duration=3)}, log(attempt, "BUSY"), at=later(minutes=20))
    assert wakes(stage) == first
    stage.dial(later(minutes=40))
    report(stage, log(attempt, "NOANSWER", billsec=0), at=later(minutes=41))
    assert stage.call()["state"] == "placed"
    assert len(stage.rung()) == 2


def test_a_later_answered_withdraws_the_redial(stage: Stage) -> None:
    attempt = ring(stage)
    report(stage, log(attempt, "NOANSWER"))
    report(stage, log(attempt, "ANSWER", "1"), at=later(minutes=5))
    assert ended(stage) == ("finished", "confirmed", "1")
    stage.dial(later(hours=2))
    assert len(stage.rung()) == 1


def test_a_redial_moves_into_the_window_and_not_beyond_the_promise(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "window": {"from": "08:00", "to": "10:10"}})
    report(stage, log(ring(stage), "NOANSWER"))
    assert wakes(stage) == datetime.fromisoformat("2026-11-24T08:00+07:00")
    other = Stage(store, vbot, {**TALKING, "within": "31m"})
    report(other, log(ring(other, 2), "NOANSWER", duration=1))
    call = other.calls()[-1]
    assert (call["state"], call["result"]) == ("finished", "no_answer")


def test_an_advertising_call_is_rung_again_on_another_day_only(store: Store, vbot: FakeVBot) -> None:
    window = {"from": "08:00", "to": "17:00"}
    stage = Stage(store, vbot, {**TALKING, "advertising": True, "window": window, "within": "3d"})
    report(stage, log(ring(stage), "NOANSWER"))
    assert wakes(stage) == datetime.fromisoformat("2026-11-24T08:00+07:00")


def test_the_cooldown_does_not_hold_the_redial_of_its_own_call(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "cooldown": "5h"})
    report(stage, log(ring(stage), "NOANSWER"))
    stage.dial(later(minutes=31))
    assert len(stage.rung()) == 2


def test_a_cancel_prevents_the_redial(stage: Stage) -> None:
    attempt = ring(stage)
    stage.send("order.cancelled", order(status="cancelled"), later(20))
    stage.decide(later(20))
    report(stage, log(attempt, "NOANSWER"))
    assert ended(stage) == ("finished", "no_answer", None)


def test_a_cancel_ends_the_waiting_redial(stage: Stage) -> None:
    report(stage, log(ring(stage), "NOANSWER"))
    stage.send("order.cancelled", order(updated_at=later(90).isoformat()), later(90))
    stage.run(later(90))
    assert stage.call()["state"] == "cancelled"
    stage.dial(later(hours=1))
    assert len(stage.rung()) == 1


@pytest.mark.parametrize("rule", [{**TALKING, "enabled": False}, {**TALKING, "rule": "another"}])
def test_a_rule_that_is_gone_redials_nothing(stage: Stage, rule: dict[str, Any]) -> None:
    attempt = ring(stage)
    stage.apply(rule, at=later(30))
    report(stage, log(attempt, "NOANSWER"))
    assert ended(stage) == ("finished", "no_answer", None)


@pytest.mark.parametrize("said", ["NOT_FOUND_PRICE", "NOT_FOUND_TELCO", "TELEPATHY"])
def test_an_unknown_number_and_an_unknown_word_never_redial(store: Store, vbot: FakeVBot, said: str) -> None:
    stage = Stage(store, vbot, {**TALKING, "redial": {"on": ["failed"], "times": 5, "every": "1m"}})
    report(stage, log(ring(stage), said))
    assert ended(stage) == ("finished", "failed", None)


def test_without_balance_the_line_stops_once(stage: Stage) -> None:
    attempt = ring(stage)
    report(stage, log(attempt, "NOT_MONEY"))
    assert ended(stage) == ("finished", "failed", None)
    with stage.store.read() as conn:
        line = find_breaker(conn, stage.client.account_id, TOLD)
    assert (line.state, line.reason) == ("open", "no_balance")
    stage.send("order.created", order(2), later(90))
    stage.run(later(90))
    assert len(stage.rung()) == 1


def test_a_result_proves_that_an_unsure_call_rang(stage: Stage) -> None:
    lose(stage)
    report(stage, log("a1", "ANSWER", "1"))
    assert ended(stage) == ("finished", "confirmed", "1")
    assert [attempt["outcome"] for attempt in stage.call()["attempts"]] == ["accepted"]


def test_a_recording_alone_proves_it_too_and_ends_nothing(stage: Stage) -> None:
    lose(stage)
    report(stage, {"externalCallId": "a1", "recordUrl": "https://records.example.test/1"})
    assert ended(stage) == ("placed", None, None)
    report(stage, log("a1", "NOANSWER"))
    report(stage, {"externalCallId": "a1", "callCollectedData": "[]"})
    assert stage.call()["state"] == "waiting"


@pytest.mark.parametrize("outcome", ["accepted", "not_sent", "refused", "unsure"])
@pytest.mark.parametrize(("said", "state"), [("ANSWER", "finished"), ("NOANSWER", "waiting")])
def test_an_answer_behind_the_result_changes_nothing(stage: Stage, outcome: str, said: str, state: str) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    go = dial(stage, call_id, "a1")
    report(stage, log("a1", said))
    before = stage.call()
    answer(stage, go, outcome, later(70))
    assert stage.call() == before
    assert before["state"] == state


@pytest.mark.parametrize("outcome", ["not_sent", "refused"])
def test_what_we_thought_did_not_arrive_is_proven_by_its_result(stage: Stage, outcome: str) -> None:
    stage.send("order.created", order())
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    answer(stage, dial(stage, call_id, "a1"), outcome, later(5))
    report(stage, log("a1", "ANSWER", "2"))
    assert ended(stage) == ("finished", "declined", "2")
    stage.dial(later(hours=1))
    assert stage.rung() == []


def test_a_call_that_a_person_sent_again_ends_by_the_first_ones_result(stage: Stage) -> None:
    call_id = lose(stage).call_id
    resolve(stage.store, call_id, "again", "chưa đổ chuông", "somebody", later(50))
    report(stage, log("a1", "NOANSWER"))
    assert ended(stage) == ("waiting", None, None)
    assert wakes(stage) == later(seconds=60, minutes=30)


def test_the_result_of_an_attempt_that_another_followed_is_recorded(stage: Stage) -> None:
    call_id = lose(stage).call_id
    resolve(stage.store, call_id, "again", "chưa đổ chuông", "somebody", later(50))
    stage.dial(later(55))
    report(stage, log("a1", "ANSWER", "1"))
    assert ended(stage) == ("placed", None, None)
    second = str(stage.vbot.calls[-1]["external_call_id"])
    report(stage, log(second, "ANSWER", "2"), at=later(90))
    assert ended(stage) == ("finished", "declined", "2")
    assert stage.call()["sentence_en"] == "The customer declined with key 2 (call 2)."
    assert [row.state for row in kept(stage)] == ["settled", "settled"]


@pytest.mark.parametrize("outcome", ["not_sent", "refused"])
@pytest.mark.parametrize(
    ("shown", "end"),
    [
        (log("a1", "ANSWER", "1"), ("finished", "confirmed", "1")),
        ({"externalCallId": "a1", "recordUrl": "https://vbot.example.test/a1"}, ("placed", None, None)),
    ],
)
def test_the_first_ones_proof_that_came_while_the_second_was_dialing_counts_if_that_was_not_placed(
    stage: Stage, outcome: str, shown: dict[str, Any], end: tuple[str, str | None, str | None]
) -> None:
    first = lose(stage)
    resolve(stage.store, first.call_id, "again", "the shop says that nobody rang", "test", later(60))
    admit(stage.store, stage.catalogs, later(60), 1, stage.client.account_id)
    second = dial(stage, first.call_id, "a2", later(60))
    report(stage, shown, at=later(61))
    assert stage.call()["state"] == "dialing"
    answer(stage, second, outcome, later(62))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, later(63))
    assert ended(stage) == end
    assert stage.dial(later(hours=1)) == []


def test_an_older_answer_that_came_while_the_second_was_dialing_counts_if_that_was_not_sent(stage: Stage) -> None:
    first = lose(stage)
    resolve(stage.store, first.call_id, "again", "the shop says that nobody rang", "test", later(60))
    admit(stage.store, stage.catalogs, later(60), 1, stage.client.account_id)
    second = dial(stage, first.call_id, "a2", later(60))
    answer(stage, first, "accepted", later(61))
    answer(stage, second, "not_sent", later(62))
    assert ended(stage) == ("placed", None, None)
    assert stage.dial(later(hours=1)) == []


def test_a_redial_that_was_not_sent_is_sent_again(stage: Stage) -> None:
    report(stage, log(ring(stage), "BUSY"))
    at = later(minutes=40)
    (call_id,) = admit(stage.store, stage.catalogs, at, 1, stage.client.account_id)
    second = dial(stage, call_id, "a2", at)
    answer(stage, second, "not_sent", at)
    assert stage.call()["state"] == "waiting"
    stage.dial(at + timedelta(minutes=20))
    assert len(stage.rung()) == 2


def test_an_older_result_after_the_end_shows_that_it_rang_twice(stage: Stage) -> None:
    go = lose(stage)
    resolve(stage.store, go.call_id, "again", "chưa đổ chuông", "somebody", later(50))
    stage.dial(later(55))
    report(stage, log(str(stage.vbot.calls[-1]["external_call_id"]), "ANSWER", "2"))
    report(stage, log("a1", "ANSWER", "1"), at=later(90))
    assert ended(stage) == ("finished", "declined", "2")
    assert "(call 2)" in stage.call()["sentence_en"]


def test_an_older_answered_withdraws_a_redial_that_waits(stage: Stage) -> None:
    first = ring(stage)
    report(stage, log(first, "NOANSWER"))
    stage.dial(later(minutes=40))
    report(stage, log(str(stage.vbot.calls[-1]["external_call_id"]), "BUSY"), at=later(minutes=41))
    report(stage, log(first, "ANSWER", "1"), at=later(minutes=42))
    assert ended(stage) == ("finished", "confirmed", "1")


def test_silence_for_a_day_ends_as_unknown_and_a_result_still_wins(stage: Stage) -> None:
    attempt = ring(stage)
    assert end_silent_calls(stage.store, stage.catalogs, later(hours=24, seconds=-1)) == 0
    assert stage.call()["state"] == "placed"
    assert end_silent_calls(stage.store, stage.catalogs, later(hours=24)) == 1
    assert ended(stage) == ("finished", "unknown", None)
    assert end_silent_calls(stage.store, stage.catalogs, later(hours=25)) == 0
    report(stage, log(attempt, "ANSWER", "1"), at=later(hours=26))
    assert ended(stage) == ("finished", "confirmed", "1")


def test_a_finished_order_counts_as_called(stage: Stage) -> None:
    report(stage, log(ring(stage), "ANSWER", "1"))
    with stage.store.read() as conn:
        balance = read_balance(conn, later(hours=-1), {}, TOLD)
    assert balance["orders"]["called"] == 1
    assert balance["unexplained_total"] == 0


def test_a_call_whose_rule_is_gone_ends_too(stage: Stage) -> None:
    attempt = ring(stage)
    stage.apply(at=later(10))
    report(stage, log(attempt, "ANSWER", "1"))
    assert ended(stage) == ("finished", "answered", "1")


PERSONAL = {"phone": "0900000001", "voiceText": "tôi tên Ví Dụ", "transId": "t-1"}


def test_what_was_told_of_a_forgotten_person_is_erased_and_the_end_stays(stage: Stage) -> None:
    report(stage, log(ring(stage), "ANSWER", "1", **PERSONAL), log("f" * 32, "ANSWER", "1", **PERSONAL))
    forget_person(stage, "0900000001")
    assert [row.body for row in kept(stage)] == [b"", b""]
    assert kept(stage)[0].told == {"said": "ANSWER", "end": "answered", "keys": "1", "pressed": True}
    assert ended(stage) == ("finished", "confirmed", "1")


def test_a_result_of_a_forgotten_person_leaves_nothing_personal_and_rings_nobody(stage: Stage) -> None:
    attempt = ring(stage)
    forget_person(stage, "0900000001")
    report(stage, log(attempt, "NOANSWER", **PERSONAL))
    (row,) = kept(stage)
    assert (row.body, row.told) == (b"", {"said": "NOANSWER", "end": "no_answer", "pressed": False})
    assert ended(stage) == ("finished", "no_answer", None)


def test_what_was_told_is_erased_after_its_time(stage: Stage) -> None:
    attempt = ring(stage)
    report(stage, log(attempt, "ANSWER", "1", **PERSONAL), b"{")
    expire_bodies(stage.store, TOLD, later(days=1), 100)
    assert all(row.body for row in kept(stage))
    expire_bodies(stage.store, later(61), later(days=1), 100)
    assert [row.body for row in kept(stage)] == [b"", b""]
    assert "transcript" not in kept(stage)[0].told


def forget_person(stage: Stage, phone: str) -> None:
    found = find_personal_data(stage.store, stage.catalogs, phone)
    forget(stage.store, stage.catalogs, phone, found, "somebody", later(90), keep_dnc=False)


def test_a_recording_that_was_erased_does_not_hinder_the_end(stage: Stage) -> None:
    attempt = ring(stage)
    report(stage, {"externalCallId": attempt, "recordUrl": "https://records.example.test/1"})
    expire_bodies(stage.store, later(61), later(days=1), 100)
    report(stage, log(attempt, "ANSWER", "1"))
    assert ended(stage) == ("finished", "confirmed", "1")
