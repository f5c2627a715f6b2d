"""notify: channels listed with how they fare, and tested by a real message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.notify.listener import listen
from tests.notify.messengers import Messengers, messengers
from tests.stage import Stage


@pytest.fixture
def chats(stage: Stage) -> Iterator[Messengers]:
    """Messengers, and the channels `shop` and `room` to them."""
    with messengers() as running:
        stage.apply(
            notify=[
                {"channel": "shop", **running.telegram(), "daily": "20:30"},
                {"channel": "room", **running.slack(), "enabled": False},
            ]
        )
        yield running


def test_a_channel_is_tested_and_listed(cli: Cli, chats: Messengers, error: Any) -> None:
    chats.faults = ["kicked"]
    assert "shop did not take it: 403" in error(1, "notify", "test", "shop")
    assert "shop took it: 200" in cli("notify", "test", "shop").stdout
    assert chats.heard == ["Tin thử của VBot Bridge: kênh này nhận được cảnh báo và tổng kết ngày."]
    room, shop = json.loads(cli("notify", "list", "--json").stdout)["items"]
    assert (room["channel"], room["kind"], room["state"]) == ("room", "slack", "disabled")
    assert (shop["state"], shop["daily"], shop["error"]) == ("on", "20:30", None)
    assert "không bật" in cli("--lang", "vi", "notify", "list").stdout
    assert "known are: room, shop" in error(2, "notify", "test", "shp")


def test_the_setting_is_a_channel_too(cli: Cli, error: Any) -> None:
    assert "ALARM_URL is not set" in error(2, "notify", "test", "ALARM_URL")
    assert "no channel yet" in cli("notify", "list").stdout
    with listen() as listener:
        assert "ALARM_URL took it: 204" in cli("notify", "test", "ALARM_URL", ALARM_URL=listener.url).stdout
        assert json.loads(listener.came[0].body)["type"] == "test"
        (item,) = json.loads(cli("notify", "list", "--json", ALARM_URL=listener.url).stdout)["items"]
    assert item["channel"] == "ALARM_URL"
