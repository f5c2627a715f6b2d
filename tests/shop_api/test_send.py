"""One request to a shop: whatever goes wrong is a reason code, and how long the shop wants to rest is read."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from bridge.core.model import Source
from bridge.core.platform import ApiRequest
from bridge.lib.http import Answer, NotSent, Unsure
from bridge.shop_api import send as sending
from bridge.shop_api.send import Failure, rest_of, send

ORDER = ApiRequest("GET", "https://shop.example.test/orders/1", {"X-Key": "secret"})


def until() -> float:
    return time.monotonic() + 10


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotSent("address_refused"), "fetch_address"),
        (NotSent("unsendable"), "fetch_address"),
        (NotSent("connect_refused"), "fetch_no_answer"),
        (Unsure("read_timeout"), "fetch_no_answer"),
        (Unsure("too_large"), "fetch_bad_answer"),
    ],
)
def test_a_request_that_fails_is_a_reason_code(monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str) -> None:
    def fail(*args: Any, **named: Any) -> Answer:
        raise error

    monkeypatch.setattr(sending.http, "send", fail)
    assert send(ORDER, Source("shop", "shopify"), until()) == Failure(reason, is_unsure=isinstance(error, Unsure))


@pytest.mark.parametrize(("settings", "public_only"), [({}, True), ({"allow_private_addresses": True}, False)])
def test_only_a_setting_lets_a_request_go_to_a_private_address(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], public_only: bool
) -> None:
    sent: dict[str, Any] = {}

    def keep(*args: Any, **named: Any) -> Answer:
        sent.update(named)
        return Answer(200, {}, b"{}")

    monkeypatch.setattr(sending.http, "send", keep)
    assert send(ORDER, Source("shop", "shopify", settings=settings), until()) == Answer(200, {}, b"{}")
    assert (sent["public_only"], sent["headers"]["X-Key"]) == (public_only, "secret")


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"x-rate-limit-time-reset-ms": "2500"}, timedelta(milliseconds=2500)),
        ({"retry-after": "7", "x-rate-limit-time-reset-ms": "2500"}, timedelta(seconds=7)),
        ({"retry-after": "Mon, 23 Nov 2026 03:00:00 GMT"}, timedelta(0)),
        ({"retry-after": "9" * 30}, timedelta(0)),
        ({}, timedelta(0)),
    ],
)
def test_how_long_a_shop_wants_to_be_left_alone(headers: dict[str, str], rest: timedelta) -> None:
    assert rest_of(Answer(429, headers, b"")) == rest
