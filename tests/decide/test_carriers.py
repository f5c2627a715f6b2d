"""A carrier's topics: a parcel under way rings though its order is fulfilled; one that came or went back does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.configuration.files import read_files
from bridge.fake_vbot import FakeVBot
from bridge.rules.rule import parse_rule
from bridge.store import Store
from tests.stage import RULE, Stage, later, order

UNDER_WAY = ("delivery.out", "delivery.failed", "delivery.returning")
OUT: dict[str, Any] = {**RULE, "on": list(UNDER_WAY), "after": "10m"}


def sent(stage: Stage, topic: str, seconds: int = 0, **changes: Any) -> None:
    at = later(seconds)
    stage.send(topic, order(1, **{"updated_at": at.isoformat(), **changes}), at)
    stage.decide(at)


@pytest.mark.parametrize("topic", UNDER_WAY)
@pytest.mark.parametrize("state", [None, "fulfilled"])
def test_a_parcel_under_way_rings(store: Store, vbot: FakeVBot, topic: str, state: str | None) -> None:
    stage = Stage(store, vbot, {**OUT, "after": "0"})
    sent(stage, topic, **({"state": state} if state else {}))
    stage.dial()
    assert stage.call()["state"] == "placed"


@pytest.mark.parametrize("topic", UNDER_WAY)
@pytest.mark.parametrize(
    ("state", "reason"),
    [("cancelled", "order_cancelled"), ("returned", "order_returned"), ("completed", "order_completed")],
)
def test_a_parcel_whose_order_ended_does_not(store: Store, vbot: FakeVBot, topic: str, state: str, reason: str) -> None:
    stage = Stage(store, vbot, OUT)
    sent(stage, topic, state=state)
    assert stage.decisions() == [("confirm", "skip", reason)]


def test_a_deleted_order_does_not_ring(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, OUT)
    sent(stage, "order.deleted")
    sent(stage, "delivery.out", 60)
    assert stage.calls() == []


def test_only_the_carriers_own_topic_opens_a_fulfilled_order(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "on": ["order.paid", "delivery.out"]})
    sent(stage, "order.paid", state="fulfilled")
    assert stage.decisions() == [("confirm", "skip", "order_fulfilled")]


@pytest.mark.parametrize("end", ["delivery.delivered", "delivery.returned"])
@pytest.mark.parametrize("cancel_on", [None, [], ["order.cancelled"]])
def test_what_came_or_went_back_ends_what_waits(
    store: Store, vbot: FakeVBot, end: str, cancel_on: list[str] | None
) -> None:
    stage = Stage(store, vbot, OUT if cancel_on is None else {**OUT, "cancel_on": cancel_on})
    sent(stage, "delivery.out")
    sent(stage, end, 60)
    call = stage.call()
    assert (call["state"], call["reason"]) == ("cancelled", end.replace(".", "_"))


def test_an_out_that_arrives_after_the_end_rings_nobody(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, OUT)
    sent(stage, "delivery.delivered", 60)
    sent(stage, "delivery.out", 0)
    assert stage.calls() == []
    assert stage.decisions()[-1] == ("confirm", "skip", "order_delivered")


def test_each_failed_delivery_has_a_call_beside_the_confirmation(store: Store, vbot: FakeVBot) -> None:
    both = {**RULE, "on": ["order.created", "delivery.failed"]}
    assert parse_rule(both).once_per == "order+topic"
    assert parse_rule({**both, "once_per": "order"}).once_per == "order"
    assert parse_rule(RULE).once_per == "order"
    stage = Stage(store, vbot, both)
    sent(stage, "order.created")
    sent(stage, "delivery.failed", 60)
    sent(stage, "delivery.failed", 120)
    assert len(stage.calls()) == 2


def test_after_delivery_rings_for_what_is_delivered_and_paid(store: Store, vbot: FakeVBot) -> None:
    ask = {**RULE, "on": ["delivery.delivered"], "after_delivery": True}
    stage = Stage(store, vbot, ask)
    sent(stage, "delivery.delivered", payment={"cod": True, "paid": True})
    stage.dial()
    assert stage.call()["state"] == "placed"


@pytest.mark.parametrize("state", ["cancelled", "returned"])
def test_after_delivery_is_no_leave_for_what_went_back(store: Store, vbot: FakeVBot, state: str) -> None:
    stage = Stage(store, vbot, {**RULE, "on": ["delivery.delivered"], "after_delivery": True})
    sent(stage, "delivery.delivered", state=state)
    assert stage.calls() == []


def test_a_return_ends_a_call_that_was_to_ask_how_it_was(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "on": ["delivery.delivered"], "after_delivery": True, "after": "2h"})
    sent(stage, "delivery.delivered")
    sent(stage, "delivery.returned", 60)
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "delivery_returned")


def test_delivered_without_after_delivery_could_never_ring_and_check_says_so() -> None:
    text = json.dumps({"rules": [{**RULE, "on": ["delivery.delivered"]}]})
    _, (finding,) = read_files([("a.json", text)], parse_rule, [])
    assert finding.path == "rules[0].on[0]"
    assert finding.message == "delivery.delivered rings only with after_delivery: true; write that too"
