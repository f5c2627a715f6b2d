"""SHOPLINE: a signature in base64 or hex, the total after changes, one id for a delivery and its resends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.core.model import BadSignature, Event
from bridge.platforms.shopline import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PLAIN = find_fixture("shopline/orders_create__cash-on-delivery")


def event(topic: str = "orders/update", **changes: Any) -> Event:
    request = with_header(PLAIN.request, "X-Shopline-Topic", topic)
    document = {**json.loads(request.body), **changes}
    return PLATFORM.read(with_body(request, document), PLAIN.source, PLAIN.received_at).events[0]


@pytest.mark.parametrize(
    ("topic", "changes", "ours", "state"),
    [
        ("orders/create", {}, "order.created", "open"),
        ("orders/edited", {}, "order.updated", "open"),
        ("orders/update", {"cancelled_at": "2026-11-23T12:30:00+07:00"}, "order.updated", "cancelled"),
        ("orders/update", {"status": "cancelled"}, "order.updated", "cancelled"),
        ("orders/update", {"financial_status": "refunded"}, "order.updated", "refunded"),
        ("orders/update", {"fulfillment_status": "shipped"}, "order.updated", "fulfilled"),
        ("orders/paid", {}, "order.paid", "open"),
        ("orders/cancelled", {}, "order.cancelled", "cancelled"),
    ],
)
def test_topics_and_states(topic: str, changes: dict[str, Any], ours: str, state: str) -> None:
    found = event(topic, **changes)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)


def test_the_total_is_what_is_left_after_changes() -> None:
    found, without = event().order, event(current_total_price=None).order
    assert found and without
    assert (found.total, without.total) == (650000, 700000)


@pytest.mark.parametrize(
    ("names", "details", "cod"),
    [
        (["COD"], None, True),
        ([], [{"pay_channel": "x", "pay_channel_name": "Thanh toán khi nhận hàng"}], True),
        (None, [None, {"pay_channel": "COD"}], True),
        (["Chuyển khoản"], [{"pay_channel": "BankTransfer"}], False),
        (None, None, False),
    ],
)
def test_cash_on_delivery_by_name_or_channel(names: Any, details: Any, cod: bool) -> None:
    found = event(payment_gateway_names=names, payment_details=details).order
    assert found and found.payment.cod is cod


@pytest.mark.parametrize("name", ["orders_create__cash-on-delivery", "orders_create__signed-in-hex"])
def test_either_writing_of_a_signature_proves_one_body_only(name: str) -> None:
    found = find_fixture(f"shopline/{name}")
    PLATFORM.verify(found.request, found.source, found.received_at)
    with pytest.raises(BadSignature, match="bad_signature"):
        PLATFORM.verify(with_body(found.request, found.request.body + b" "), found.source, found.received_at)


def test_a_resend_is_known_by_its_id_whatever_else_changed() -> None:
    own = PLATFORM.dedup_key(PLAIN.request, PLAIN.source)
    assert PLATFORM.dedup_key(with_body(PLAIN.request, b"{}"), PLAIN.source) == own
    for name, value in (("X-Shopline-Webhook-Id", "d-2"), ("X-Shopline-Topic", "orders/paid")):
        assert PLATFORM.dedup_key(with_header(PLAIN.request, name, value), PLAIN.source) != own


def test_a_deposit_and_a_sale_over_the_counter_are_told_as_shopify_tells_them() -> None:
    for outstanding, left in (("500000", "500000"), (None, "None")):
        part = event(financial_status="partially_paid", total_outstanding=outstanding).order
        assert part and (str(part.outstanding), part.payment.paid) == (left, False)
    sold = event(source_name="pos").order
    assert sold and sold.in_store


def test_an_order_whose_money_is_on_its_way_back_has_ended() -> None:
    found = event(financial_status="refunding").order
    assert found
    assert (found.state, found.payment.paid) == ("refunded", False)
