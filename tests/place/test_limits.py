from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.place.placing import Caps
from bridge.place.queue import admit
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.results import store_result
from tests.stage import NOW, RULE, SECRET, Stage, later, order

SOURCE = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
MIDNIGHT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # in Vietnam
DAY = {**RULE, "window": {"from": "00:00", "to": "24:00"}, "within": "7d", "cooldown": 0}


def send_many(stage: Stage, count: int, **changes: Any) -> None:
    for number in range(1, count + 1):
        stage.send("order.created", order(number, **changes))
    stage.decide()


@pytest.mark.parametrize("cap", ["deployment", "rule", "source"])
def test_a_cap_of_the_day_holds_the_rest_until_midnight(store: Store, vbot: FakeVBot, cap: str) -> None:
    rule = {**DAY, "max_per_day": 3} if cap == "rule" else DAY
    sources = [{**SOURCE, "max_per_day": 3}] if cap == "source" else [SOURCE]
    stage = Stage(store, vbot, rule, sources=sources)
    stage.caps = Caps(per_day=3 if cap == "deployment" else None)
    send_many(stage, 5)
    stage.dial()
    stage.dial(later(60))
    assert len(stage.rung()) == 3
    assert {call["reason"] for call in stage.calls() if call["state"] == "waiting"} == {"max_per_day"}
    stage.dial(MIDNIGHT)
    assert len(stage.rung()) == 5


@pytest.mark.parametrize("why", ["max_per_day", "phone_daily_limit", "advertised_today"])
def test_a_full_day_holds_until_the_hours_of_the_next_one(store: Store, vbot: FakeVBot, why: str) -> None:
    hours = {"days": "mon,wed", "from": "09:00", "to": "17:00"}
    own = {"max_per_day": {"max_per_day": 1}, "advertised_today": {"advertising": True}}
    stage = Stage(store, vbot, {**DAY, "window": hours, "within": "60h", **own.get(why, {})})
    stage.caps = Caps(per_phone=1 if why == "phone_daily_limit" else None)
    send_many(stage, 2, phone="0900000001")
    stage.dial()
    call = stage.calls()[1]
    assert (call["state"], call["reason"]) == ("waiting", why)
    assert "09:00 on 25 November 2026" in call["sentence_en"]
    stage.dial(MIDNIGHT)
    assert stage.calls()[1]["reason"] == why


def test_what_was_not_sent_does_not_count(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**DAY, "max_per_day": 1})
    vbot.fault("rate_limited", times=1)
    send_many(stage, 1)
    stage.dial()
    stage.dial(later(60))
    assert len(stage.rung()) == 1


def test_an_advertising_rule_rings_a_phone_once_a_day(store: Store, vbot: FakeVBot) -> None:
    window = {"from": "08:00", "to": "17:00"}
    advertising = {**DAY, "rule": "offer", "advertising": True, "window": window}
    stage = Stage(store, vbot, advertising)
    send_many(stage, 2, phone="0900000001")
    stage.dial()
    stage.dial(later(hours=1))
    assert len(stage.rung()) == 1
    assert stage.calls()[1]["reason"] == "advertised_today"
    stage.dial(MIDNIGHT)
    assert len(stage.rung()) == 1
    stage.dial(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert len(stage.rung()) == 2


def test_a_held_call_whose_promise_passes_expires(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**DAY, "max_per_day": 1, "within": "2h"})
    send_many(stage, 2)
    stage.dial()
    stage.dial(later(hours=3))
    assert [call["state"] for call in stage.calls()] == ["placed", "expired"]


def test_a_place_that_a_cap_refused_costs_no_token_of_the_hotline(store: Store, vbot: FakeVBot) -> None:
    capped = {**DAY, "rule": "capped", "max_per_day": 1}
    hotlines = [{"code": "0812345678", "per_minute": 60}]
    stage = Stage(store, vbot, capped, {**DAY, "on": ["order.updated"]}, hotlines=hotlines)
    send_many(stage, 3)
    for second in range(0, 10, 2):
        stage.dial(later(second))
    assert len(stage.rung()) == 1
    stage.send("order.updated", order(9), later(11))
    stage.decide(later(11))
    stage.dial(later(11))
    assert len(stage.rung()) == 2


