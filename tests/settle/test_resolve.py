"""An unsure call, settled by a person; a late answer still wins."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from bridge.core.breaker import Breaker
from bridge.decide.replay import replay
from bridge.fake_vbot import FakeVBot
from bridge.place.checks import Checking
from bridge.place.dial import Go, check_and_dial
from bridge.place.manual import manual_call, manual_rule
from bridge.place.outcome import record_outcome
from bridge.place.placing import Clock
from bridge.place.queue import admit
from bridge.settle.resolve import Settled, Word, resolve
from bridge.store import Store
from bridge.store.calls import LEASE, count_unsure, create_call, find_call
from bridge.store.db.tables import actions, calls
from bridge.store.queue import sweep
from bridge.store.reports.balance import read_balance
from bridge.vbot.client import Outcome
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

SEEN = later(60)


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def lose(stage: Stage, number: int = 1, external_call_id: str = "a1") -> Go:
    """A call whose worker died after the commit: unsure, and its attempt may still be answered."""
    stage.send("order.created", order(number))
    stage.decide()
    (call_id,) = admit(stage.store, stage.catalogs, NOW, 1, stage.client.account_id)
    with stage.store.write() as conn:
        go = check_and_dial(conn, Checking(stage.catalogs.read(conn), Breaker(), NOW), call_id, external_call_id)
        sweep(conn, NOW + LEASE)
    assert go is not None
    return go


def answer(stage: Stage, go: Go, outcome: str, at: datetime) -> None:
    """VBot's answer to that attempt, however late."""
    clock = Clock(lambda: at, lambda: 0.0, lambda: 0.0)
    vbot_call_id = "CALL_1" if outcome == "accepted" else None
    with stage.store.write() as conn:
        call = find_call(conn, go.call_id, lock=True)
        record_outcome(conn, call, go, Outcome(outcome, outcome, 200, vbot_call_id), clock, renews=False)


def say(stage: Stage, word: Word, at: datetime = SEEN, call_id: int | None = None) -> Settled:
    return resolve(stage.store, call_id or stage.call()["id"], word, "đã xem trên VBot", "somebody", at)


def acts(stage: Stage) -> list[tuple[object, ...]]:
    columns = (actions.c.at, actions.c.who, actions.c.command, actions.c.subject, actions.c.reason)
    with stage.store.read() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(actions.c.id))]


def test_a_call_that_rang_is_placed_and_never_sent_again(stage: Stage) -> None:
    lose(stage)
    assert say(stage, "rang") == Settled("unsure")
    call = stage.call()
    (attempt,) = call["attempts"]
    assert (call["state"], call["reason"]) == ("placed", "resolved_rang")
    assert "đã xem trên VBot" in call["sentence"]
    assert (attempt["outcome"], attempt["detail"]) == ("unsure", "resolved_rang")
    with stage.store.read() as conn:
        assert conn.execute(select(calls.c.placed_at)).scalar_one() == NOW
    for minutes in (1, 60, 600):
        stage.dial(later(minutes=minutes))
    assert stage.rung() == []
    assert acts(stage) == [(later(60), "somebody", "resolve rang", f"call:{call['id']}", "đã xem trên VBot")]


def test_a_call_that_did_not_ring_is_sent_again_once_under_a_new_id(stage: Stage) -> None:
    lose(stage)
    assert say(stage, "again").problem is None
    assert (stage.call()["state"], stage.call()["reason"]) == ("waiting", "resolved_again")
    for seconds in (61, 120, 3600):
        stage.dial(later(seconds))
    first, second = stage.call()["attempts"]
    assert (first["outcome"], first["detail"], second["outcome"]) == ("unsure", "resolved_again", "accepted")
    assert first["external_call_id"] != second["external_call_id"]
    assert (stage.call()["state"], stage.rung()) == ("placed", ["0900000001"])


def test_again_asks_everything_anew(stage: Stage) -> None:
    lose(stage)
    say(stage, "again")
    stage.apply({**RULE, "when": "order.total > 1000000"})
    stage.dial(later(61))
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "changed", [])


def test_again_waits_for_the_window(stage: Stage) -> None:
    lose(stage)
    night = later(hours=11)  # 21:00 in Vietnam
    say(stage, "again", night)
    stage.dial(night)
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("waiting", "window_closed", [])
    stage.dial(later(hours=22))
    assert stage.rung() == ["0900000001"]


def test_again_is_refused_once_the_calls_time_is_over(stage: Stage) -> None:
    lose(stage)
    settled = say(stage, "again", later(hours=24))
    assert (settled.state, settled.problem) == ("unsure", "expired")
    assert (stage.call()["state"], acts(stage)) == ("unsure", [])
    assert say(stage, "rang", later(hours=24)).problem is None


