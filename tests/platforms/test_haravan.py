"""Haravan: the handshake of a subscription, two spellings of one header, words of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import BadSignature, Event
from bridge.core.platform import Reply
from bridge.platforms.haravan import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PLAIN = find_fixture("haravan/orders_create__cash-on-delivery")
ASKED = find_fixture("haravan/handshake__subscribe")


def event(topic: str = "orders/updated", **changes: Any) -> Event:
    request = with_header(PLAIN.request, "X-Haravan-Topic", topic)
    document = {**json.loads(request.body), **changes}
    return PLATFORM.read(with_body(request, document), PLAIN.source, PLAIN.received_at).events[0]


def test_the_challenge_comes_back_as_it_was() -> None:
    query = "hub.mode=subscribe&hub.challenge=a%20%3Cb%3E&hub.verify_token=my+token"
    assert PLATFORM.handshake(replace(ASKED.request, query=query), ASKED.source) == Reply(200, "a <b>")


@pytest.mark.parametrize(
    "query",
    [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=other",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=my+token",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=my+token",
        "hub.challenge=1&hub.verify_token=my+token",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=my+token&hub.verify_token=other",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=haravan-test-secret",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%FF%00",
        "&".join(["hub.mode=subscribe"] * 100),
    ],
)
def test_a_subscription_that_does_not_know_the_token_is_refused(query: str) -> None:
    with pytest.raises(BadSignature, match="bad_verify_token"):
        PLATFORM.handshake(replace(ASKED.request, query=query), ASKED.source)


def test_a_source_without_secrets_answers_no_subscription() -> None:
    bare = replace(ASKED.source, settings={}, secrets=())
    with pytest.raises(BadSignature, match="no_secret"):
        PLATFORM.handshake(ASKED.request, bare)


def test_only_a_get_with_its_words_is_a_subscription() -> None:
    for request in (replace(ASKED.request, query=""), replace(ASKED.request, query="x=1"), PLAIN.request):
        assert PLATFORM.handshake(request, ASKED.source) is None
    posted = replace(PLAIN.request, query=ASKED.request.query)
    assert PLATFORM.handshake(posted, ASKED.source) is None


def test_sha1_in_hex_is_refused_under_either_spelling() -> None:
    for name in ("X-Haravan-Hmacsha256", "x-haravan-hmac-sha256"):
        bare = with_header(with_header(PLAIN.request, "X-Haravan-Hmacsha256"), name, "0" * 40)
        with pytest.raises(BadSignature, match="bad_signature"):
            PLATFORM.verify(bare, PLAIN.source, PLAIN.received_at)


def test_shop_topic_and_body_make_the_key() -> None:
    own = PLATFORM.dedup_key(PLAIN.request, PLAIN.source)
    for other in (
        with_header(PLAIN.request, "X-Haravan-Org-Id", "5"),
        with_header(PLAIN.request, "X-Haravan-Topic", "orders/updated"),
        with_body(PLAIN.request, PLAIN.request.body + b" "),
    ):
        assert PLATFORM.dedup_key(other, PLAIN.source) != own


@pytest.mark.parametrize(
    ("topic", "changes", "ours", "state"),
    [
        ("orders/create", {}, "order.created", "open"),
        ("orders/update", {}, "order.updated", "open"),
        ("Orders/Updated", {"cancelled_status": "cancelled"}, "order.updated", "cancelled"),
        ("orders/updated", {"cancelled_at": "2026-11-23T05:00:00Z"}, "order.updated", "cancelled"),
        ("orders/updated", {"financial_status": "voided"}, "order.updated", "cancelled"),
        ("orders/updated", {"financial_status": "refunded"}, "order.updated", "refunded"),
        ("orders/updated", {"fulfillment_status": "fulfilled"}, "order.updated", "fulfilled"),
        ("orders/updated", {"fulfillment_status": "notfulfilled"}, "order.updated", "open"),
        ("orders/updated", {"closed_status": "closed"}, "order.updated", "completed"),
        ("orders/cancelled", {}, "order.cancelled", "cancelled"),
        ("orders/fulfilled", {}, "order.fulfilled", "fulfilled"),
        ("orders/fulfilled", {"cancelled_status": "cancelled"}, "order.fulfilled", "cancelled"),
        ("orders/paid", {}, "order.paid", "open"),
    ],
)
def test_topics_and_states(topic: str, changes: dict[str, Any], ours: str, state: str) -> None:
    found = event(topic, **changes)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)
    assert found.order.payment.paid is (topic == "orders/paid")


@pytest.mark.parametrize(
    ("gateway", "code", "cod"),
    [
        ("COD", None, True),
        (None, "COD", True),
        ("Thanh toán khi giao hàng (COD)", "COD", True),
        ("Chuyển khoản", "BANK", False),
        ("Mã giảm giá CODE20", None, False),
        (None, None, False),
    ],
)
def test_cash_on_delivery_by_name_or_code(gateway: str | None, code: str | None, cod: bool) -> None:
    found = event(gateway=gateway, gateway_code=code).order
    assert found and found.payment.cod is cod


def test_what_the_admins_test_button_sends_is_a_test() -> None:
    for value, is_test in (("True", True), ("true", True), ("False", False), ("", False)):
        request = with_header(PLAIN.request, "X-Haravan-Test", value)
        (found,) = PLATFORM.read(request, PLAIN.source, PLAIN.received_at).events
        assert (found.topic == "test") is is_test
        assert found.order and found.order.test is is_test


def test_a_sale_of_the_point_of_sale_is_one_over_the_counter() -> None:
    for names, in_store in (({"source_name": "pos"}, True), ({"source": "pos"}, True), ({"source_name": "web"}, False)):
        found = event(**names).order
        assert found and found.in_store is in_store


@pytest.mark.parametrize(
    ("transactions", "left"),
    [
        ([], None),
        (None, None),
        ([{"kind": "pending", "amount": 650000}], None),
        ([{"kind": "Capture", "amount": 150000}, {"kind": "pending", "amount": 650000}], 500000),
        ([{"kind": "sale", "amount": 100000}, {"kind": "capture", "amount": 50000}], 500000),
        ([{"kind": "sale", "amount": 150000}, {"kind": "refund", "amount": -50000}, None], 550000),
        ([{"kind": "sale", "amount": 150000}, {"kind": "void", "amount": 150000}], 500000),
    ],
)
def test_after_a_deposit_the_transactions_tell_what_is_left(transactions: Any, left: int | None) -> None:
    found = event(financial_status="partially_paid", total_price=650000, transactions=transactions).order
    assert found and (found.total, found.outstanding, found.payment.paid) == (650000, left, False)


def test_haravans_own_word_for_cash_on_delivery_is_believed() -> None:
    for flag, cod in ((True, True), (False, False), (None, False)):
        found = event(gateway="Giao hàng tận nơi", gateway_code=None, is_cod_gateway=flag).order
        assert found and found.payment.cod is cod
