"""Saleor: a secret key in hex, two payloads of one order, what a subscription query may leave out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.core.model import BadPayload, BadSignature, Event, Order
from bridge.platforms.saleor import PLATFORM
from tests.platforms.wire import Fixture, find_fixture, with_body, with_header

LEGACY = find_fixture("saleor/order_created__legacy-payload")
QUERIED = find_fixture("saleor/order_created__subscription")
COD = find_fixture("saleor/order_created__cash-on-delivery-in-metadata")


def event(fixture: Fixture, topic: str = "order_updated", **changes: Any) -> Event:
    document = json.loads(fixture.request.body)
    found = document[0] if isinstance(document, list) else document["order"]
    found |= changes
    request = with_header(with_body(fixture.request, json.dumps(document).encode()), "Saleor-Event", topic)
    return PLATFORM.read(request, fixture.source, fixture.received_at).events[0]


def order(fixture: Fixture, **changes: Any) -> Order:
    found = event(fixture, **changes).order
    assert found
    return found


def test_both_payloads_of_one_order_say_the_same() -> None:
    old, new = order(LEGACY), order(QUERIED)
    for name in ("id", "number", "state", "currency", "total", "phone", "channel"):
        assert getattr(old, name) == getattr(new, name), name
    assert old.customer.name == new.customer.name == "Priya Śarmā"
    assert [item.title for item in old.items] == [item.title for item in new.items] == ["Apple Juice"]


def test_without_the_shops_keys_its_own_signature_is_refused_and_says_what_to_do() -> None:
    for signature in ("eyJhbGciOiJSUzI1NiJ9..XUVvTvhInOeEDaSwsMx6", "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ..AA"):
        request = with_header(QUERIED.request, "Saleor-Signature", signature)
        with pytest.raises(BadSignature, match="no_jwks"):
            PLATFORM.verify(request, QUERIED.source, QUERIED.received_at)


@pytest.mark.parametrize(
    ("topic", "changes", "ours", "state"),
    [
        ("ORDER_CREATED", {}, "order.created", "open"),
        ("order_confirmed", {}, "order.updated", "open"),
        ("order_paid", {"paymentStatus": "PARTIALLY_CHARGED"}, "order.updated", "open"),
        ("order_fully_paid", {}, "order.paid", "open"),
        ("order_updated", {"status": "CANCELED"}, "order.updated", "cancelled"),
        ("order_updated", {"status": "DRAFT"}, "order.updated", "draft"),
        ("order_updated", {"status": "RETURNED"}, "order.updated", "returned"),
        ("order_updated", {"paymentStatus": "FULLY_REFUNDED"}, "order.updated", "refunded"),
        ("order_fulfilled", {}, "order.fulfilled", "fulfilled"),
        ("order_cancelled", {}, "order.cancelled", "cancelled"),
        ("order_expired", {}, "order.cancelled", "cancelled"),
    ],
)
def test_topics_and_states(topic: str, changes: dict[str, Any], ours: str, state: str) -> None:
    found = event(COD, topic, **changes)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)
    assert found.order.payment.paid is (topic == "order_fully_paid")


def test_what_was_partly_paid_does_not_say_what_is_left() -> None:
    assert order(COD, paymentStatus="PARTIALLY_CHARGED").outstanding is None
    assert order(COD, paymentStatus="FULLY_CHARGED").outstanding == 0


@pytest.mark.parametrize(
    ("metadata", "cod"),
    [
        ([{"key": "payment_method", "value": "Thanh toán khi nhận hàng"}], True),
        ({"payment_method": "cod"}, True),
        ([{"key": "other", "value": "cod"}, None], False),
        ({"payment_method": "card"}, False),
        ([], False),
        (None, False),
    ],
)
def test_cash_on_delivery_is_said_by_the_metadata(metadata: Any, cod: bool) -> None:
    assert order(COD, metadata=metadata).payment.cod is cod


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"{}", b'{"order": null}', b'{"order": {"number": "1"}}'])
def test_what_holds_no_order_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload):
        PLATFORM.read(with_body(COD.request, body), COD.source, COD.received_at)


def test_shop_event_and_body_make_the_key() -> None:
    own = PLATFORM.dedup_key(COD.request, COD.source)
    for other in (
        with_header(COD.request, "Saleor-Domain", "other.example.test"),
        with_header(COD.request, "Saleor-Event", "order_updated"),
        with_body(COD.request, COD.request.body + b" "),
    ):
        assert PLATFORM.dedup_key(other, COD.source) != own


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"totalCharged": {"amount": "0.50"}, "paymentStatus": "PARTIALLY_CHARGED"}, "1.49"),
        ({"totalCharged": {"amount": 0}, "paymentStatus": "PARTIALLY_CHARGED"}, "1.99"),
        ({"totalCaptured": {"amount": "5"}, "paymentStatus": "PARTIALLY_CHARGED"}, "0"),
        ({"paymentStatus": "PARTIALLY_CHARGED"}, "None"),
        ({"paymentStatus": "not-charged"}, "1.99"),
        ({"paymentStatus": "fully-charged"}, "0"),
    ],
)
def test_what_was_charged_so_far_tells_what_is_left(changes: dict[str, Any], left: str) -> None:
    total = {"gross": {"amount": "1.99", "currency": "USD"}}
    assert str(order(QUERIED, total=total, **changes).outstanding) == left


def test_an_order_that_replaces_another_names_it_and_no_other_does() -> None:
    for origin, parent in (("REISSUE", "T3JkZXI6MQ=="), ("reissue", "T3JkZXI6MQ=="), ("CHECKOUT", None), (None, None)):
        assert order(QUERIED, origin=origin, original="T3JkZXI6MQ==").parent == parent


def test_metadata_under_a_phones_name_hold_a_number() -> None:
    fixture = find_fixture("saleor/order_created__cash-on-delivery-in-metadata")
    bare = {"billingAddress": None, "shippingAddress": None}
    metadata = [{"key": "note", "value": "0911111111"}, {"key": "Số Zalo", "value": "0912345678"}]
    assert order(fixture, metadata=metadata, **bare).phone == "0912345678"
    assert order(fixture, metadata={"whatsapp": "0912345678"}, **bare).phone == "0912345678"
