"""Custom fields and balance are looked at again; what changed holds calls with an alarm, and its mending frees them."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bridge.engine import lose
from bridge.engine.embedded import Embedded
from bridge.fake_vbot import FakeVBot, Settings
from bridge.monitor.balance import watch_balance
from bridge.monitor.templates import refresh_templates, watch_templates
from bridge.notify.webhooks import Means, Sender
from bridge.notify.write_back import Writer
from bridge.place.manual import manual_call, manual_rule
from bridge.receive.fetch import Fetcher
from bridge.settings import read_config
from bridge.store import Store
from bridge.store.calls import create_call
from bridge.store.configuration.templates import forget_template, read_templates
from bridge.store.operation.alarms import list_alarms
from bridge.store.operation.vbot_balance import VBotBalance, last_balance
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock
from bridge.worker.periodic import JOBS, Worker
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

TOTAL = {"cfkey": "total", "cfname": "Tổng tiền", "cftype": "text", "isRequired": True}
NAME = {"cfkey": "name", "cfname": "Tên khách", "cftype": "text", "isRequired": True}
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    stage = Stage(store, vbot)
    stage.vbot.template("CONFIRM", TOTAL)
    stage.know_fields("CONFIRM", TOTAL)
    return stage


def soon() -> float:
    return time.monotonic() + 60


def refresh(stage: Stage, at: datetime) -> int:
    return refresh_templates(stage.store, stage.catalogs, stage.client, at, soon)


def alarms(stage: Stage, at: datetime) -> dict[str, Any]:
    watch_templates(stage.store, stage.catalogs, at)
    with stage.store.read() as conn:
        return {alarm["key"]: alarm["facts"] for alarm in list_alarms(conn)}


def known(stage: Stage, code: str = "CONFIRM") -> Any:
    with stage.store.read() as conn:
        return read_templates(conn)[code]


def requested(vbot: FakeVBot) -> int:
    return sum("getCustomFieldInScript" in request["path"] for request in vbot.requests)


def test_custom_fields_are_asked_for_again_after_an_hour_and_by_one_worker(stage: Stage) -> None:
    assert refresh(stage, later(minutes=30)) == 0
    clients = [Client(stage.vbot.account()) for _ in range(6)]

    def go(client: Client) -> int:
        return refresh_templates(stage.store, stage.catalogs, client, NOW + HOUR, soon)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(go, clients)) == [0, 0, 0, 0, 0, 1]
    assert requested(stage.vbot) == 1
    assert (known(stage).fetched_at, known(stage).version, known(stage).changed_at) == (NOW + HOUR, 1, None)


def test_the_workers_jobs_ask_for_templates_and_balance(store: Store) -> None:
    with FakeVBot(Settings(generation="v3", balance=5)) as vbot:
        stage = Stage(store, vbot)
        config = read_config({"BRIDGE_SECRET_KEY": "k" * 32, "VBOT_BALANCE_ALARM": "10"})
        jobs = {job.name: job for job in JOBS}
        outside = (
            Fetcher(store, stage.catalogs, lose),
            Writer(store, stage.catalogs),
            Sender(Means(store, stage.catalogs.seal, lambda: 0.0, lambda: 0.0)),
        )
        worker = Worker(config, store, stage.catalogs, Embedded(), stage.client, TrustedClock(True), *outside)
        vbot.template("CONFIRM", NAME)
        for name in ("templates", "balance"):
            jobs[name].run(worker, NOW)
        with store.read() as conn:
            assert sorted(alarm["key"] for alarm in list_alarms(conn)) == ["low_balance", "template_changed"]


def test_only_templates_of_enabled_rules_and_of_waiting_calls_are_asked_for(stage: Stage) -> None:
    stage.apply(RULE, {**RULE, "rule": "off", "template": "OFF", "enabled": False})
    for code in ("OFF", "BY_HAND", "NOBODYS"):
        stage.vbot.template(code, TOTAL)
    rule, span = manual_rule("BY_HAND", HOTLINE, "always"), (NOW, later(days=1))
    with stage.store.write() as conn:
        create_call(conn, manual_call(rule, "one", "0900000001", HOTLINE, {"total": 1}, span, NOW), NOW)
    assert refresh(stage, NOW + HOUR) == 2
    with stage.store.read() as conn:
        assert sorted(read_templates(conn)) == ["BY_HAND", "CONFIRM"]


def test_a_new_version_is_counted_dated_and_live(stage: Stage) -> None:
    stage.vbot.template("CONFIRM", {**TOTAL, "isRequired": False}, {**NAME, "isRequired": False})
    assert refresh(stage, NOW + HOUR) == 1
    assert (known(stage).version, known(stage).changed_at) == (2, NOW + HOUR)
    with stage.store.read() as conn:
        assert len(stage.catalogs.read(conn).templates["CONFIRM"]) == 2


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ([TOTAL, NAME], ["CONFIRM.name"]),
        ([{**TOTAL, "cfkey": "amount"}], ["CONFIRM.amount", "CONFIRM.total"]),
        ([{**TOTAL, "cftype": "number"}], ["CONFIRM.total"]),
    ],
    ids=["a new required field", "a field that is gone", "a type that cannot hold"],
)
def test_a_changed_script_holds_the_calls_of_its_rule_with_an_alarm_and_a_mended_rule_frees_them(
    store: Store, vbot: FakeVBot, fields: list[dict[str, Any]], wrong: list[str]
) -> None:
    stage = Stage(store, vbot, {**RULE, "datas": {"total": "{{ order.total | vnd_words }}"}})
    stage.know_fields("CONFIRM", TOTAL)
    stage.send("order.created", order())
    stage.decide()
    stage.vbot.template("CONFIRM", *fields)
    refresh(stage, NOW + HOUR)
    stage.dial(NOW + HOUR)
    call = stage.call()
    assert (call["state"], call["reason"], stage.rung()) == ("waiting", "template_changed", [])
    assert "CONFIRM" in call["sentence"] and wrong[0].partition(".")[2] in call["sentence_en"]
    opened = alarms(stage, NOW + HOUR)
    assert opened == {"template_changed": {"template": "CONFIRM", "rules": ["confirm"], "fields": wrong}}
    datas = {field["cfkey"]: "{{ order.total }}" for field in fields}
    stage.apply({**RULE, "datas": datas}, at=NOW + HOUR)
    stage.dial(NOW + HOUR)
    assert stage.rung() == ["0900000001"]
    assert alarms(stage, NOW + HOUR) == {}


def test_a_mended_script_frees_the_calls_within_minutes(stage: Stage) -> None:
    stage.vbot.template("CONFIRM", TOTAL, NAME)
    refresh(stage, NOW + HOUR)
    stage.send("order.created", order(created_at=(NOW + HOUR).isoformat()), NOW + HOUR)
    stage.run(NOW + HOUR)
    assert (stage.call()["reason"], stage.rung()) == ("template_changed", [])
    stage.vbot.template("CONFIRM", TOTAL)
    mended = NOW + HOUR + timedelta(minutes=5)
    assert refresh(stage, mended) == 1
    assert stage.dial(mended)
    assert stage.rung() == ["0900000001"]
    assert alarms(stage, mended) == {}


def test_a_held_call_expires_when_its_time_ends(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**RULE, "within": "1h"})
    stage.know_fields("CONFIRM", TOTAL, NAME)
    stage.send("order.created", order())
    stage.run()
    for minutes in (10, 59, 61):
        stage.dial(later(minutes=minutes))
    assert (stage.call()["state"], stage.rung()) == ("expired", [])


def test_a_call_by_hand_that_the_script_no_longer_takes_waits_too(stage: Stage) -> None:
    rule, span = manual_rule("CONFIRM", HOTLINE, None), (NOW, later(hours=20))
    with stage.store.write() as conn:
        create_call(conn, manual_call(rule, "one", "0900000001", HOTLINE, {"total": "5"}, span, NOW), NOW)
    stage.know_fields("CONFIRM", TOTAL, NAME)
    stage.dial()
    assert (stage.call()["state"], stage.call()["reason"]) == ("waiting", "template_changed")
    stage.know_fields("CONFIRM", TOTAL)
    stage.dial(later(minutes=2))
    assert stage.rung() == ["0900000001"]


def test_other_rules_go_on_while_one_is_held(stage: Stage) -> None:
    other = {**RULE, "rule": "other", "template": "OTHER", "cooldown": 0}
    stage.apply({**RULE, "cooldown": 0}, other)
    stage.vbot.template("OTHER", TOTAL)
    stage.know_fields("CONFIRM", TOTAL, NAME)
    stage.send("order.created", order())
    stage.run()
    assert {call["rule"]: call["reason"] for call in stage.calls()} == {
        "confirm": "template_changed",
        "other": "placed",
    }


def test_what_is_wrong_now_is_what_the_alarm_says(stage: Stage) -> None:
    stage.know_fields("CONFIRM", TOTAL, NAME)
    assert alarms(stage, NOW)["template_changed"]["fields"] == ["CONFIRM.name"]
    stage.know_fields("CONFIRM", {**TOTAL, "cfkey": "amount"})
    assert alarms(stage, later(30))["template_changed"]["fields"] == ["CONFIRM.amount", "CONFIRM.total"]


def test_an_alarm_that_goes_on_is_told_once(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.know_fields("CONFIRM", TOTAL, NAME)
    with caplog.at_level(logging.ERROR, "bridge.store.alarms"):
        for seconds in range(3):
            alarms(stage, later(seconds))
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_with_vbot_down_the_last_known_fields_serve_and_are_not_made_younger(stage: Stage) -> None:
    stage.vbot.stop()
    assert refresh(stage, NOW + HOUR) == 0
    assert (known(stage).fetched_at, [field["cfkey"] for field in known(stage).fields]) == (NOW, ["total"])
    stage.vbot.start()
    assert refresh(stage, NOW + HOUR + timedelta(minutes=5)) == 1


def test_an_empty_list_after_one_with_fields_is_no_new_version_and_frees_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.know_fields("CONFIRM", TOTAL, NAME)
    stage.send("order.created", order())
    stage.run()
    stage.vbot.template("CONFIRM")
    with caplog.at_level(logging.WARNING, "bridge.monitor.templates"):
        assert refresh(stage, NOW + HOUR) == 0
    stage.dial(NOW + HOUR)
    assert (stage.call()["reason"], stage.rung()) == ("template_changed", [])
    assert "template emptied template=CONFIRM" in caplog.text
    assert known(stage).fetched_at == NOW


def test_what_a_person_forgets_is_no_longer_held_against_the_rule(stage: Stage) -> None:
    stage.know_fields("CONFIRM", TOTAL, NAME)
    stage.send("order.created", order())
    stage.run()
    with stage.store.write() as conn:
        assert forget_template(conn, "CONFIRM", later(5))
    stage.vbot.template("CONFIRM", TOTAL)
    stage.dial(later(5))
    assert stage.rung() == ["0900000001"]


# The balance


@pytest.fixture
def rich(store: Store) -> Iterator[Stage]:
    with FakeVBot(Settings(generation="v3", balance=500_000)) as vbot:
        yield Stage(store, vbot)


def balance_alarm(stage: Stage, limit: int | None, at: datetime) -> Any:
    watch_balance(stage.store, stage.client, limit, at, soon)
    with stage.store.read() as conn:
        return {alarm["key"]: alarm["facts"] for alarm in list_alarms(conn)}.get("low_balance")


def test_the_balance_raises_an_alarm_below_the_limit_and_ends_it_above(rich: Stage) -> None:
    assert balance_alarm(rich, 500_000, NOW) is None
    rich.vbot.balance(499_999)
    assert balance_alarm(rich, 500_000, later(minutes=1)) is None
    assert balance_alarm(rich, 500_000, later(minutes=5)) == {"balance": "499999", "limit": 500_000}
    rich.vbot.balance(500_000)
    assert balance_alarm(rich, 500_000, later(minutes=10)) is None


def test_one_of_many_workers_asks_for_the_balance(rich: Stage) -> None:
    for _ in range(4):
        balance_alarm(rich, 1, NOW)
    assert len(rich.vbot.requests) == 1


FAILURE = "VBot answered HTTP 503 without what was requested"


def test_a_balance_that_vbot_does_not_tell_changes_no_alarm(rich: Stage) -> None:
    rich.vbot.balance(1)
    shown = balance_alarm(rich, 500_000, NOW)
    rich.vbot.fault("unavailable", on="balance")
    assert (balance_alarm(rich, 500_000, later(minutes=5)), shown is None) == (shown, False)
    with rich.store.read() as conn:
        known = last_balance(conn, rich.client.account_id)
    assert known is not None
    assert (known.left, known.read_at, known.failed_at) == (Decimal(1), NOW, later(minutes=5))
    assert known.failure == ("VBot trả lời HTTP 503 mà không có nội dung được hỏi", FAILURE)


def test_without_a_limit_the_alarm_ends_and_what_is_left_is_still_noted(rich: Stage) -> None:
    rich.vbot.balance(1)
    assert balance_alarm(rich, 500_000, NOW)
    rich.vbot.balance(2)
    assert balance_alarm(rich, None, later(minutes=5)) is None
    with rich.store.read() as conn:
        assert last_balance(conn, rich.client.account_id) == VBotBalance(Decimal(2), later(minutes=5))


def test_a_generation_that_tells_no_balance_is_not_asked(stage: Stage) -> None:
    assert balance_alarm(stage, 500_000, NOW) is None
    assert stage.vbot.requests == []
