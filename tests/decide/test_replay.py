"""Deciding again: what nobody heard is mended and rung once; what rang, or a person ended, stays as it is."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.decide.replay import Forced, Replayed, replay
from bridge.fake_vbot import FakeVBot
from bridge.place.queue import admit
from bridge.store import Store
from bridge.store.calls import cancel_by_person
from bridge.store.db.tables import actions, calls, decisions, deliveries, events, orders
from bridge.store.deliveries import REPLAYED, Span, acknowledge, ids_of_span
from bridge.store.people.dnc import add_numbers, remove_number
from bridge.store.reports.balance import read_balance
from tests.stage import HOTLINE, NOW, RULE, SECRET, Stage, later, order

ROOT = Path(__file__).parents[2]
WRONG = {**RULE, "template": "CONFRIM"}
FORCED = Forced("the customer asked for it", "somebody")
SHOP = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
OFF = {**SHOP, "enabled": False}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def again(
    stage: Stage, *ids: int, at: datetime = NOW, dry: bool = False, forced: Forced | None = None
) -> list[Replayed]:
    """These deliveries, or all, decided again."""
    with stage.store.read() as conn:
        chosen = list(ids) or ids_of_span(conn, Span(NOW - timedelta(days=365)))
    return list(replay(stage.store, stage.catalogs, chosen, lambda: at, HOTLINE, dry=dry, forced=forced))


def decisions_of(done: list[Replayed]) -> list[tuple[str, str]]:
    return [(each.decision, each.reason) for one in done for each in one.decisions]


def delivery(stage: Stage, n: int = -1) -> int:
    return int(stage.deliveries()[n]["id"])


def refuse(stage: Stage, *numbers: int, at: datetime = NOW) -> None:
    """These orders' calls end refused, as for a template that VBot does not know."""
    for number in numbers:
        stage.send("order.created", order(number), at)
    stage.decide(at)
    stage.vbot.fault("refuse", times=len(numbers), message="template not found")
    stage.dial(at)


def everything(stage: Stage) -> dict[str, Any]:
    with stage.store.read() as conn:
        tables = (calls, deliveries, decisions, events, orders, actions)
        return {table.name: conn.execute(select(table).order_by(*table.primary_key)).all() for table in tables}


def balance(stage: Stage, at: datetime = NOW) -> dict[str, Any]:
    with stage.store.read() as conn:
        return read_balance(conn, NOW - timedelta(days=1), {"shop": ["order.created"]}, at)


def test_calls_refused_for_a_mistyped_template_are_mended_and_rung_once(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, RULE)
    for number in range(1, 5):
        stage.send("order.created", order(number))
    stage.run()
    stage.apply(WRONG)
    refuse(stage, *range(5, 17))
    assert Counter(call["state"] for call in stage.calls()) == {"placed": 4, "refused": 12}
    stage.apply(RULE)
    done = again(stage, at=later(minutes=5))
    assert Counter(decisions_of(done)) == {("call", "replayed"): 12, ("skip", "already_called"): 4}
    stage.dial(later(minutes=6))
    assert sorted(stage.rung()) == sorted(f"09000{number:05d}" for number in range(1, 17))
    assert {call["state"] for call in stage.calls()} == {"placed"}
    assert {call["template"] for call in stage.calls()} == {"CONFIRM"}
    assert Counter(decisions_of(again(stage, at=later(minutes=9)))) == {("skip", "already_called"): 16}
    stage.dial(later(minutes=30))
    assert len(stage.rung()) == 16
    assert balance(stage, later(minutes=30))["unexplained_total"] == 0


def test_a_call_that_waits_again_is_the_same_row_with_a_new_attempt(stage: Stage) -> None:
    refuse(stage, 1)
    before = stage.call()
    again(stage)
    waiting = stage.call()
    assert (waiting["id"], waiting["state"], waiting["reason"]) == (before["id"], "waiting", None)
    stage.dial()
    (first, second) = stage.call()["attempts"]
    assert first["external_call_id"] != second["external_call_id"]
    assert [first["outcome"], second["outcome"]] == ["refused", "accepted"]


def test_a_call_that_waits_again_goes_through_todays_hotline(stage: Stage) -> None:
    refuse(stage, 1)
    stage.apply({**RULE, "hotline": "0823456789"})
    again(stage)
    stage.dial()
    assert [received["hotline_code"] for received in stage.vbot.calls] == ["0823456789"]