def test_again_is_refused_where_the_shop_took_the_order_back(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "cancel_on": ["order.paid"]})
    lose(stage)
    stage.send("order.paid", order(payment={"cod": False, "paid": True}, updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    assert stage.decisions()[-1] == ("confirm", "cancel", "too_late")
    assert say(stage, "again").problem == "taken_back"
    assert stage.call()["state"] == "unsure"


def test_a_call_that_is_left_stays_unsure_and_says_that_somebody_looked(stage: Stage) -> None:
    lose(stage)
    for _ in range(2):
        assert say(stage, "leave").problem is None
    call = stage.call()
    assert (call["state"], call["reason"]) == ("unsure", "left_unsure")
    assert call["attempts"][0]["detail"] == "lease_over"
    with stage.store.read() as conn:
        shown = read_balance(conn, later(days=-1), {"shop": ["order.created"]}, later(60))
    assert (shown["orders"]["unsure"], shown["unexplained_total"]) == (1, 0)
    stage.dial(later(hours=1))
    assert stage.rung() == []
    assert say(stage, "again").problem is None


@pytest.mark.parametrize("word", ["rang", "again", "leave"])
def test_the_alarm_of_unsure_calls_ends_once_a_person_has_looked(stage: Stage, word: Word) -> None:
    lose(stage)
    with stage.store.read() as conn:
        assert count_unsure(conn) == 1
    say(stage, word)
    with stage.store.read() as conn:
        assert count_unsure(conn) == 0


@pytest.mark.parametrize("word", ["rang", "again", "leave"])
@pytest.mark.parametrize("state", ["waiting", "placed", "refused"])
def test_only_an_unsure_call_can_be_resolved(stage: Stage, word: Word, state: str) -> None:
    stage.send("order.created", order())
    stage.decide()
    if state == "refused":
        stage.vbot.fault("refuse", times=1)
    if state != "waiting":
        stage.dial()
    settled = say(stage, word)
    assert (settled.state, settled.problem) == (state, "not_unsure")
    assert (stage.call()["state"], acts(stage)) == (state, [])
    assert say(stage, word, call_id=99) == Settled(None)


@pytest.mark.parametrize("word", ["again", "leave"])
def test_a_late_answer_wins_over_a_persons_word(stage: Stage, word: Word) -> None:
    go = lose(stage)
    say(stage, word)
    answer(stage, go, "accepted", later(61))
    call = stage.call()
    assert (call["state"], call["attempts"][0]["outcome"]) == ("placed", "accepted")
    for seconds in (62, 3600):
        stage.dial(later(seconds))
    assert (len(stage.call()["attempts"]), stage.rung()) == (1, [])


def test_a_late_answer_prevents_a_resend_that_is_queued(stage: Stage) -> None:
    go = lose(stage)
    say(stage, "again")
    (call_id,) = admit(stage.store, stage.catalogs, later(61), 1, stage.client.account_id)
    answer(stage, go, "accepted", later(61))
    stage.advance(call_id, later(61))
    assert (stage.call()["state"], stage.rung()) == ("placed", [])


def test_a_late_refusal_leaves_the_resend_as_it_is(stage: Stage) -> None:
    go = lose(stage)
    say(stage, "again")
    answer(stage, go, "refused", later(61))
    assert stage.call()["state"] == "waiting"
    stage.dial(later(62))
    assert stage.rung() == ["0900000001"]


def test_two_people_who_say_again_ring_once(stage: Stage) -> None:
    lose(stage)
    said = [say(stage, "again").problem for _ in range(2)]
    assert said == [None, "not_unsure"]
    stage.dial(later(61))
    stage.dial(later(3600))
    assert len(stage.rung()) == 1


def test_what_was_once_unsure_is_not_replayed(stage: Stage) -> None:
    lose(stage)
    say(stage, "again")
    stage.vbot.fault("refuse", times=1)
    stage.dial(later(61))
    assert stage.call()["state"] == "refused"
    ids = [stage.deliveries()[0]["id"]]
    (done,) = replay(stage.store, stage.catalogs, ids, lambda: later(120), HOTLINE)
    assert done.decisions[0].reason == "already_called"


def test_a_call_by_hand_can_be_sent_again(stage: Stage) -> None:
    rule, span = manual_rule("CONFIRM", HOTLINE, None), (NOW, later(hours=5))
    with stage.store.write() as conn:
        assert create_call(conn, manual_call(rule, "one:1", "0900000001", HOTLINE, {"total": "1"}, span, NOW), NOW)
    stage.vbot.fault("reset_before", times=1)
    stage.dial()
    assert stage.call()["state"] == "unsure"
    assert say(stage, "again").problem is None
    stage.dial(later(61))
    assert (stage.call()["state"], stage.rung()) == ("placed", ["0900000001"])
