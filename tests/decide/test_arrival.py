"""Whatever order an order's messages arrive in, nobody is called about one that is cancelled."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from tests.stage import NOW, RULE, Stage, later, order

MESSAGES = ("order.created", "order.updated", "order.paid", "order.cancelled")
ARRIVALS = list(enumerate(permutations(MESSAGES)))
TIMES = {"timed": ("created_at", "updated_at"), "created only": ("created_at",), "untimed": ()}
EAGER = {**RULE, "rule": "eager", "on": ["order.created", "order.updated"]}


def message(number: int, topic: str, times: tuple[str, ...]) -> dict[str, Any]:
    """The order as the shop tells of it, a second after the message before."""
    happened = NOW - timedelta(seconds=60 - MESSAGES.index(topic))
    known = {"created_at": (NOW - timedelta(minutes=1)).isoformat(), "updated_at": happened.isoformat()}
    shown = order(number, payment={"cod": True, "paid": topic == "order.paid"})
    return {name: value for name, value in shown.items() if name not in known} | {name: known[name] for name in times}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_no_order_of_arrival_rings_after_a_cancel(store: Store, vbot: FakeVBot, times: tuple[str, ...]) -> None:
    stage = Stage(store, vbot, RULE, EAGER)
    for number, arrival in ARRIVALS:
        for step, topic in enumerate(arrival):
            stage.send(topic, message(number, topic, times), later(step))
            stage.decide(later(step))
    stage.dial(later(10))
    assert stage.rung() == []
    assert {call["state"] for call in stage.calls()} == {"cancelled"}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_a_call_is_placed_exactly_where_the_order_is_created_before_it_is_paid_or_cancelled(
    store: Store, vbot: FakeVBot, times: tuple[str, ...]
) -> None:
    stage = Stage(store, vbot)
    for step in range(len(MESSAGES)):
        for number, arrival in ARRIVALS:
            stage.send(arrival[step], message(number, arrival[step], times), later(step))
        stage.run(later(step))
    early = {
        order(number)["phone"]
        for number, arrival in ARRIVALS
        if arrival.index("order.created") < min(arrival.index("order.cancelled"), arrival.index("order.paid"))
    }
    assert set(stage.rung()) == early
    assert len(stage.rung()) == len(early)


def test_a_newer_time_opens_an_order_again_and_a_message_without_one_does_not(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, EAGER)
    untimed = {name: value for name, value in order(1).items() if name != "updated_at"}
    stage.send("order.cancelled", untimed)
    stage.run()
    stage.send("order.updated", untimed, later(5))
    stage.run(later(5))
    assert stage.rung() == []
    stage.send("order.updated", {**untimed, "updated_at": later(6).isoformat()}, later(10))
    stage.run(later(10))
    assert stage.rung() == [untimed["phone"]]


def test_a_cancel_without_a_time_closes_an_order_whose_clock_is_ahead(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, EAGER)
    ahead = later(hours=7).isoformat()  # a shop that writes its local time as UTC
    stage.send("order.created", order(1, created_at=ahead, updated_at=ahead))
    stage.decide()
    stage.send("order.cancelled", {"id": "id-1", "total": 1})
    stage.decide(later(1))
    stage.send("order.updated", {**order(1, updated_at=ahead), "note": "x"}, later(2))
    stage.run(later(2))
    assert stage.rung() == []
