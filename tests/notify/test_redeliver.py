"""A key pressed asks the carrier to come again: once, whatever is lost, and only while the parcel waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.core.model import Source
from bridge.fake_vbot import FakeVBot
from bridge.lib.shared_token import MemoryTokenStore
from bridge.monitor.story.lines import story_lines
from bridge.platforms import find_platform
from bridge.shop_api.tokens import Tokens
from bridge.shop_api.write import try_to_read
from bridge.store import Store
from bridge.store.reports.views import describe_order
from tests.notify.ghn import CODE, Ghn
from tests.notify.shop import Instead
from tests.notify.test_write_back import alarms, report, write
from tests.notify.test_write_back_rules import check
from tests.stage import NOW, RULE, SECRET, Stage, order

WORD = "a-word-of-the-shop-for-ghn"
MISSED: dict[str, Any] = {
    "rule": "missed",
    "template": "MISSED",
    "on": ["delivery.failed"],
    "datas": {"total": "{{ order.total }}"},
    "answers": {"1": "confirmed", "2": "declined"},
    "write_back": {"confirmed": [{"redeliver": True, "key": "1"}]},
}
CONFIRM = {**RULE, "answers": {"1": "confirmed", "2": "declined"}}
TODAY = {**RULE, "rule": "today", "template": "TODAY", "on": ["delivery.out"]}


@pytest.fixture
def ghn() -> Iterator[Ghn]:
    with Ghn() as running:
        yield running
        assert running.faults == []


def stage_of(store: Store, vbot: FakeVBot, ghn: Ghn, *rules: dict[str, Any], **settings: Any) -> Stage:
    shop = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
    carrier = {"id": "ghn", "platform": "ghn", "secrets": [WORD], "settings": {**ghn.settings, **settings}}
    return Stage(store, vbot, *(rules or (MISSED,)), sources=[shop, carrier])


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def tell(stage: Stage, status: str, at: datetime) -> None:
    """GHN tells this status of the parcel, and what it means is decided and dialled."""
    stage.send_sample("ghn", at, Status=status, ClientOrderCode="DH-7", OrderCode=CODE)
    stage.run(at)


def miss(stage: Stage, key: str = "1") -> None:
    """The order, its parcel that was missed, the call about it, and the key that the buyer presses."""
    stage.send("order.updated", order(7), NOW)
    stage.run(NOW)
    tell(stage, "waiting_to_return", NOW)
    report(stage, stage.vbot.calls[-1]["external_call_id"], "ANSWER", key, NOW)


def written(stage: Stage) -> list[tuple[str, str, str | None]]:
    return [(one["action"], one["state"], one["detail"]) for call in stage.calls() for one in call["write_backs"]]


def test_one_parcel_from_its_order_to_the_door_for_the_second_time(store: Store, vbot: FakeVBot, ghn: Ghn) -> None:
    stage = stage_of(store, vbot, ghn, CONFIRM, TODAY, MISSED)
    stage.send("order.created", order(7), NOW)
    stage.run(NOW)
    report(stage, stage.vbot.calls[-1]["external_call_id"], "ANSWER", "1", NOW)
    tell(stage, "picking", hours(1))
    tell(stage, "delivering", hours(2))
    tell(stage, "waiting_to_return", hours(4))
    report(stage, stage.vbot.calls[-1]["external_call_id"], "ANSWER", "1", hours(4))
    write(stage, hours(4))
    assert (ghn.status, written(stage)) == ("storing", [("redeliver", "written", None)])
    tell(stage, "storing", hours(5))
    tell(stage, "delivering", hours(6))
    tell(stage, "delivered", hours(7))
    write(stage, hours(8))
    assert [(call["rule"], call["result"]) for call in stage.calls()] == [
        ("confirm", "confirmed"),
        ("today", None),
        ("missed", "confirmed"),
    ]
    assert stage.rung() == ["0900000007"] * 3 and len(ghn.writes) == 1
    with stage.store.read() as conn:
        story = describe_order(conn, "shop", "id-7", show_phones=False)
    assert story
    story["next"] = []
    text = "\n".join(story_lines(story, "Asia/Ho_Chi_Minh", "en", show_datas=False))
    told = ("order.created", "delivery.out", "delivery.failed", "ask the carrier to deliver again")
    places = [text.find(word) for word in told]
    assert -1 not in places, text
    assert places[0] < places[1] < places[2], text


@pytest.mark.parametrize("key", ["2", ""])
def test_another_key_and_none_ask_for_nothing(store: Store, vbot: FakeVBot, ghn: Ghn, key: str) -> None:
    stage = stage_of(store, vbot, ghn)
    miss(stage, key)
    write(stage)
    assert (ghn.asked, written(stage)) == ([], [])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("storing", ("redeliver", "written", None)),
        ("delivering", ("redeliver", "written", None)),
        ("return_transporting", ("redeliver", "refused", "write_order_moved_on")),
        ("delivered", ("redeliver", "refused", "write_order_moved_on")),
        ("cancel", ("redeliver", "refused", "write_order_moved_on")),
    ],
)
def test_a_parcel_that_waits_no_more_is_left_alone(
    store: Store, vbot: FakeVBot, ghn: Ghn, status: str, outcome: tuple[str, str, str | None]
) -> None:
    stage = stage_of(store, vbot, ghn)
    miss(stage)
    ghn.status = status
    write(stage, NOW)
    assert (written(stage), ghn.writes) == ([outcome], [])


def test_an_answer_that_is_lost_is_looked_up_and_not_asked_again(store: Store, vbot: FakeVBot, ghn: Ghn) -> None:
    stage = stage_of(store, vbot, ghn)
    miss(stage)
    ghn.instead.append(Instead(after=True, cut=True))
    write(stage, NOW)
    assert written(stage)[0][1] == "unsure" and ghn.status == "storing"
    write(stage, hours(1))
    assert written(stage) == [("redeliver", "written", None)] and len(ghn.writes) == 1


@pytest.mark.parametrize(
    ("settings", "reason"), [({"token": "wrong"}, "write_credentials"), ({"shop_id": "5"}, "write_scope")]
)
def test_wrong_credentials_wait_for_a_person(
    store: Store, vbot: FakeVBot, ghn: Ghn, settings: dict[str, Any], reason: str
) -> None:
    stage = stage_of(store, vbot, ghn, MISSED, **settings)
    miss(stage)
    write(stage, NOW)
    assert written(stage) == [("redeliver", "waiting", reason)]
    assert alarms(stage) == [("write_back:ghn", reason)]
    stage.apply(
        MISSED,
        sources=[
            {"id": "shop", "platform": "generic", "secrets": [SECRET]},
            {"id": "ghn", "platform": "ghn", "secrets": [WORD], "settings": ghn.settings},
        ],
    )
    write(stage, hours(2))
    assert (written(stage), ghn.status) == ([("redeliver", "written", None)], "storing")


def test_what_ghn_refuses_says_its_word_and_the_credentials_can_be_tried(
    store: Store, vbot: FakeVBot, ghn: Ghn
) -> None:
    stage = stage_of(store, vbot, ghn)
    miss(stage)
    ghn.status = "delivery_fail"
    write(stage, NOW)
    assert written(stage) == [("redeliver", "refused", "write_refused")]
    platform = find_platform("ghn")
    assert platform and platform.write_back
    for settings, reason in ((ghn.settings, None), ({**ghn.settings, "token": "wrong"}, "write_credentials")):
        tokens = Tokens(lambda source_id: MemoryTokenStore(time.monotonic))
        refusal = try_to_read(
            platform.write_back, Source("ghn", "ghn", settings=settings), tokens, time.monotonic() + 20
        )
        assert (refusal and refusal.reason) == reason


def test_an_order_of_no_known_parcel_says_so(store: Store, vbot: FakeVBot, ghn: Ghn) -> None:
    asks = {**CONFIRM, "write_back": {"confirmed": [{"redeliver": True, "key": "1"}]}}
    stage = stage_of(store, vbot, ghn, asks)
    stage.send("order.created", order(7), NOW)
    stage.run(NOW)
    report(stage, stage.vbot.calls[-1]["external_call_id"], "ANSWER", "1", NOW)
    write(stage, NOW)
    assert written(stage) == [("redeliver", "refused", "write_no_parcel")]


def test_check_wants_it_said_twice_and_a_carrier_that_takes_it() -> None:
    shop = {"id": "shop", "platform": "generic", "settings": {}}
    ghn = {"id": "ghn", "platform": "ghn", "settings": {"token": "t", "shop_id": "5"}}
    twice = {"confirmed": [{"redeliver": True, "key": "1"}]}
    assert check(twice, shop, ghn) == []
    ((_, message, is_warning),) = check({"confirmed": [{"redeliver": True}]}, shop, ghn)
    assert "say it twice" in message and not is_warning
    ((_, message, is_warning),) = check(twice, shop)
    assert "no source is a carrier of this rule's shops" in message and not is_warning
    ((_, message, is_warning),) = check(twice, shop, {**ghn, "settings": {"token": "t"}})
    assert "lack shop_id" in message and not is_warning
    ((_, message, is_warning),) = check(twice, shop, ghn, {"id": "ghtk", "platform": "ghtk", "settings": {}})
    assert "ghtk" in message and is_warning
