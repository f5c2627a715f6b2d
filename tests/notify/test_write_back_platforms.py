"""Each platform's write over HTTP: once, beside what staff wrote, and with the reason where its shop refuses."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.core.model import TO_CARRIER, Source, Write, WriteState
from bridge.core.platform import WriteBack
from bridge.lib.jsonschema import problems
from bridge.lib.shared_token import MemoryTokenStore
from bridge.platforms import find_platform, list_platforms
from bridge.rules.write_back import KINDS
from bridge.shop_api.tokens import Tokens
from bridge.shop_api.write import Written, try_to_read, write_order
from tests.notify.shop import Instead
from tests.notify.shops import SHOPS, Nhanh, OneOrder, Pancake, Shopify

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MARKER = "[VBot 4711]"
NOTE = f"{MARKER} 23/11 10:00 Khách xác nhận đơn"
CHANGES = ("confirm_order", "cancel_order")
CASES = [
    pytest.param(shop, kind, id=f"{shop.platform}-{kind}")
    for shop in SHOPS
    for kind in KINDS
    if (found := find_platform(shop.platform)) and found.write_back and kind in found.write_back.does
]


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Iterator[OneOrder]:
    with request.param() as running:
        yield running
        assert running.faults == []


each_shop = pytest.mark.parametrize("shop", SHOPS, indirect=True, ids=lambda shop: shop.platform)
each_case = pytest.mark.parametrize(("shop", "kind"), CASES, indirect=["shop"])


class Bridge:
    """What writes to this shop, with the tokens of one process."""

    def __init__(self, shop: OneOrder, **settings: Any) -> None:
        platform = find_platform(shop.platform)
        assert platform is not None and platform.write_back is not None
        self.shop, self.back = shop, platform.write_back
        self.source = Source("shop", shop.platform, settings={**shop.settings, **settings})
        self.store = MemoryTokenStore(time.monotonic)

    def write(self, kind: str, *, again: bool = False, **changes: Any) -> Written:
        made = write(self.shop, self.back, kind, again=again, **changes)
        tokens = Tokens(lambda source_id: self.store)
        return write_order(self.back, self.source, made, tokens, time.monotonic() + 20)

    def reason(self, kind: str, *, again: bool = False, **changes: Any) -> str | None:
        refusal = self.write(kind, again=again, **changes).refusal
        return refusal.reason if refusal else None


def write(shop: OneOrder, back: WriteBack, kind: str, *, again: bool = False, **changes: Any) -> Write:
    value = {"note": "Khách xác nhận đơn", "tag": "vbot-ok", "status": "manual_verification"}.get(kind, "")
    given: dict[str, Any] = {
        **{"id": 1, "call_id": 4711, "source_id": "shop", "order_id": shop.order_id, "result": "confirmed", "n": 0},
        **{"kind": kind, "value": value, "text": NOTE if kind == "note" else value, "marker": MARKER, "instead": ()},
        **{"was_done": False, "state": WriteState.WAITING, "reason": None, "detail": None, "tries": 0},
        **{"sent_at": AT if again else None, "wake_at": AT, "created_at": AT, "updated_at": AT},
    }
    return Write(**{**given, **changes})


def stands(shop: OneOrder, kind: str) -> bool:
    """Whether the shop shows it, once."""
    if kind == "note":
        return shop.note().count(MARKER) == 1
    if kind == "tag":
        return shop.tags().count("vbot-ok") == 1
    if kind == "status":
        return bool(shop.order["status_id"] == 12)
    return shop.is_cancelled() if kind == "cancel_order" else bool(shop.is_confirmed())


def settle(bridge: Bridge, kind: str) -> None:
    """As the worker goes on after a try that may have arrived."""
    for _ in range(3):
        if bridge.reason(kind, again=True) is None:
            return
    raise AssertionError("it is never written")


@each_case
def test_it_is_written_once_however_often_it_is_tried(shop: OneOrder, kind: str) -> None:
    bridge = Bridge(shop)
    shop.set_note("Giao giờ hành chính")
    first = bridge.reason(kind)
    assert first is None
    writes = len(shop.writes)
    settle(bridge, kind)
    assert stands(shop, kind) and len(shop.writes) == writes
    assert kind != "note" or shop.note().startswith("Giao giờ hành chính\n")


@each_case
@pytest.mark.parametrize("arrived", [True, False])
def test_an_answer_that_was_lost_is_read_back_and_never_doubled(shop: OneOrder, kind: str, arrived: bool) -> None:
    bridge = Bridge(shop)
    shop.instead.append(Instead(cut=True, after=arrived))
    lost = bridge.write(kind)
    assert lost.is_unsure and lost.refusal is not None and lost.refusal.reason == "write_no_answer"
    settle(bridge, kind)
    assert stands(shop, kind)
    assert len(shop.writes) == (1 if arrived else 2)


@each_case
def test_an_order_that_moved_on_is_left_alone(shop: OneOrder, kind: str) -> None:
    shop.end()
    assert Bridge(shop).reason(kind) == (None if kind == "cancel_order" else "write_order_ended")
    assert shop.writes == []


@each_shop
def test_what_staff_write_meanwhile_stays(shop: OneOrder) -> None:
    bridge = Bridge(shop)
    if "tag" in bridge.back.does:
        shop.set_tags("khach-quen", "vbot-unreachable")
        assert bridge.reason("tag", instead=("vbot-unreachable",)) is None
        assert set(shop.tags()) - {"khach-quen"} == {"vbot-ok"}
        assert shop.platform == "saleor" or "khach-quen" in shop.tags()
    shop.set_note("Gọi trước khi giao")
    assert bridge.reason("note") is None
    assert "Gọi trước khi giao" in shop.note() and stands(shop, "note")


@each_shop
def test_an_order_that_is_gone_and_credentials_that_are_refused_have_their_reason(shop: OneOrder) -> None:
    other = "T3JkZXI6Mg==" if shop.platform == "saleor" else "999"
    assert Bridge(shop).reason("note", order_id=other) == "write_order_gone"
    wrong = dict.fromkeys(("access_token", "api_secret", "api_key"), "wrong")
    reason = Bridge(shop, **wrong).reason("note")
    assert reason == ("write_scope" if shop.platform == "saleor" else "write_credentials")
    assert shop.writes == []
    tokens = Tokens(lambda source_id: MemoryTokenStore(time.monotonic))
    right, denied = Bridge(shop), Bridge(shop, **wrong)
    assert try_to_read(right.back, right.source, tokens, time.monotonic() + 20) is None
    refusal = try_to_read(denied.back, denied.source, tokens, time.monotonic() + 20)
    assert refusal is not None and refusal.reason == reason


@each_shop
@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (Instead(429, headers={"Retry-After": "7.5"}), "write_rate_limited"),
        (Instead(503), "write_no_answer"),
        (Instead(403), "write_scope"),
        (Instead(422), "write_refused"),
        (Instead(302, headers={"Location": "http://127.0.0.1:9/"}), "write_redirected"),
        (Instead(200, b"<html>bao tri</html>"), "write_bad_answer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_refusal_of_a_write_is_told_apart(shop: OneOrder, instead: Instead, reason: str) -> None:
    shop.instead.append(instead)
    refused = Bridge(shop).write("note")
    assert refused.refusal is not None and refused.refusal.reason == reason
    assert refused.is_unsure == (reason in ("write_no_answer", "write_bad_answer"))
    assert refused.refusal.rest.total_seconds() == (7.5 if reason == "write_rate_limited" else 0)


@pytest.mark.parametrize("shop", [Shopify], indirect=True)
def test_shopify_is_asked_with_a_token_of_a_day_and_left_alone_when_its_points_are_spent(shop: Shopify) -> None:
    bridge = Bridge(shop)
    assert bridge.reason("note") is None and bridge.reason("tag") is None
    assert shop.lent == 1
    shop.token = 99  # it has ended
    assert bridge.reason("cancel_order") is None and shop.lent == 2
    throttled = (
        b'{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":'
        b'{"requestedQueryCost":110,"throttleStatus":{"currentlyAvailable":10,"restoreRate":50.0}}}}'
    )
    shop.reads.append(Instead(200, throttled))
    refusal = bridge.write("note", again=True).refusal
    assert refusal is not None and (refusal.reason, refusal.rest.total_seconds()) == ("write_rate_limited", 2.0)
    old = Bridge(shop, access_token="shpat_2", client_id=None)
    assert old.back.login(old.source) is None


@pytest.mark.parametrize("shop", [Shopify], indirect=True)
@pytest.mark.parametrize("stands", [(), ("VBot ok",), ("vbot-ok",)])
def test_a_tag_that_shopify_spells_otherwise_is_known_again(shop: Shopify, stands: tuple[str, ...]) -> None:
    shop.set_tags("khach-quen", *stands)
    bridge = Bridge(shop)
    for again in (False, True, True):
        for instead in ((), ("VBot ok",)):
            assert bridge.reason("tag", again=again, value="VBot  ok", text="VBot  ok ", instead=instead) is None
    assert shop.tags() == ["khach-quen", *(stands or ["VBot ok"])]
    assert len(shop.writes) == (0 if stands else 1)


@pytest.mark.parametrize("shop", [Nhanh], indirect=True)
def test_nhanh_refuses_with_the_status_200(shop: Nhanh) -> None:
    bridge = Bridge(shop)
    shop.order["info"]["status"] = 60
    assert bridge.reason("note", was_done=True) == "write_locked"
    shop.order["info"]["status"] = 54
    locked = b'{"code":0,"errorCode":"ERR_429","messages":"x","data":{"lockedSeconds":25}}'
    shop.instead.append(Instead(200, locked))
    refusal = bridge.write("note").refusal
    assert refusal is not None and (refusal.reason, refusal.rest.total_seconds()) == ("write_rate_limited", 26)


@pytest.mark.parametrize("shop", [Pancake, Nhanh], indirect=True)
def test_there_is_no_tag_that_the_shop_has_not_made(shop: OneOrder) -> None:
    assert Bridge(shop).reason("tag", text="chua-tao", value="chua-tao") == "write_unknown_name"


@pytest.mark.parametrize("shop", [Pancake], indirect=True)
def test_an_order_of_pancake_that_has_left_is_locked(shop: Pancake) -> None:
    shop.order["status"] = 9
    assert Bridge(shop).reason("note") == "write_locked"


@pytest.mark.parametrize("shop", [Nhanh], indirect=True)
@pytest.mark.parametrize("adds", [False, True])
def test_no_tag_of_nhanh_is_lost_whether_it_adds_or_replaces(shop: Nhanh, adds: bool) -> None:
    shop.adds = adds
    shop.set_tags("khach-quen", "vbot-unreachable")
    assert Bridge(shop).reason("tag", instead=("vbot-unreachable",)) is None
    assert set(shop.tags()) - {"vbot-unreachable"} == {"khach-quen", "vbot-ok"}


@each_case
def test_writes_that_follow_each_other_keep_the_rate_of_their_shop(shop: OneOrder, kind: str) -> None:
    if shop.rate is None:
        assert shop.platform in ("shopify", "saleor")  # one counts points and says when there are more, one nothing
        return
    bridge, (rate, of_each) = Bridge(shop), shop.rate
    assert bridge.reason(kind) is None
    asked = Counter(asked.path if of_each else "" for asked in shop.asked)
    took = len(shop.asked) * bridge.back.seconds_between + bridge.back.seconds_after
    assert max(asked.values()) / took <= rate


def test_every_platform_says_what_it_writes_or_why_not_and_its_settings_are_known() -> None:
    written = {shop.platform for shop in SHOPS} | {"woocommerce", "generic", "ghn"}
    for platform in list_platforms():
        back = platform.write_back
        assert (back is not None) == (platform.name in written), platform.name
        if back is None:
            assert all(platform.no_write_back), platform.name
            continue
        asked = set(KINDS) - (set() if platform.is_carrier else {TO_CARRIER})
        assert asked == set(back.does) | set(back.lacks), platform.name
        for group in back.credentials:
            valid = {"write_back_secret": "${SECRET}"}
            settings = {name: "https://a.example.test" if "url" in name else valid.get(name, "1") for name in group}
            entry = {"id": "s", "platform": platform.name, "settings": settings}
            assert problems({"sources": [entry]}, "config") == [], (platform.name, group)
