"""Who the buyer was so far, the hour and the region of an order, and the share of orders that a rule takes."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.core.model import BadRule
from bridge.fake_vbot import FakeVBot
from bridge.rules.rule import parse_rule
from bridge.store import Store
from bridge.store.db.tables import calls
from bridge.store.reports.comparison import compare_rules
from tests.stage import NOW, RULE, Stage, later, order

PHONE = {"phone": "0900000009"}


def ended(store: Store, order_id: str, result: str) -> None:
    """The order's call ended so."""
    with store.write() as conn:
        conn.execute(calls.update().where(calls.c.order_id == order_id).values(result=result, state="finished"))


def decided(stage: Stage, number: int, at: int = 0, **changes: Any) -> tuple[str | None, str, str]:
    stage.send("order.created", order(number, **{**PHONE, "updated_at": later(at).isoformat(), **changes}), later(at))
    stage.decide(later(at))
    return stage.decisions()[-1]


def test_a_buyer_is_known_by_the_calls_to_their_phone(store: Store, vbot: FakeVBot) -> None:
    told = {"seen": "{{ buyer.orders }}/{{ buyer.declined }}/{{ buyer.unreachable }}"}
    stage = Stage(store, vbot, {**RULE, "datas": told})
    for number, result in ((1, "declined"), (2, "no_answer"), (3, "confirmed")):
        decided(stage, number)
        ended(store, f"id-{number}", result)
    decided(stage, 4)
    decided(stage, 5, phone="+84 900 000 009")
    decided(stage, 6, phone="0900000123")
    seen = {call["order_id"]: call["datas"]["seen"] for call in stage.calls()}
    assert seen == {
        "id-1": "0/0/0",
        "id-2": "1/1/0",
        "id-3": "2/1/1",
        "id-4": "3/1/1",
        "id-5": "4/1/1",
        "id-6": "0/0/0",
    }


def test_an_order_is_not_its_own_past(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "on": ["order.created", "order.updated"], "once_per": "order+topic", "when": "buyer.orders == 0"}
    stage = Stage(store, vbot, rule)
    decided(stage, 1)
    stage.send("order.updated", order(1, **PHONE, updated_at=later(60).isoformat()), later(60))
    stage.decide(later(60))
    assert [decision[1] for decision in stage.decisions()] == ["call", "call"]


def test_who_declined_before_is_not_called_and_who_declines_meanwhile_neither(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "buyer.declined == 0", "after": "10m"})
    decided(stage, 1)
    decided(stage, 2)
    ended(store, "id-1", "declined")
    assert decided(stage, 3)[1:] == ("skip", "condition_false")
    stage.dial(later(700))
    assert [(call["state"], call["reason"]) for call in stage.calls()][1] == ("cancelled", "changed")


def test_rules_that_ask_nothing_of_the_buyer_look_at_nothing() -> None:
    assert not parse_rule(RULE).reads_buyer
    for part in (
        {"when": "buyer.orders > 0"},
        {"datas": {"a": "{{ buyer.orders }}"}},
        {"once_per": "{{ buyer.orders }}"},
    ):
        assert parse_rule({**RULE, **part}).reads_buyer


def test_the_hour_is_that_of_the_source(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "datas": {"hour": "{{ event.hour }}"}})
    decided(stage, 1)
    assert stage.call()["datas"] == {"hour": 10}  # NOW is 10:00 in Vietnam


def test_a_condition_on_the_region_holds_for_new_and_old_names(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "when": 'shipping.region == "Hồ Chí Minh"'})
    assert decided(stage, 1, shipping={"province": "Bình Dương"})[1] == "call"
    assert decided(stage, 2, shipping={"text": "12 Lê Lợi, Q.1, TP.HCM"})[1] == "call"
    assert decided(stage, 3, shipping={"province": "Long An"})[1:] == ("skip", "condition_false")


def test_a_sample_takes_the_same_orders_always_and_its_complement_all_others(store: Store, vbot: FakeVBot) -> None:
    rules = [{**RULE, "rule": "trial", "sample": "25%"}, {**RULE, "rule": "old", "sample": "25%-100%"}]
    stage = Stage(store, vbot, *rules)
    for number in range(1, 41):
        stage.send("order.created", order(number))
    stage.decide()
    made = [(call["order_id"], call["rule"]) for call in stage.calls()]
    assert len({order_id for order_id, _ in made}) == len(made) == 40
    trial = sum(rule == "trial" for _, rule in made)
    assert 3 <= trial <= 18
    skipped = [decision for decision in stage.decisions() if decision[1] == "skip"]
    assert {reason for _, _, reason in skipped} == {"not_in_sample"}
    stage.apply(*({**rule, "after": "1h"} for rule in rules))
    stage.send("order.created", order(1, updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    assert len(stage.calls()) == 40


def test_shares_are_about_what_they_say() -> None:
    tenth = parse_rule({**RULE, "sample": "10%"}).sample
    rest = parse_rule({**RULE, "sample": "10%-100%"}).sample
    assert tenth is not None and rest is not None
    taken = [tenth.takes("shop", str(number)) for number in range(10_000)]
    assert 900 <= sum(taken) <= 1_100
    assert [not one for one in taken] == [rest.takes("shop", str(number)) for number in range(10_000)]
    for written in ("0.5%", "100%", " 12.5 % "):
        assert parse_rule({**RULE, "sample": written}).sample


@pytest.mark.parametrize("written", ["0%", "101%", "10", "ten%", "50%-10%", "10%-10%", "-5%", ""])
def test_what_is_no_share_is_refused(written: str) -> None:
    with pytest.raises(BadRule, match="write for example 10%"):
        parse_rule({**RULE, "sample": written})


def test_two_rules_are_compared_by_how_their_calls_ended(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "rule": "a", "sample": "50%"}, {**RULE, "rule": "b", "sample": "50%-100%"})
    for number in range(1, 11):
        stage.send("order.created", order(number))
    stage.decide()
    by_rule: dict[str, list[str]] = {"a": [], "b": []}
    for call in stage.calls():
        by_rule[call["rule"]].append(call["order_id"])
    for order_id in by_rule["a"]:
        ended(store, order_id, "confirmed")
    ended(store, by_rule["b"][0], "declined")
    ended(store, by_rule["b"][1], "no_answer")
    with store.read() as conn:
        a, b = compare_rules(conn, ["a", "b"], later(-60), later(60))
        assert compare_rules(conn, ["none"], later(-60), later(60))[0].calls == 0
    count = len(by_rule["a"])
    assert (a.calls, a.called, a.reached, a.confirmed) == (count, count, count, count)
    assert (b.calls, b.called, b.reached, b.declined, b.unreachable) == (10 - count, 2, 1, 1, 1)
    assert NOW
