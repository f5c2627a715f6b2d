"""What shops call the states of their orders, in Vietnamese and English, and in words that only they use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import Request, Source
from bridge.lib.jsonschema import schema
from bridge.platforms.shared.states import USUAL, meaning_of
from tests.platforms.wire import Fixture, list_fixtures


def shop(**states: Any) -> Source:
    return Source("shop", "generic", settings={"states": states} if states else {})


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("huy-don, Hủy đơn, HUỶ ĐƠN, HUY_DON, wc-huy-don, Đã hủy, khách hủy, Hủy do hết hàng, Đơn trùng", "cancelled"),
        (
            "cancel, Canceled, CANCELLED, cancelled_by_customer, Order cancelled, void, chờ hủy, yêu cầu hủy",
            "cancelled",
        ),
        (
            "hoan-hang, Hoàn hàng, đã hoàn, Đang chuyển hoàn, Khách trả hàng, returned, RETURNING, return_to_sender",
            "returned",
        ),
        ("hoàn tiền, refunded", "refunded"),
        ("da-gui-hang, Đang giao hàng, đã giao, Giao thành công, shipped, Delivered, in-transit", "fulfilled"),
        ("hoàn thành, Hoàn tất, completed, done", "completed"),
        ("nháp, draft, checkout-draft", "draft"),
        ("thất bại, failed", "failed"),
        ("Đã thanh toán, paid", "paid"),
        ("mới, Đơn mới, new, pending, on-hold, processing, chờ xác nhận, Đã xác nhận, chưa giao, không hủy", "open"),
        ("trash", "trashed"),
        ("đã xóa, deleted", "deleted"),
    ],
)
def test_usual_words_are_known_in_every_spelling(words: str, meaning: str) -> None:
    for word in words.split(", "):
        for spelling in (word, word.upper(), unicodedata.normalize("NFD", word), f" {word}. "):
            assert meaning_of(spelling, shop()) == meaning, spelling


@pytest.mark.parametrize(
    "word",
    [
        "success",
        "Thành công",
        "kiện 7",
        "Huyền",
        "đang nghĩ",
        "hoãn",
        "chưa hoàn",
        "5",
        "🙂",
        "khôi phục đơn hủy",
        "",
        None,
    ],
)
def test_a_word_that_may_mean_something_else_is_unknown(word: str | None) -> None:
    assert meaning_of(word, shop()) is None


def test_the_source_says_what_its_own_words_mean_before_all_others() -> None:
    source = shop(**{"wc-kho-tra": "returned", "Đã giao": "open", "501": "fulfilled", "Chốt_đơn": "paid"})
    assert meaning_of("kho-tra", source) == "returned"
    assert meaning_of("ĐÃ GIAO", source) == "open"
    assert meaning_of("501", source, {"501": "cancelled"}) == "fulfilled"
    assert meaning_of("chốt đơn", source) == "paid"


def test_the_platforms_own_words_stand_before_the_usual_ones() -> None:
    assert meaning_of("closed", shop(), {"closed": "open"}) == "open"
    assert meaning_of("6", shop(), {"6": "cancelled"}) == "cancelled"


def test_no_usual_word_has_two_meanings() -> None:
    words = [word for usual in USUAL.values() for word in usual]
    assert len(words) == len(set(words))
    assert {meaning_of(word, shop()) == meaning for meaning, usual in USUAL.items() for word in usual} == {True}


def _teachable() -> set[str]:
    known = schema("config")["$defs"]
    return {name.removeprefix("settings_") for name, part in known.items() if "states" in part.get("properties", ())}


TOLD = [
    fixture
    for fixture in list_fixtures()
    if fixture.platform.name in _teachable()
    and any(
        event["order"]["status"] and event["order"]["state"] == "open" for event in fixture.expected.get("events", ())
    )
]


@pytest.mark.parametrize("fixture", TOLD, ids=lambda fixture: fixture.name)
def test_every_platform_with_own_states_is_taught_each_of_them(fixture: Fixture) -> None:
    for meaning in ("cancelled", "returned", "fulfilled", "paid"):
        for event in fixture.platform.read(fixture.request, fixture.source, fixture.received_at).events:
            if event.order is None or event.order.status is None:
                continue
            source = replace(
                fixture.source, settings={**fixture.source.settings, "states": {event.order.status: meaning}}
            )
            taught = fixture.platform.read(fixture.request, source, fixture.received_at).events
            order = next(one.order for one in taught if one.order_id == event.order_id)
            assert order
            assert order.state == ("open" if meaning == "paid" else meaning)
            assert order.payment.paid or meaning != "paid"
            if event.topic == "order.updated" and not event.restored:
                topics = {"paid": "order.paid", "fulfilled": "order.fulfilled"}
                assert taught[0].topic == topics.get(meaning, "order.cancelled")


STRANGE = "78901"  # no platform has such a state, and every one could


def strange_ones(fixture: Fixture) -> Iterator[Request]:
    """The delivery with that state wherever a state may stand."""
    for names in ("status|trang_thai", "Status|StatusValue", "fulfillment_status", "status_id|custom_status"):
        yield replace(
            fixture.request,
            body=_with_state(fixture.request.body, names),
            fetched={key: _with_state(text, names) for key, text in fixture.request.fetched.items()},
        )


def _with_state(body: bytes, names: str) -> bytes:
    return re.sub(rf'"({names})": ?("[^"]*"|[0-9]+|null)'.encode(), rf'"\1":"{STRANGE}"'.encode(), body)


def test_a_state_that_nobody_knows_is_named_on_every_platform_that_can_be_taught_it() -> None:
    named = set()
    for fixture in TOLD:
        for event in fixture.platform.read(fixture.request, fixture.source, fixture.received_at).events:
            assert event.unknown_state is None or fixture.platform.name == "generic", fixture.name
        for changed in strange_ones(fixture):
            for event in fixture.platform.read(changed, fixture.source, fixture.received_at).events:
                if event.unknown_state == STRANGE:
                    assert event.order
                    assert event.order.state == "open"
                    named.add(fixture.platform.name)
    assert named == _teachable()


def test_all_teachable_platforms_are_tried() -> None:
    assert {fixture.platform.name for fixture in TOLD} == _teachable() >= {"woocommerce", "generic", "pancake", "sapo"}
