from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from tests.stage import RULE, SECRET, Stage, later, order

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
    stage.max_calls_per_day = 3 if cap == "deployment" else None
    send_many(stage, 5)
    stage.dial()
    stage.dial(later(60))
    assert len(stage.rung()) == 3
    assert {call["reason"] for call in stage.calls() if call["state"] == "waiting"} == {"max_per_day"}
    stage.dial(MIDNIGHT)
    assert len(stage.rung()) == 5


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
