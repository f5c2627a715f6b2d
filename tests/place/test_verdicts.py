"""What a rule said when the call was made is not asked again, unless something that it depends on has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from bridge.decide.verdicts import Verdicts
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.configuration.pauses import pause, resume
from tests.stage import NOW, RULE, Stage, later, order


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


@contextmanager
def bodies_read(store: Store) -> Iterator[list[str]]:
    """The statements that read a delivery's bytes meanwhile, to learn what they hold."""
    found: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT deliveries.id,") and "deliveries.body" in statement:
            found.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield found
    event.remove(store.engine, "before_cursor_execute", note)


def test_an_unchanged_order_is_not_read_again_when_it_is_dialled(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    with bodies_read(stage.store) as read:
        stage.dial()
    assert (read, stage.rung()) == ([], ["0900000001"])
    assert stage.vbot.calls[0]["datas"] == {"total": 495000}


def test_calls_that_a_pause_held_are_not_read_again_when_it_ends(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    with stage.store.write() as conn:
        pause(conn, "all", "", "a break", NOW, who="test")
    stage.dial()
    with stage.store.write() as conn:
        assert resume(conn, "all", "", "on", later(10), who="test")
    with bodies_read(stage.store) as read:
        stage.dial(later(20))
    assert (read, stage.rung()) == ([], ["0900000001"])


def test_a_worker_that_did_not_decide_reads_it(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.verdicts = Verdicts()
    with bodies_read(stage.store) as read:
        stage.dial()
    assert (len(read), stage.rung()) == (1, ["0900000001"])


def test_a_call_that_is_held_is_read_once(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "cooldown": "1h"})
    for number in (1, 2):
        stage.send("order.created", order(number, phone="0912345678"))
    stage.decide()
    stage.verdicts = Verdicts()
    with bodies_read(stage.store) as read:
        stage.dial()
        stage.dial(later(hours=1, minutes=1))
    assert (len(read), len(stage.rung())) == (2, 2)


@pytest.mark.parametrize("sent", ["order.updated", "order.created"])
def test_whatever_comes_of_the_order_lets_it_be_read_again(stage: Stage, sent: str) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.send(sent, order(total="123000", updated_at=later(1).isoformat()), later(1))
    stage.decide(later(1))
    stage.dial(later(2))
    assert stage.vbot.calls[0]["datas"] == {"total": 123000}


def test_a_changed_rule_is_asked_again(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.apply({**RULE, "when": "order.total > 500000"})
    stage.dial()
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", "changed", [])


def test_what_other_orders_or_the_ledger_say_is_always_asked_again(store: Store, vbot: FakeVBot) -> None:
    """A part rings only while its whole is cancelled without a ring."""
    stage = Stage(store, vbot, {**RULE, "cancel_on": []})
    whole = order(1, state="cancelled", updated_at=NOW.isoformat())
    stage.send("order.created", whole)
    stage.send("order.created", order(2, parent="id-1"))
    stage.decide()
    part = next(call for call in stage.calls() if call["order_id"] == "id-2")
    stage.send("order.updated", order(1, updated_at=later(1).isoformat()), later(1))
    stage.decide(later(1))
    stage.dial(later(2))
    (ended,) = [call for call in stage.calls() if call["id"] == part["id"]]
    assert (ended["state"], ended["reason"]) == ("cancelled", "changed")


def test_only_the_newest_are_kept(stage: Stage) -> None:
    stage.verdicts = Verdicts(most=1)
    for number in (1, 2):
        stage.send("order.created", order(number))
    stage.decide()
    with bodies_read(stage.store) as read:
        stage.dial()
    assert (len(read), len(stage.rung())) == (1, 2)
