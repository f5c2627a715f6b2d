"""Forms that come twice for one person: one call; what a browser sends is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from bridge.core.model import BadSignature, Request
from bridge.fake_vbot import FakeVBot
from bridge.receive.webhook import receive
from bridge.store import Store
from tests.stage import NOW, RULE, Stage, later

WORD = "a-word-of-the-shop-for-ladipage"
FORM = {"Họ và tên": "Nguyễn Thị Mẫu", "Số điện thoại": "0900000001", "Tổng tiền": "399.000đ", "ladi_form_id": "F1"}


def stage_of(store: Store, vbot: FakeVBot, *rules: dict[str, Any], **settings: Any) -> Stage:
    source = {"id": "shop", "platform": "ladipage", "secrets": [WORD], "settings": settings}
    return Stage(store, vbot, *(rules or (RULE,)), sources=[source])


def filled(stage: Stage, seconds: float = 0, *headers: tuple[str, str], **changes: str) -> None:
    at = NOW + timedelta(seconds=seconds)
    body = urlencode({**FORM, "message_time": at.isoformat(), **changes}).encode()
    signed = (("X-Webhook-Token", WORD), ("Content-Type", "application/x-www-form-urlencoded"), *headers)
    receive(stage.store, stage.catalogs, "shop", Request("POST", "/hooks/shop", "", signed, body), at)
    stage.decide(at)


def test_a_form_rings_whoever_filled_it_in_and_once_though_it_comes_twice(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot)
    filled(stage, 0, is_verified="false")
    filled(stage, 300, is_verified="true", otp_code="1234")
    filled(stage, 400, **{"Số điện thoại": "+84 900 000 001"})
    stage.dial(later(400))
    assert (stage.call()["datas"], stage.rung()) == ({"total": 399000}, ["0900000001"])
    filled(stage, 500, **{"Số điện thoại": "0900000002"})
    filled(stage, 86_400)
    assert len(stage.calls()) == 3


def test_a_form_that_was_begun_rings_nobody_unless_a_rule_asks_and_never_both(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot, {**RULE, "on": ["order.created", "checkout.abandoned"], "after": "30m"})
    filled(stage, 0, status_send="capture form")
    assert (stage.deliveries()[0]["state"], stage.deliveries()[0]["reason"]) == ("ignored", "form_captured")
    both = stage_of(store, vbot, {**RULE, "on": ["order.created", "checkout.abandoned"], "after": "30m"}, capture=True)
    filled(both, 60, status_send="capture form")
    filled(both, 660)
    both.dial(later(3000))
    assert len(both.calls()) == 1 and both.rung() == ["0900000001"]


def test_what_a_browser_sends_is_refused_unless_the_source_allows_it(store: Store, vbot: FakeVBot) -> None:
    stage = stage_of(store, vbot)
    with pytest.raises(BadSignature, match="sent_by_browser"):
        filled(stage, 0, ("Origin", "https://example.test"))
    allowed = stage_of(store, vbot, allow_browser=True)
    filled(allowed, 0, ("Origin", "https://example.test"))
    assert json.dumps(allowed.deliveries()).count("decided") == 1
