"""How sources fare, on both databases: what is learned from what came, and the alarms that it raises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.core.model import BadSignature, Request
from bridge.core.reasons import SENTENCES
from bridge.fake_vbot import FakeVBot
from bridge.monitor.source_health import SETTLED, describe_sources, look_at_sources
from bridge.platforms import list_platforms
from bridge.receive.webhook import receive
from bridge.store import Store
from bridge.store.operation.alarms import list_alarms
from tests.stage import SECRET, Stage, later, order

SOURCES = [
    {"id": "shop", "platform": "generic", "secrets": [SECRET]},
    {"id": "woo", "platform": "woocommerce", "secrets": [SECRET]},
    {"id": "lan", "platform": "haravan", "secrets": [SECRET]},
]


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, sources=SOURCES)


def look(stage: Stage, at: datetime) -> None:
    look_at_sources(stage.store, stage.catalogs, at + SETTLED)


def health(stage: Stage, at: datetime, source: str = "shop") -> dict[str, Any]:
    with stage.store.read() as conn:
        found = describe_sources(conn, stage.catalogs.read(conn), at + SETTLED)
    (item,) = [item for item in found if item["id"] == source]
    said: dict[str, Any] = item["health"]
    return said


def alarms(stage: Stage) -> dict[str, Any]:
    with stage.store.read() as conn:
        return {alarm["key"]: alarm["facts"] for alarm in list_alarms(conn)}


def woo(stage: Stage, at: datetime, number: int = 1, *, signed: bool = True) -> None:
    """A delivery of the WooCommerce shop, or one that its secret did not sign."""
    with stage.store.read() as conn:
        shop = stage.catalogs.read(conn).shop("woo")
    assert shop is not None
    body = b'{"id": %d}' % number
    signer = shop.source if signed else replace(shop.source, secrets=("another",))
    request = Request("POST", "/hooks/woo", "", shop.platform.sign(body, "order.deleted", signer, at), body)
    if signed:
        receive(stage.store, stage.catalogs, "woo", request, at)
    else:
        with pytest.raises(BadSignature):
            receive(stage.store, stage.catalogs, "woo", request, at)


def five_days(stage: Stage) -> datetime:
    """Orders at 10:00, 11:00 and 19:00 of five days; the instant of the last."""
    at = later()
    for number in range(15):
        at = later(days=number // 3, hours=(0, 1, 9)[number % 3])
        stage.send("order.created", order(number), at)
    return at


def test_a_source_that_is_silent_for_longer_than_usual_raises_an_alarm_that_closes_when_it_sends(stage: Stage) -> None:
    last = five_days(stage)
    look(stage, last + timedelta(hours=29))
    assert (alarms(stage), health(stage, last)["usual_gap_seconds"]) == ({}, 30 * 3600)
    late = last + timedelta(hours=31)
    look(stage, late)
    (key,) = alarms(stage)
    assert (key, alarms(stage)[key]["source"]) == ("source_silent:shop", "shop")
    assert alarms(stage)[key]["seconds"] >= 31 * 3600
    assert health(stage, late)["silent"] is True
    late += timedelta(minutes=1)
    stage.send("order.created", order(99), late)
    look(stage, late)
    assert (alarms(stage), health(stage, late)["silent"]) == ({}, False)


def test_silence_is_still_told_after_weeks(stage: Stage) -> None:
    last = five_days(stage)
    look(stage, last)
    look(stage, last + timedelta(days=40))
    assert list(alarms(stage)) == ["source_silent:shop"]


def test_a_resend_is_a_sign_of_life(stage: Stage) -> None:
    last = five_days(stage)
    stage.send("order.created", order(14), last + timedelta(hours=20))
    look(stage, last + timedelta(hours=35))
    assert alarms(stage) == {}
    assert health(stage, last)["last_sent_at"] == (last + timedelta(hours=20)).isoformat()


@pytest.mark.parametrize("change", ["disabled", "removed"])
def test_a_source_that_is_off_is_not_missed(stage: Stage, change: str) -> None:
    last = five_days(stage)
    look(stage, last + timedelta(hours=31))
    shop = {**SOURCES[0], "enabled": False}
    stage.apply(sources=[shop] if change == "disabled" else SOURCES[1:])
    look(stage, last + timedelta(hours=32))
    assert alarms(stage) == {}


def test_looking_often_and_once_learn_the_same(stage: Stage) -> None:
    last = later()
    for number in range(15):
        last = later(days=number // 3, hours=(0, 1, 9)[number % 3])
        stage.send("order.created", order(number), last)
        look(stage, last)
    assert health(stage, last)["usual_gap_seconds"] == 30 * 3600


def test_a_source_of_a_first_day_says_nothing_of_its_pace(stage: Stage) -> None:
    stage.send("order.created", order(1))
    look(stage, later(days=3))
    assert (alarms(stage), health(stage, later())["usual_gap_seconds"]) == ({}, None)


def test_failures_in_a_row_say_what_the_platform_is_about_to_do(stage: Stage) -> None:
    woo(stage, later())
    for number in range(1, 6):
        woo(stage, later(number), signed=False)
        look(stage, later(number))
    said = health(stage, later(), "woo")
    assert (said["failures"], said["last_failure_at"]) == (5, later(5).isoformat())
    assert said["warning_en"] == "After 2 more failure(s) WooCommerce switches this webhook off."
    assert said["warning"] == "Sau 2 lần lỗi nữa, WooCommerce sẽ tắt webhook này."
    assert alarms(stage)["source_failing:woo"] == {"source": "woo", "failures": 4}


def test_a_delivery_that_is_taken_ends_the_row(stage: Stage) -> None:
    for number in range(1, 6):
        woo(stage, later(number), signed=False)
    look(stage, later(6))
    woo(stage, later(7))
    look(stage, later(8))
    assert (health(stage, later(), "woo")["failures"], alarms(stage)) == (0, {})
    woo(stage, later(9), signed=False)
    look(stage, later(10))
    assert health(stage, later(), "woo")["failures"] == 1


def test_refusals_that_a_delivery_has_ended_by_now_raise_no_alarm(stage: Stage) -> None:
    for number in range(5):
        woo(stage, later(number), number, signed=False)
    woo(stage, later(6), 9)
    look_at_sources(stage.store, stage.catalogs, later(7))
    assert (alarms(stage), health(stage, later(7), "woo")["failures"]) == ({}, 0)
    look(stage, later(8))
    woo(stage, later(9), 10, signed=False)
    look(stage, later(9))
    assert health(stage, later(9), "woo")["failures"] == 1


def test_a_resend_that_is_taken_ends_the_row_too(stage: Stage) -> None:
    woo(stage, later())
    for number in range(1, 6):
        woo(stage, later(number), signed=False)
    look(stage, later(6))
    woo(stage, later(7))
    look(stage, later(8))
    assert health(stage, later(), "woo")["failures"] == 0


def test_beyond_its_retry_schedule_the_platform_may_have_stopped(stage: Stage) -> None:
    for number in range(1, 9):
        woo(stage, later(number), signed=False)
    look(stage, later(9))
    said = health(stage, later(), "woo")["warning_en"]
    assert "WooCommerce may have stopped" in said and "8 failures" in said


def test_where_a_platform_names_no_number_the_secrets_are_asked_for(stage: Stage) -> None:
    request = Request("POST", "/hooks/lan", "", (("X-Haravan-Hmacsha256", "bad"),), b"{}")
    for number in range(1, 6):
        with pytest.raises(BadSignature):
            receive(stage.store, stage.catalogs, "lan", request, later(number))
    look(stage, later(6))
    said = health(stage, later(), "lan")
    assert (said["failures"], "secrets" in said["warning_en"]) == (5, True)
    assert list(alarms(stage)) == ["source_failing:lan"]


def test_a_source_that_never_sent_has_an_empty_health(stage: Stage) -> None:
    assert health(stage, later()) == {
        "last_sent_at": None,
        "usual_gap_seconds": None,
        "silent": False,
        "failures": 0,
        "last_failure_at": None,
        "warning": None,
        "warning_en": None,
    }


def test_what_platforms_do_has_its_sentence_and_is_above_zero() -> None:
    known = [platform.retry_schedule for platform in list_platforms() if platform.retry_schedule]
    assert len(known) >= 4
    assert all(schedule.failures > 1 and schedule.then in SENTENCES for schedule in known)