def test_history_stays_and_both_decisions_are_told(stage: Stage) -> None:
    refuse(stage, 1)
    again(stage)
    again(stage)
    assert stage.decisions() == [
        ("confirm", "call", "wanted"),
        ("confirm", "call", "replayed"),
        ("confirm", "skip", "already_called"),
    ]
    (only,) = stage.deliveries()
    assert len(only["events"]) == 1
    assert {decision["call_id"] for decision in only["decisions"]} == {stage.call()["id"]}


def test_a_dry_run_counts_the_same_and_changes_nothing(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "on": ["order.created", "order.updated"]}
    stage = Stage(store, vbot, WRONG)
    refuse(stage, 1)
    stage.send("order.created", order(2, phone="123"))
    stage.send("order.created", order(3, created_at=later(days=-2).isoformat()))
    stage.send("order.updated", order(4))
    stage.send("order.updated", order(4, note="sửa", updated_at=later(-3).isoformat()))
    stage.decide()
    stage.apply(rule)
    before = everything(stage)
    counted = decisions_of(again(stage, dry=True))
    assert everything(stage) == before
    assert counted == decisions_of(again(stage))
    assert Counter(counted) == {
        ("call", "replayed"): 1,
        ("skip", "phone_impossible"): 1,
        ("skip", "too_old"): 1,
        ("call", "wanted"): 1,
        ("skip", "already_called"): 1,
    }


def test_too_old_stays_too_old_and_within_counts_from_the_orders_creation(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "within": "2h"})
    refuse(stage, 1)
    again(stage, at=later(hours=1))
    assert stage.call()["not_after"] == (NOW - timedelta(minutes=1) + timedelta(hours=2)).isoformat()
    stage.dial(later(hours=3))
    assert stage.call()["state"] == "expired"
    assert decisions_of(again(stage, at=later(hours=3))) == [("skip", "too_old")]
    assert (stage.call()["state"], stage.rung()) == ("expired", [])


def test_an_expired_call_waits_again_where_the_rule_now_gives_it_longer(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "within": "1h", "after": "30m"})
    stage.send("order.created", order())
    stage.decide()
    stage.dial(later(hours=2))
    assert stage.call()["state"] == "expired"
    stage.apply({**RULE, "within": "1d"})
    assert decisions_of(again(stage, at=later(hours=2))) == [("call", "replayed")]
    stage.dial(later(hours=2))
    assert stage.rung() == ["0900000001"]


def test_a_call_cancelled_with_its_rule_waits_again_under_the_rule_that_is_back(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.apply({**RULE, "enabled": False})
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "rule_removed")
    assert decisions_of(again(stage)) == [("skip", "no_rule")]
    stage.apply(RULE)
    assert decisions_of(again(stage)) == [("call", "replayed")]
    stage.dial()
    assert stage.rung() == ["0900000001"]


def test_a_skipped_order_is_called_once_its_rule_is_mended(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "order.total > 1000000"})
    stage.send("order.created", order())
    stage.decide()
    stage.apply(RULE)
    assert decisions_of(again(stage)) == [("call", "wanted")]
    stage.dial()
    assert stage.rung() == ["0900000001"]


def test_today_the_rule_may_not_want_what_it_wanted(stage: Stage) -> None:
    refuse(stage, 1)
    stage.apply({**RULE, "when": "order.total > 1000000"})
    assert decisions_of(again(stage)) == [("skip", "condition_false")]
    assert stage.call()["state"] == "refused"


@pytest.mark.parametrize("fault", ["reset_after", "cut", "bad_gateway"])
def test_what_may_have_rung_stays_unsure(stage: Stage, fault: str) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.vbot.fault(fault, times=1)
    stage.dial()
    assert stage.call()["state"] == "unsure"
    assert decisions_of(again(stage)) == [("skip", "already_called")]
    stage.dial(later(hours=1))
    assert (stage.call()["state"], len(stage.rung())) == ("unsure", 1)


