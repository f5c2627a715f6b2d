from __future__ import annotations

import logging
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bridge
from bridge.fake_vbot import FakeVBot
from bridge.monitor import hooks
from bridge.monitor.alarms import ALARMS, Alarm, describe, find_alarm
from bridge.monitor.source_health import KINDS
from bridge.monitor.work import watch_work, watch_workers
from bridge.notify import people, webhooks, write_back
from bridge.settle import comparison
from bridge.store import Store
from bridge.store.operation.alarms import close_alarm, keep_alarm, list_alarms, open_alarm
from bridge.store.operation.workers import beat
from tests.stage import NOW, RULE, Stage, later, order


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, {**RULE, "cooldown": 0})


def keys(store: Store) -> list[str]:
    with store.read() as conn:
        return [alarm["key"] for alarm in list_alarms(conn)]


def test_an_alarm_is_opened_once_and_closed_once(store: Store) -> None:
    with store.write() as conn:
        assert [open_alarm(conn, "breaker", {}, NOW) for _ in range(2)] == [True, False]
        assert [close_alarm(conn, "breaker", NOW) for _ in range(2)] == [True, False]
        assert open_alarm(conn, "breaker", {}, NOW)


def test_a_look_that_finds_nothing_new_waits_for_no_writer(store: Store) -> None:
    keep_alarm(store, "unsure", True, {"calls": 1}, NOW)
    with store.write(), ThreadPoolExecutor(1) as pool:
        looks = [pool.submit(keep_alarm, store, key, is_so, {}, NOW) for key, is_so in (("unsure", True), ("x", False))]
        assert [look.result(30) for look in looks] == [None, None]


def test_each_alarm_that_the_code_keeps_is_in_the_registry_and_none_besides() -> None:
    code = [path.read_text(encoding="utf-8") for path in Path(bridge.__path__[0]).glob("**/*.py")]
    kept = {key for text in code for key in re.findall(r'(?:keep_alarm\(\s*[\w.]+, |wanted\[f)"([a-z_]+)', text)}
    others = {comparison.ALARM, hooks.ALARM, webhooks.FAILING, webhooks.OFF, people.FAILING, write_back.ALARM}
    assert {*kept, *others} == {alarm.key for alarm in ALARMS}
    assert [key for key in KINDS if find_alarm(f"{key}:shop") is None] == []


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.key)
def test_an_alarm_says_in_two_languages_what_is_so_and_what_to_do(alarm: Alarm) -> None:
    for vietnamese, english in (alarm.means, alarm.open_while, alarm.mend):
        assert vietnamese and english and vietnamese != english
        assert unicodedata.is_normalized("NFC", vietnamese)
        assert set(re.findall(r"{(\w+)}", vietnamese)) == set(re.findall(r"{(\w+)}", english))


def test_an_alarm_is_described_by_its_facts_and_one_of_another_version_by_its_key() -> None:
    facts = {"source": "lan-shop", "failures": 7}
    assert describe("source_failing:lan-shop", facts)[1].startswith("7 deliveries in a row of lan-shop were refused")
    assert describe("template_changed", {"template": "A", "rules": ["one", "two"]})[1].startswith("the rules one, two ")
    assert describe("unsure", {})[1] == "? call(s) are unsure"
    assert (find_alarm("later:x"), describe("later:x", {"n": 1})) == (None, ("later:x", "later:x"))


def test_an_open_line_and_unsure_calls_raise_alarms_that_end_with_them(stage: Stage) -> None:
    for number in range(1, 8):
        stage.send("order.created", order(number))
    stage.decide()
    stage.vbot.fault("unavailable")
    stage.dial()
    watch_work(stage.store, stage.client.account_id, NOW)
    assert keys(stage.store) == ["breaker", "unsure"]
    stage.vbot.faults.clear()
    stage.send("order.created", order(9), later(minutes=20))
    stage.run(later(minutes=20))
    watch_work(stage.store, stage.client.account_id, later(minutes=20))
    assert keys(stage.store) == ["unsure"]


def test_one_error_line_tells_of_an_alarm(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "bridge.store.operation.alarms"):
        for seconds in range(3):
            watch_work(stage.store, "account", later(seconds), clock_stepped=True)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_work_that_nobody_does_is_stuck(stage: Stage) -> None:
    stage.send("order.created", order())
    watch_work(stage.store, "account", later(minutes=4))
    assert keys(stage.store) == []
    watch_work(stage.store, "account", later(minutes=6))
    assert keys(stage.store) == ["stuck_work"]


def test_the_web_sees_that_no_worker_beats(store: Store) -> None:
    watch_workers(store, NOW)
    assert keys(store) == ["no_worker"]
    with store.write() as conn:
        beat(conn, "w1", NOW)
    watch_workers(store, later(30))
    assert keys(store) == []
    watch_workers(store, later(90))
    assert keys(store) == ["no_worker"]
