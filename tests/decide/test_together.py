"""Deliveries that are decided in one transaction fare as if each had been decided by itself, oldest first."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event, select

from bridge.decide import delivery
from bridge.decide.delivery import Run, decide_all, decide_together
from bridge.decide.event import Deciding
from bridge.fake_vbot import FakeVBot
from bridge.store import Connection, Store
from bridge.store.db.tables import calls, decisions, deliveries, events, orders
from bridge.store.people.dnc import add_numbers
from bridge.store.undecided import undecided
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

TOPICS = ("order.created", "order.created", "order.updated", "order.paid", "order.cancelled", "order.deleted")


class Undo(Exception):
    """The transaction leaves nothing."""


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def send_some(stage: Stage, dice: random.Random) -> None:
    """What happens to few orders of few phones, in any order of arrival, some in one delivery."""
    for number in range(24):
        told = [some_event(dice) for _ in range(dice.choice([1, 1, 1, 2, 3, 4]))]
        stage.send_body(json.dumps(told).encode(), later(number), dice.choice(["shop", "other"]))


def some_event(dice: random.Random) -> dict[str, Any]:
    topic = dice.choice(TOPICS)
    changes: dict[str, Any] = {"state": "cancelled"} if topic == "order.cancelled" else {}
    changes |= {"phone": f"09000000{dice.randrange(3):02d}", "total": str(dice.choice([5, 495000]))}
    if dice.random() < 0.2:
        changes["parent"] = f"id-{dice.randrange(8)}"
    return {
        "topic": topic,
        "order": order(dice.randrange(8), **changes, updated_at=later(dice.randrange(60)).isoformat()),
    }


def fate(store: Store, work: Callable[[Connection], object]) -> list[list[Any]]:
    """What became of every delivery, order, event, decision and call; the database is then as it was."""
    found: list[list[Any]] = []
    with suppress(Undo), store.write() as conn:
        work(conn)
        at = {row.id: (row.delivery_id, row.n) for row in conn.execute(select(events))}
        keys = {row.id: (row.rule, row.once_key) for row in conn.execute(select(calls))}
        found.append([tuple(row) for row in conn.execute(select(deliveries).order_by(deliveries.c.id))])
        found.append([tuple(row) for row in conn.execute(select(orders).order_by(*orders.primary_key))])
        said = [
            (at[row.event_id], row.rule, row.decision, row.reason, sorted(row.facts), keys.get(row.call_id))
            for row in conn.execute(select(decisions))
        ]
        # Ids are not compared: what was undone has used up some.
        unlike = {"id", "event_id"}
        made = [
            (at[row.event_id], {name: value for name, value in row._mapping.items() if name not in unlike})
            for row in conn.execute(select(calls))
        ]
        found += [sorted(at.values()), sorted(said, key=repr), sorted(made, key=repr)]
        raise Undo
    return found


LEDGER_RULE = {**RULE, "rule": "new buyers", "when": "buyer.orders == 0", "once_per": "order+topic"}


@pytest.mark.parametrize(("seed", "more"), [(0, ()), (1, ()), (2, ()), (3, ()), (4, ()), (5, (LEDGER_RULE,))])
def test_a_group_fares_as_its_deliveries_and_their_events_would_one_by_one(
    store: Store, vbot: FakeVBot, monkeypatch: pytest.MonkeyPatch, seed: int, more: tuple[dict[str, Any], ...]
) -> None:
    rules = [{**RULE, "when": "order.total > 1000"}, {**RULE, "rule": "daily", "once_per": "phone+day"}]
    stage = Stage(store, vbot, *rules, *more)
    send_some(stage, random.Random(seed))
    with store.write() as conn:
        add_numbers(conn, ["0900000002"], "asked", NOW)
    with store.read() as conn:
        waiting = undecided(conn, 100)

    def deciding(conn: Connection) -> Deciding:
        return Deciding(stage.catalogs.read(conn), later(60), HOTLINE)

    def one_by_one(conn: Connection) -> None:
        for delivery_id in waiting:
            decide_all(conn, deciding(conn), [delivery_id])

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "runs", lambda _, ready: [Run([one], is_together=False) for one in ready])
        alone = fate(store, one_by_one)
    assert fate(store, one_by_one) == alone
    assert fate(store, lambda conn: decide_all(conn, deciding(conn), waiting)) == alone
    assert len(alone[4]) > 0


def test_new_orders_take_as_many_statements_as_one_of_them(stage: Stage) -> None:
    assert statements(stage, 1) == statements(stage, 16) == statements(stage, 4)


def test_the_orders_of_one_delivery_take_as_many_statements_as_those_of_several(stage: Stage) -> None:
    """While they are decided, hooks wait on SQLite."""
    assert statements(stage, 16, in_one=True) == statements(stage, 1)


def statements(stage: Stage, count: int, *, in_one: bool = False) -> int:
    """How many are sent to decide so many new orders together, each of its own delivery or all of one."""
    first = len(stage.decisions())
    news = [order(first + n) for n in range(count)]
    told = [{"topic": "order.created", "order": one} for one in news]
    bodies = [json.dumps(each).encode() for each in ([told] if in_one else told)]
    ids = [stage.send_body(body, NOW, "shop").delivery_id or 0 for body in bodies]
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    with stage.store.write() as conn:
        event.listen(conn, "before_cursor_execute", note)
        closed, _ = decide_all(conn, Deciding(stage.catalogs.read(conn), NOW, HOTLINE), ids)
        event.remove(conn, "before_cursor_execute", note)
    assert [decision.decision for one in closed for decision in one.decisions] == ["call"] * count
    # Several lock their orders first, on Postgres alone.
    return len([one for one in sent if "advisory" not in one and "FROM orders" not in one])


def test_those_that_say_nothing_of_an_order_are_ignored_together(stage: Stage) -> None:
    ids = [stage.send("order.forgotten", order(number)).delivery_id or 0 for number in range(3)]
    assert decide_together(stage.store, stage.catalogs, ids[:2], NOW, HOTLINE)
    stage.decide()
    assert [delivery["state"] for delivery in stage.deliveries()] == ["ignored"] * 3


def test_one_that_cannot_be_read_ends_alone(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.send_body(b'{"topic": "order.created", "order": {"id": ')
    stage.send("order.created", order(3))
    with stage.store.read() as conn:
        waiting = undecided(conn, 100)
    before = stage.deliveries()
    assert not decide_together(stage.store, stage.catalogs, waiting, NOW, HOTLINE)
    assert stage.deliveries() == before
    stage.decide()
    assert [delivery["state"] for delivery in stage.deliveries()] == ["decided", "failed", "decided"]
