"""Several orders in one delivery: each is decided by itself, and stays itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from tests.stage import RULE, SECRET, Stage, later, order

SETTINGS: dict[str, Any] = {"topic": "type", "topics": {"new": "order.created"}}


def shops(**settings: Any) -> dict[str, Any]:
    return {"sources": [{"id": "shop", "platform": "generic", "secrets": [SECRET], "settings": settings or SETTINGS}]}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, {**RULE, "after": "5m"}, **shops())


def send(stage: Stage, *entries: dict[str, Any]) -> None:
    stage.send_body(json.dumps(list(entries)).encode())
    stage.decide()


def test_each_order_of_a_list_rings_its_own_buyer(stage: Stage) -> None:
    send(stage, {"type": "new", **order(1)}, {"type": "new", **order(2)})
    stage.run(later(minutes=6))
    assert stage.rung() == [order(1)["phone"], order(2)["phone"]]
    (delivery,) = stage.deliveries()
    assert [event["order_id"] for event in delivery["events"]] == ["id-1", "id-2"]


def test_an_order_that_cannot_be_read_costs_the_others_nothing_and_is_not_forgotten(stage: Stage) -> None:
    send(stage, {"type": "new", **order(1)}, {"type": "new", "total": 5}, {"type": "new", **order(3)})
    stage.run(later(minutes=6))
    assert stage.rung() == [order(1)["phone"], order(3)["phone"]]
    (delivery,) = stage.deliveries()
    assert (delivery["state"], delivery["reason"], delivery["detail"]) == ("failed", "bad_payload", "/1/id: is missing")


def test_an_order_keeps_its_words_when_the_settings_read_more_orders_of_its_list(stage: Stage) -> None:
    send(stage, {"type": "other", **order(1, total=111)}, {"type": "new", **order(2, total=222)})
    stage.apply(
        {**RULE, "after": "5m"}, **shops(topic="type", topics={"new": "order.created", "other": "order.updated"})
    )
    stage.run(later(minutes=6))
    assert [(call["order_id"], call["datas"], call["state"]) for call in stage.calls()] == [
        ("id-2", {"total": 222}, "placed")
    ]
    assert stage.rung() == [order(2)["phone"]]


def test_what_was_read_around_and_an_unknown_state_are_said(stage: Stage) -> None:
    stage.send_body(json.dumps({"type": "new", **order(1), "items": 5}).encode())
    stage.send_body(json.dumps({"type": "new", **order(2), "status": "chốt sổ"}).encode())
    stage.decide()
    odd, unknown = stage.deliveries()
    assert (odd["state"], odd["reason"]) == ("decided", "read_around")
    assert odd["detail"] == "/items: is not a list of the order's lines"
    assert (unknown["state"], unknown["reason"], unknown["detail"]) == ("decided", "unknown_state", "chốt sổ")