def report_no_answer(stage: Stage, at: datetime) -> None:
    """VBot tells of its newest call that nobody answered."""
    told = {"externalCallId": stage.vbot.calls[-1]["external_call_id"], "disposition": "NO ANSWER"}
    with stage.store.write() as conn:
        store_result(conn, json.dumps(told).encode(), at)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)


def three_rules(**changes: Any) -> list[dict[str, Any]]:
    return [{**DAY, "rule": name, **changes} for name in ("confirm", "remind", "thank")]


def test_a_phone_is_called_no_more_often_in_a_day_than_the_setting_says(store: Store, vbot: FakeVBot) -> None:
    """Over all rules, sources and orders; what waits rings on the phone's next day."""
    stage = Stage(store, vbot, *three_rules())
    send_many(stage, 1, phone="0900000001")
    stage.send("order.created", order(2, phone="0900000001"), source="other")
    stage.decide()
    for second in range(9):
        stage.dial(later(second))
    assert stage.rung() == ["0900000001"] * 3
    held = [call for call in stage.calls() if call["state"] == "waiting"]
    assert {call["reason"] for call in held} == {"phone_daily_limit"}
    stage.send("order.created", order(3))
    stage.run(later(10))
    assert stage.rung()[3:] == ["0900000003"] * 3
    stage.dial(MIDNIGHT - timedelta(seconds=1))
    assert len(stage.rung()) == 6
    for second in range(9):
        stage.dial(MIDNIGHT + timedelta(seconds=second))
    assert stage.rung()[6:] == ["0900000001"] * 3


def test_a_call_whose_phone_had_enough_expires_with_that_reason(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, *three_rules(within="2h"))
    stage.caps = Caps(per_phone=2)
    send_many(stage, 1)
    for second in range(4):
        stage.dial(later(second))
    stage.dial(later(hours=3))
    ends = [(call["state"], call["reason"]) for call in stage.calls()]
    assert sorted(ends) == [("expired", "phone_daily_limit"), ("placed", "placed"), ("placed", "placed")]


def test_what_may_have_rung_counts_and_what_was_not_sent_does_not(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, *three_rules())
    stage.caps = Caps(per_phone=2)
    vbot.fault("rate_limited", times=2)
    vbot.fault("reset_after", times=1)
    send_many(stage, 1)
    for second in range(0, 120, 5):
        stage.dial(later(second))
    states = sorted(str(call["state"]) for call in stage.calls())
    assert states == ["placed", "unsure", "waiting"]


def test_a_redial_counts(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**DAY, "redial": {"on": ["no_answer"], "times": 5, "every": "1m"}})
    send_many(stage, 1)
    for minute in range(0, 30, 2):
        stage.dial(later(minutes=minute))
        report_no_answer(stage, later(minutes=minute))
    assert len(stage.rung()) == 3
    assert stage.call()["reason"] == "phone_daily_limit"


def test_the_members_of_a_batch_count_one_by_one(store: Store, vbot: FakeVBot) -> None:
    rules = [{**rule, "datas": {}, "batch": {"size": 3, "wait": "1m"}} for rule in three_rules()]
    stage = Stage(store, vbot, rules[0])
    stage.caps = Caps(per_phone=1)
    stage.know_fields("CONFIRM")
    send_many(stage, 3, phone="0900000001")
    for second in range(0, 180, 20):
        stage.dial(later(second))
    assert stage.rung() == ["0900000001"]


def test_workers_at_once_call_a_phone_no_more_often(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**DAY, "rule": "many", "once_per": "order"})
    send_many(stage, 12, phone="0900000001")
    queued = admit(store, stage.catalogs, NOW, 16, stage.client.account_id)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(stage.advance, queued))
    for second in range(1, 6):
        stage.dial(later(second))
    assert len(stage.rung()) == 3