def test_what_a_person_cancelled_stays_unless_it_is_forced_by_name(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    with stage.store.write() as conn:
        cancel_by_person(conn, [stage.call()["id"]], "khách nhắn tin", NOW, who="lan")
    assert decisions_of(again(stage)) == [("skip", "by_person")]
    assert stage.call()["state"] == "cancelled"
    assert decisions_of(again(stage, delivery(stage), forced=FORCED)) == [("call", "forced")]
    stage.dial()
    assert [call["state"] for call in stage.calls()] == ["cancelled", "placed"]
    assert stage.rung() == ["0900000001"]


def test_force_rings_what_rang_once_more_as_a_row_of_its_own(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    for _ in range(3):
        again(stage, delivery(stage), at=later(hours=1), forced=FORCED)
    for minutes in (60, 61, 90):
        stage.dial(later(minutes=minutes))
    assert len(stage.rung()) == 2
    with stage.store.read() as conn:
        rings = conn.execute(select(calls.c.once_key, calls.c.ring).order_by(calls.c.id)).all()
        acts = conn.execute(select(actions.c.command, actions.c.who, actions.c.subject, actions.c.reason)).all()
    assert rings == [("order:shop:id-1", 1), ("order:shop:id-1", 2)]
    assert set(acts) == {("replay", "somebody", f"delivery:{delivery(stage)}", FORCED.reason)}
    assert decisions_of(again(stage, at=later(hours=2))) == [("skip", "already_called")]


def test_force_of_what_never_rang_wakes_the_same_row(stage: Stage) -> None:
    refuse(stage, 1)
    assert decisions_of(again(stage, delivery(stage), forced=FORCED)) == [("call", "replayed")]
    assert len(stage.calls()) == 1


def test_a_forced_ring_still_asks_the_rule(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    assert decisions_of(again(stage, delivery(stage, 0), at=later(hours=1), forced=FORCED)) == [
        ("skip", "order_cancelled")
    ]
    assert len(stage.calls()) == 1


def test_a_ring_that_moved_to_another_day_is_still_the_same_ring(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "once_per": "phone+day", "within": "7d"}
    stage = Stage(store, vbot, rule)
    for number in (1, 2):
        stage.send("order.created", order(number, phone="0900000001"))
    stage.run()
    tomorrow = later(days=1)
    assert decisions_of(again(stage, at=tomorrow)) == [("skip", "already_called")] * 2
    stage.dial(tomorrow)
    assert stage.rung() == ["0900000001"]


def test_a_refused_ring_of_yesterday_waits_again_under_todays_key(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "once_per": "phone+day", "within": "7d"})
    refuse(stage, 1)
    tomorrow = later(days=1)
    assert decisions_of(again(stage, at=tomorrow)) == [("call", "replayed")]
    stage.send("order.created", order(2, phone="0900000001", created_at=tomorrow.isoformat()), tomorrow)
    stage.run(tomorrow)
    assert len(stage.calls()) == 1
    assert stage.rung() == ["0900000001"]


def test_another_once_per_or_another_name_of_the_rule_rings_nobody_again(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.run()
    stage.apply({**RULE, "once_per": "order+topic"})
    assert decisions_of(again(stage)) == [("skip", "already_called")]
    stage.apply({**RULE, "rule": "confirm-cod"})
    assert decisions_of(again(stage)) == [("skip", "already_called")]
    stage.dial(later(hours=1))
    assert len(stage.rung()) == 1


def test_a_second_rule_that_was_refused_is_mended_though_the_first_rang(store: Store, vbot: FakeVBot) -> None:
    second = {**RULE, "rule": "thanks", "template": "THANKS", "cooldown": 0}
    stage = Stage(store, vbot, {**RULE, "cooldown": 0}, second)
    stage.send("order.created", order())
    stage.decide()
    first, other = admit(store, stage.catalogs, NOW, 2, stage.client.account_id)
    stage.advance(first)
    vbot.fault("refuse", times=1)
    stage.advance(other)
    assert sorted(decisions_of(again(stage))) == [("call", "replayed"), ("skip", "already_called")]


def test_an_order_cancelled_since_is_not_called(stage: Stage) -> None:
    refuse(stage, 1)
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    assert decisions_of(again(stage, delivery(stage, 0), at=later(9))) == [("skip", "order_cancelled")]
    stage.dial(later(9))
    assert stage.rung() == []


def test_an_order_that_the_shop_opened_again_is_called(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.decide()
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    stage.send("order.updated", order(note="mở lại", updated_at=later(9).isoformat()), later(9))
    stage.decide(later(9))
    assert stage.call()["state"] == "cancelled"
    assert decisions_of(again(stage, delivery(stage, 0), at=later(9))) == [("call", "replayed")]
    stage.dial(later(9))
    assert stage.rung() == ["0900000001"]


def test_a_payment_that_ended_the_call_ends_its_replay(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "cancel_on": ["order.paid"]}
    stage = Stage(store, vbot, rule)
    unpaid, paid = {"payment": {"cod": False, "paid": False}}, {"payment": {"cod": False, "paid": True}}
    stage.send("order.created", order(**unpaid))
    stage.decide()
    stage.send("order.paid", order(**paid, updated_at=later(5).isoformat()), later(5))
    stage.decide(later(5))
    assert decisions_of(again(stage, delivery(stage, 0))) == [("skip", "order_paid")]
    stage.apply(RULE)
    assert decisions_of(again(stage, delivery(stage, 0))) == [("call", "replayed")]


def test_what_a_switched_off_source_sent_is_decided_once_it_is_on(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, sources=[OFF])
    stage.send("order.created", order())
    assert [one.outcome for one in again(stage)] == ["source_disabled"]
    assert stage.deliveries()[0]["state"] == "ignored"
    stage.apply(RULE, sources=[SHOP])
    assert decisions_of(again(stage)) == [("call", "wanted")]
    assert stage.deliveries()[0]["state"] == "decided"
    stage.dial()
    assert stage.rung() == ["0900000001"]


@pytest.mark.parametrize("named", ["all", "the create"])
@pytest.mark.parametrize("dry", [True, False])
def test_a_cancel_that_a_switched_off_source_sent_prevents_the_ring(
    store: Store, vbot: FakeVBot, named: str, dry: bool
) -> None:
    stage = Stage(store, vbot, sources=[OFF])
    stage.send("order.created", order())
    stage.send("order.cancelled", order(state="cancelled", updated_at=later(5).isoformat()), later(5))
    stage.apply(RULE, sources=[SHOP])
    ids = [delivery(stage, 0)] if named == "the create" else []
    assert decisions_of(again(stage, *ids, at=later(9), dry=dry))[0] == ("skip", "order_cancelled")
    stage.dial(later(9))
    assert (stage.calls(), stage.rung()) == ([], [])


def test_a_payment_that_a_switched_off_source_sent_prevents_the_ring(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "cancel_on": ["order.paid"]}
    stage = Stage(store, vbot, rule, sources=[OFF])
    stage.send("order.created", order(payment={"cod": False, "paid": False}))
    stage.send("order.paid", order(payment={"cod": False, "paid": True}), later(5))
    stage.apply(rule, sources=[SHOP])
    assert decisions_of(again(stage, delivery(stage, 0), at=later(9))) == [("skip", "order_paid")]


def test_created_and_updated_of_one_order_ring_once_after_a_replay(store: Store, vbot: FakeVBot) -> None:
    rule = {**RULE, "on": ["order.created", "order.updated"]}
    stage = Stage(store, vbot, rule, sources=[OFF])
    stage.send("order.created", order())
    stage.send("order.updated", order(note="sửa", updated_at=later(1).isoformat()), later(1))
    stage.apply(rule, sources=[SHOP])
    dry = decisions_of(again(stage, dry=True))
    assert dry == decisions_of(again(stage)) == [("call", "wanted"), ("skip", "already_called")]
    stage.dial()
    assert stage.rung() == ["0900000001"]


def test_a_delivery_that_now_reads_becomes_decided(store: Store, vbot: FakeVBot) -> None:
    body = b'{"ma_don": "DH-1", "tong": "495000", "dien_thoai": "0900000001", "cod": true, "tien": "VND"}'
    stage = Stage(store, vbot)
    stage.send_body(body)
    stage.decide()
    (failed,) = stage.deliveries()
    assert (failed["state"], balance(stage)["unexplained_total"]) == ("failed", 1)
    assert [one.outcome for one in again(stage)] == ["unreadable"]
    assert stage.deliveries()[0]["state"] == "failed"
    fields = {"order.id": "ma_don", "order.number": "ma_don", "order.total": "tong", "order.phone": "dien_thoai"}
    fields |= {"order.currency": "tien", "order.payment.cod": "cod"}
    stage.apply(RULE, sources=[{**SHOP, "settings": {"fields": fields}}])
    assert decisions_of(again(stage, dry=True)) == [("call", "wanted")]
    assert stage.deliveries()[0]["state"] == "failed"
    assert decisions_of(again(stage)) == [("call", "wanted")]
    (mended,) = stage.deliveries()
    assert (mended["state"], mended["reason"], mended["detail"]) == ("decided", None, None)
    assert balance(stage)["unexplained_total"] == 0
    stage.dial()
    assert stage.rung() == ["0900000001"]


def test_an_event_that_reads_otherwise_today_is_told_as_it_reads_today(store: Store, vbot: FakeVBot) -> None:
    words = {"topics": {"order.created": "order.updated"}}
    stage = Stage(store, vbot, sources=[{**SHOP, "settings": words}])
    stage.send("order.created", order())
    stage.decide()
    assert stage.decisions() == [(None, "skip", "no_rule")]
    stage.apply(RULE, sources=[SHOP])
    assert decisions_of(again(stage)) == [("call", "wanted")]
    assert stage.deliveries()[0]["events"] == [{"topic": "order.created", "order_id": "id-1"}]
    stage.dial()
    assert stage.rung() == ["0900000001"]


def test_what_cannot_be_decided_is_left_with_its_reason(stage: Stage) -> None:
    stage.send("order.created", order())
    assert [one.outcome for one in again(stage, delivery(stage), 999)] == ["undecided", "unknown"]
    stage.send_body(b"{")
    stage.decide()
    broken = delivery(stage)
    with stage.store.write() as conn:
        acknowledge(conn, broken, "thử", NOW, who="lan")
    assert [one.outcome for one in again(stage)] == ["decided", "unreadable"]
    assert balance(stage)["unexplained_total"] == 0
    stage.apply(RULE, sources=[{**SHOP, "id": "other"}])
    assert [one.outcome for one in again(stage)] == ["source_removed"] * 2


def test_one_broken_delivery_does_not_hold_up_the_others(stage: Stage) -> None:
    stage.send_body(b"{")
    refuse(stage, 1)
    stage.send_body(b"[")
    stage.decide()
    assert [one.outcome for one in again(stage)] == ["unreadable", "decided", "unreadable"]
    assert stage.call()["state"] == "waiting"


def test_a_number_on_the_do_not_call_list_is_not_rung_by_a_replay(stage: Stage) -> None:
    refuse(stage, 1)
    with stage.store.write() as conn:
        add_numbers(conn, ["0900000001"], "", NOW)
    assert decisions_of(again(stage)) == [("skip", "do_not_call")]
    with stage.store.write() as conn:
        remove_number(conn, "0900000001")
    assert decisions_of(again(stage)) == [("call", "replayed")]


def test_a_span_names_source_and_state(stage: Stage) -> None:
    stage.send("order.created", order())
    stage.send("order.created", order(2), later(60), source="other")
    stage.send_body(b"{", later(120))
    stage.decide(later(120))
    with stage.store.read() as conn:
        found = [
            ids_of_span(conn, span)
            for span in (
                Span(NOW),
                Span(later(1)),
                Span(NOW, source="other"),
                Span(NOW, states=("failed",)),
                Span(NOW, source="other", states=("failed",)),
            )
        ]
    assert [len(ids) for ids in found] == [3, 2, 1, 1, 0]
    assert set(REPLAYED) == {"decided", "ignored", "failed"}


def test_replays_beside_each_other_and_beside_a_worker_ring_each_order_once(stage: Stage) -> None:
    numbers = range(1, 16)
    stage.apply({**RULE, "cooldown": 0})
    refuse(stage, *numbers)
    problems: list[BaseException] = []

    def run(what: Any) -> None:
        try:
            what()
        except BaseException as error:
            problems.append(error)

    def work() -> None:
        for _ in range(20):
            stage.dial(later(60))

    threads = [threading.Thread(target=run, args=(what,)) for what in (lambda: again(stage, at=later(60)),) * 3]
    threads += [threading.Thread(target=run, args=(work,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    stage.dial(later(60))
    assert sorted(stage.rung()) == [f"09000{number:05d}" for number in numbers]
    assert len(stage.calls()) == len(numbers)


KILLED = f"""
import sys
from bridge.decide.replay import replay
from bridge.store import make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from tests.stage import HOTLINE, later
store = open_store(sys.argv[1])
for one in replay(store, Catalogs(make_seal(({"k" * 32!r},))), range(1, 10**4), lambda: later(60), HOTLINE):
    print(one.delivery_id, flush=True)
"""


def test_a_replay_that_is_killed_is_ended_by_the_next(stage: Stage, migrated_url: str) -> None:
    refuse(stage, *range(1, 16))
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, migrated_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for _ in range(6):
            assert process.stdout.readline()
        process.kill()
    mended = Counter(call["state"] for call in stage.calls())
    assert mended["waiting"] >= 6
    for _ in range(2):
        again(stage, at=later(120))
        stage.dial(later(120))
    assert sorted(stage.rung()) == [f"09000{number:05d}" for number in range(1, 16)]
    assert len(stage.calls()) == 15
    assert balance(stage, later(120))["unexplained_total"] == 0
