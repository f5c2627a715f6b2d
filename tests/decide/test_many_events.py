"""A message of very many orders is decided in several transactions; a kill between them loses and doubles nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bridge.decide.delivery import EVENTS_AT_ONCE, decide, decide_all, decide_together
from bridge.decide.event import Deciding
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.db.tables import calls, decisions, deliveries, events
from tests.stage import HOTLINE, NOW, Stage, later, order

ORDERS = 2 * EVENTS_AT_ONCE + 7


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def send_many(stage: Stage) -> int:
    """A delivery of so many new orders, newest first."""
    told = [{"topic": "order.created", "order": order(number)} for number in reversed(range(ORDERS))]
    return stage.send_body(json.dumps(told).encode(), NOW, "shop").delivery_id or 0


def stored(stage: Stage) -> tuple[str, int, int, int]:
    """The state of the only delivery, and how many events, decisions and orders with a call there are."""
    with stage.store.read() as conn:
        state = conn.execute(select(deliveries.c.state)).scalar_one()
        counts = (select(func.count()).select_from(table) for table in (events, decisions))
        called = select(func.count(calls.c.order_id.distinct()))
        numbers = [conn.execute(one).scalar_one() for one in (*counts, called)]
    assert len(stage.calls()) == numbers[-1]
    return (state, *numbers)


def decide_first_part(stage: Stage, delivery_id: int) -> None:
    """As a worker that is killed behind its first commit."""
    with stage.store.write() as conn:
        decide_all(conn, Deciding(stage.catalogs.read(conn), NOW, HOTLINE), [delivery_id])


def test_each_commit_holds_a_part_and_the_last_one_closes_the_delivery(stage: Stage) -> None:
    found: list[tuple[Any, ...]] = []
    delivery_id = send_many(stage)
    event.listen(stage.store.engine, "commit", lambda conn: found.append(in_transaction(conn)))
    assert decide(stage.store, stage.catalogs, delivery_id, NOW, HOTLINE)
    assert list(dict.fromkeys(one for one in found if one[1])) == [
        ("stored", EVENTS_AT_ONCE),
        ("stored", 2 * EVENTS_AT_ONCE),
        ("decided", ORDERS),
    ]
    assert stored(stage) == ("decided", ORDERS, ORDERS, ORDERS)
    assert not decide(stage.store, stage.catalogs, delivery_id, NOW, HOTLINE)


def in_transaction(conn: Any) -> tuple[Any, ...]:
    state = conn.execute(select(deliveries.c.state)).scalar_one()
    return (state, conn.execute(select(func.count()).select_from(events)).scalar_one())


def test_what_a_killed_worker_left_is_decided_by_another_and_nothing_twice(stage: Stage, vbot: FakeVBot) -> None:
    delivery_id = send_many(stage)
    decide_first_part(stage, delivery_id)
    assert stored(stage) == ("stored", EVENTS_AT_ONCE, EVENTS_AT_ONCE, EVENTS_AT_ONCE)
    stage.dial(later(60))
    assert stage.rung() == []  # the rest may hold a cancel of these orders
    stage.decide(later(120))
    assert stored(stage) == ("decided", ORDERS, ORDERS, ORDERS)


def test_a_cancel_is_decided_in_the_part_of_its_order(stage: Stage) -> None:
    told = [{"topic": "order.created", "order": order(number)} for number in range(ORDERS)]
    last = sorted((one["order"] for one in told), key=lambda one: str(one["id"]))[EVENTS_AT_ONCE - 1]
    told.append(
        {"topic": "order.cancelled", "order": {**last, "state": "cancelled", "updated_at": later(30).isoformat()}}
    )
    decide_first_part(stage, stage.send_body(json.dumps(told).encode(), NOW, "shop").delivery_id or 0)
    ended = [call["order_id"] for call in stage.calls() if call["state"] == "cancelled"]
    assert (ended, len(stage.calls())) == ([last["id"]], EVENTS_AT_ONCE)
    stage.decide(later(60))
    state, decided, _, called = stored(stage)
    assert (state, decided, called) == ("decided", ORDERS + 1, ORDERS)
    assert [call["order_id"] for call in stage.calls() if call["state"] == "cancelled"] == [last["id"]]


def test_several_deliveries_of_which_one_is_large_are_all_decided(stage: Stage) -> None:
    large, small = send_many(stage), stage.send("order.created", order(ORDERS)).delivery_id or 0
    assert not decide_together(stage.store, stage.catalogs, [large, small], NOW, HOTLINE)
    for delivery_id in (large, small):
        decide(stage.store, stage.catalogs, delivery_id, NOW, HOTLINE)
    assert [delivery["state"] for delivery in stage.deliveries()] == ["decided", "decided"]
    assert len(stage.calls()) == ORDERS + 1
