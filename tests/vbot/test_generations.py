"""Each generation under the whole bridge: an order rings once, and an empty account stops the line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.store import Store
from bridge.store.breakers import find_breaker
from tests.stage import NOW, Stage, order

SPOKEN = [
    Settings(),
    Settings(generation="v2"),
    Settings(generation="v3"),
    Settings(generation="v3", v3_paths="old"),
]


@pytest.fixture(params=SPOKEN, ids=lambda settings: f"{settings.generation} {settings.v3_paths}")
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(request.param) as running:
        yield running


def test_an_order_rings_once_by_the_id_of_its_attempt(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    for minutes in range(3):
        stage.run(NOW + timedelta(minutes=minutes))
    (rung,), call = vbot.calls, stage.call()
    assert (call["state"], [attempt["outcome"] for attempt in call["attempts"]]) == ("placed", ["accepted"])
    assert [attempt["external_call_id"] for attempt in call["attempts"]] == [rung["external_call_id"]]


def test_a_lost_answer_leaves_the_call_unsure_in_every_generation(store: Store, vbot: FakeVBot) -> None:
    vbot.fault("reset_after")
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    for minutes in range(3):
        stage.run(NOW + timedelta(minutes=minutes))
    assert (stage.call()["state"], len(vbot.calls)) == ("unsure", 1)


def test_an_empty_account_stops_the_line_where_vbot_tells_the_balance(store: Store, vbot: FakeVBot) -> None:
    vbot.balance(0)
    stage = Stage(store, vbot)
    for number in (1, 2):
        stage.send("order.created", order(number))
    stage.run()
    with store.read() as conn:
        line = find_breaker(conn, stage.client.account_id, NOW)
    shown = vbot.settings.generation == "v3"
    assert (line.state, line.reason) == (("open", "no_balance") if shown else ("closed", None))
    states = sorted((call["state"], call["reason"]) for call in stage.calls())
    both = [("refused", "vbot_system_error")] * 2
    assert states == ([("refused", "no_balance"), ("waiting", "line_stopped")] if shown else both)
    assert vbot.calls == []
