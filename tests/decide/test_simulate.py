"""The time machine: what other rules would have made of stored deliveries; nothing is stored, nobody is called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bridge.core.reports.best_hour import Learned
from bridge.decide.trial.difference import Pair, count, pairs, ring_twice
from bridge.decide.trial.simulate import Simulation, run, start
from bridge.fake_vbot import FakeVBot
from bridge.rules.rule import parse_rule
from bridge.store import Store
from bridge.store.db.tables import metadata
from bridge.store.deliveries import Span, ids_of_span
from bridge.store.people.dnc import add_numbers
from bridge.store.reports.best_hour import keep_learned
from tests.decide.test_best_hour import HELD, HUE, MOVED
from tests.decide.test_parcels import VTP, ordered, told
from tests.stage import NOW, RULE, SECRET, Stage, later, order

DATAS = {"total": {"from": "order.total", "format": "vnd_words"}}
WITH_WORDS: dict[str, Any] = {**RULE, "datas": DATAS}


def simulate(stage: Stage, *rules: dict[str, Any]) -> tuple[Simulation, list[Pair]]:
    with stage.store.read() as conn:
        catalog = stage.catalogs.read(conn)
        ids = ids_of_span(conn, Span(NOW - timedelta(days=1), None, ("decided",)))
    simulation = start(catalog, [parse_rule(rule) for rule in rules])
    assert list(run(stage.store, simulation, ids)) == ([len(ids)] if ids else [])
    return simulation, list(pairs(simulation))


def counted(stage: Stage, *rules: dict[str, Any]) -> dict[str, int]:
    return {kind: number for kind, number in count(simulate(stage, *rules)[1]).items() if number}


def rows(store: Store) -> dict[str, int]:
    with store.read() as conn:
        return {
            name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def test_the_same_rules_make_the_calls_that_were_made(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    for number in range(1, 4):
        stage.send("order.created", order(number))
    stage.send("order.created", order(4, payment={"cod": True, "paid": True}))
    stage.decide()
    made = {(call["order_id"], call["not_before"]) for call in stage.calls()}
    simulation, found = simulate(stage, RULE)
    assert {(pair.call.order_id, pair.call.not_before.isoformat()) for pair in found} == made
    assert (count(found)["same"], simulation.events, simulation.skipped) == (3, 4, 0)


def test_added_dropped_moved_and_changed_calls_are_told_apart(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1, total="50000"))
    stage.send("order.created", order(2, total="500000"))
    stage.decide()
    assert counted(stage, {**RULE, "when": "order.total > 100000"}) == {"dropped": 1, "same": 1}
    assert counted(stage, {**RULE, "after": "2h"}) == {"moved": 2}
    assert counted(stage, {**RULE, "datas": {"words": "xin chào"}}) == {"changed": 2}
    assert counted(stage, {**RULE, "datas": {"words": "xin chào"}, "after": "2h"}) == {"moved": 2, "changed": 2}
    assert counted(stage, RULE, {**RULE, "rule": "second"}) == {"added": 2, "same": 2}
    assert counted(stage) == {"dropped": 2}
    _, found = simulate(stage, {**RULE, "when": "order.total > 100000"})
    (dropped,) = [pair for pair in found if pair.kinds == ("dropped",)]
    assert (dropped.call.order_id, dropped.reason) == ("id-1", "condition_false")


def test_nothing_is_stored_and_nobody_is_called(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1))
    stage.decide()
    before, calls = rows(store), stage.calls()
    simulate(stage, {**WITH_WORDS, "after": "1h"}, {**WITH_WORDS, "rule": "second"})
    assert (rows(store), stage.calls()) == (before, calls)
    assert stage.rung() == []


def test_a_cancel_before_the_call_takes_it_back_and_one_after_it_does_not(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "after": "10m"})
    stage.send("order.created", order(1))
    stage.send("order.cancelled", order(1, updated_at=later(300).isoformat()), later(300))
    stage.decide(later(300))
    assert counted(stage, {**RULE, "after": "10m"}) == {}
    _, found = simulate(stage, {**RULE, "after": "1m"})
    ((pair),) = found
    assert (pair.kinds, pair.reason) == (("added",), "order_cancelled")


def test_what_is_said_is_the_newest_state_before_the_call(store: Store, vbot: FakeVBot) -> None:
    rule = {**WITH_WORDS, "after": "10m"}
    stage = Stage(store, vbot, rule)
    stage.send("order.created", order(1))
    changed = order(1, total="700000", updated_at=later(60).isoformat())
    stage.send("order.updated", changed, later(60))
    stage.decide(later(60))
    _, (pair,) = simulate(stage, {**rule, "after": "0"})
    assert pair.before is not None and pair.after is not None
    assert pair.before.datas == {"total": "bảy trăm nghìn đồng"}
    assert pair.after.datas == {"total": "bốn trăm chín mươi lăm nghìn đồng"}
    assert pair.kinds == ("moved", "changed")


def test_an_older_message_that_comes_later_changes_nothing(store: Store, vbot: FakeVBot) -> None:
    rule = {**WITH_WORDS, "after": "10m"}
    stage = Stage(store, vbot, rule)
    stage.send("order.created", order(1, total="700000", updated_at=later(30).isoformat()))
    stage.send("order.updated", order(1, total="1", updated_at=later(-50).isoformat()), later(60))
    stage.decide(later(60))
    _, (pair,) = simulate(stage, rule)
    assert pair.call.datas == {"total": "bảy trăm nghìn đồng"}


def test_a_key_is_called_once_even_where_the_call_ended(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "on": ["order.created", "order.updated"], "when": "order.total > 100000", "after": "10m"}
    stage = Stage(store, vbot, rule)
    for seconds, total in ((0, "500000"), (60, "5"), (120, "500000")):
        stage.send("order.updated", order(1, total=total, updated_at=later(seconds).isoformat()), later(seconds))
        stage.decide(later(seconds))
    _, found = simulate(stage, rule)
    assert found == []


def test_numbers_nobody_may_call_are_called_by_neither_side(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1))
    stage.decide()
    with store.write() as conn:
        add_numbers(conn, [stage.call()["phone"]], "no", NOW)
    _, found = simulate(stage, RULE, {**RULE, "rule": "second"})
    assert found == []


def test_phones_that_ring_twice_on_a_day_are_counted(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1))
    stage.send("order.created", order(2))
    stage.decide()
    simulation, _ = simulate(stage, RULE, {**RULE, "rule": "second"})
    assert (ring_twice(simulation.before), ring_twice(simulation.after)) == (0, 2)


def test_a_rule_that_is_switched_off_makes_no_call(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1))
    stage.decide()
    assert counted(stage, {**RULE, "enabled": False}) == {"dropped": 1}


SHOP = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
OUT = {**RULE, "rule": "today", "on": ["delivery.out"], "within": "12h", "after": "10m"}
BY_CARRIER = {**OUT, "sources": ["vtp"]}
CONFIRM = {**RULE, "after": "10m"}
ORDERED, IS_OUT, IS_TAKEN, IS_LATE = ("order", 0), ("out", 60), ("taken", 300), ("out", 400)


@pytest.mark.parametrize(
    ("happened", "rule", "calls"),
    [
        ([ORDERED, IS_OUT], OUT, 1),
        ([ORDERED, IS_OUT], BY_CARRIER, 1),
        ([ORDERED, IS_OUT, IS_TAKEN], OUT, 0),
        ([ORDERED, IS_TAKEN, IS_LATE], {**OUT, "within": "1h"}, 0),
        ([("out", -60), ORDERED], OUT, 1),
        ([("out", -60), ("taken", -30), ORDERED], OUT, 0),
        ([ORDERED, IS_OUT], CONFIRM, 0),
        ([ORDERED], CONFIRM, 1),
    ],
)
def test_what_carriers_tell_is_simulated_as_it_was_decided_and_dialled(
    store: Store, vbot: FakeVBot, happened: list[tuple[str, int]], rule: dict[str, Any], calls: int
) -> None:
    stage = Stage(store, vbot, rule, sources=[SHOP, VTP])
    for what, seconds in happened:
        if what == "order":
            ordered(stage, later(seconds))
        else:
            # The carrier's clock is late where the status is: it was out before it was taken.
            told(stage, what, later(min(seconds, 299)) if seconds == 400 else later(seconds), later(seconds))
        stage.decide(later(seconds))
    stage.dial(later(1200))
    assert len(stage.rung()) == calls
    _, found = simulate(stage, rule)
    assert [pair.kinds for pair in found] == [("same",)] * calls
    _, found = simulate(stage)
    assert [pair.kinds for pair in found] == [("dropped",)] * calls


def test_a_status_from_before_the_span_counts_and_one_from_after_it_does_not(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, OUT, sources=[SHOP, VTP])
    ordered(stage, later(0))
    told(stage, "out", later(60))
    stage.decide(later(60))
    told(stage, "taken", later(300))
    stage.decide(later(300))
    with store.read() as conn:
        catalog = stage.catalogs.read(conn)
        _, is_out, is_taken = ids_of_span(conn, Span(NOW - timedelta(days=1), None, ("decided",)))
    for ids, calls in (([is_out], 1), ([is_out, is_taken], 0)):
        simulation = start(catalog, [parse_rule(OUT)])
        list(run(store, simulation, ids))
        assert len(list(pairs(simulation))) == calls


def test_calls_wait_for_their_best_hour_in_a_simulation_too(store: Store, vbot: FakeVBot) -> None:
    best = {**RULE, "hour": "best"}
    stage = Stage(store, vbot, best)
    with store.write() as conn:
        keep_learned(conn, Learned({("Huế", "morning"): {10: (400, 200), 18: (400, 320)}}))
    for number in (MOVED, HELD):
        stage.send("order.created", order(number, **HUE))
    stage.decide()
    made = {(call["order_id"], call["not_before"]) for call in stage.calls()}
    _, found = simulate(stage, best)
    assert {(pair.call.order_id, pair.call.not_before.isoformat()) for pair in found} == made
    assert counted(stage, RULE) == {"moved": 1, "same": 1}
