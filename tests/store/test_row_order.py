"""What is listed, limited or told comes in an order of its own, and not in the one in which a database finds it."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.place.queue import admit
from bridge.store import Store
from bridge.store.calls import end_silent, find_call
from bridge.store.db.tables import deliveries
from bridge.store.decisions import late_cancel
from bridge.store.queue import queued_calls
from bridge.store.reports.counts import methods_not_cod
from bridge.store.reports.traces import decided_since
from tests.stage import NOW, RULE, Stage, later, order


def lines(*hotlines: str) -> list[dict[str, Any]]:
    """For the nth order a rule with the nth hotline: indexes of calls begin with it."""
    return [
        {**RULE, "rule": f"on-{hotline}", "hotline": hotline, "when": f"order.number == 'DH-{number}'"}
        for number, hotline in enumerate(hotlines, 1)
    ]


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    """Three calls, the oldest on the hotline that an index names last."""
    stage = Stage(store, vbot, *lines("0899999999", "0855555555", "0811111111"))
    for number in (1, 2, 3):
        stage.send("order.created", order(number))
        stage.decide()
    assert [call["hotline"] for call in stage.calls()] == ["0899999999", "0855555555", "0811111111"]
    return stage


def test_what_was_admitted_is_taken_up_oldest_first(stage: Stage) -> None:
    assert len(admit(stage.store, stage.catalogs, NOW, 16, stage.client.account_id)) == 3
    with stage.store.read() as conn:
        assert queued_calls(conn, later(1)) == [call["id"] for call in stage.calls()]


def test_calls_without_a_result_end_in_the_order_in_which_they_rang(stage: Stage) -> None:
    stage.dial()
    with stage.store.write() as conn:
        ended = end_silent(conn, later(1), later(2), 2)
    assert [call.id for call in ended] == [call["id"] for call in stage.calls()[:2]]


def test_words_that_came_equally_often_are_in_the_order_of_the_alphabet(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.payment.cod"})
    for number, method in enumerate(["Thu tại quầy", "Séc", "Quét thẻ", "Thu tại quầy"], 1):
        stage.send("order.created", order(number, payment={"method": method}))
    stage.decide()
    with stage.store.read() as conn:
        found = methods_not_cod(conn, NOW)["shop"]
    assert list(found.items()) == [("Thu tại quầy", 2), ("Quét thẻ", 1), ("Séc", 1)]


def test_an_order_that_was_taken_back_twice_too_late_tells_how_at_first(stage: Stage) -> None:
    stage.dial()
    for seconds, topic in ((1, "order.cancelled"), (2, "order.deleted")):
        at = later(seconds)
        stage.send(topic, order(1, state="cancelled", updated_at=at.isoformat()), at)
        stage.decide(at)
    with stage.store.read() as conn:
        call = find_call(conn, stage.calls()[0]["id"])
        assert call is not None
        assert late_cancel(conn, call) == "order.cancelled"


def test_what_is_traced_together_is_in_the_order_in_which_it_came(stage: Stage) -> None:
    ids = [delivery["id"] for delivery in stage.deliveries()]
    with stage.store.write() as conn:
        # A row that was changed stands elsewhere on Postgres.
        conn.execute(deliveries.update().where(deliveries.c.id == ids[0]).values(repeats=1))
    with stage.store.read() as conn:
        assert [one.id for one in decided_since(conn, ids[::-1], NOW)] == ids
