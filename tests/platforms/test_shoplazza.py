"""Shoplazza: states in its own words, payment by channel, one id for a delivery and its resends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.core.model import Event
from bridge.platforms.shoplazza import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PLAIN = find_fixture("shoplazza/orders_create__cash-on-delivery")


def event(topic: str = "orders/update", **changes: Any) -> Event:
    request = with_header(PLAIN.request, "X-Shoplazza-Topic", topic)
    document = {**json.loads(request.body), **changes}
    return PLATFORM.read(with_body(request, document), PLAIN.source, PLAIN.received_at).events[0]


@pytest.mark.parametrize(
    ("topic", "changes", "ours", "state"),
    [
        ("orders/create", {}, "order.created", "open"),
        ("orders/update", {"status": "cancelled"}, "order.updated", "cancelled"),
        ("orders/update", {"canceled_at": "2026-11-23T12:30:00+07:00"}, "order.updated", "cancelled"),
        ("orders/update", {"financial_status": "cancelled"}, "order.updated", "cancelled"),
        ("orders/update", {"financial_status": "refunded"}, "order.updated", "refunded"),
        ("orders/update", {"fulfillment_status": "shipped"}, "order.updated", "fulfilled"),
        ("orders/update", {"fulfillment_status": "partially_shipped"}, "order.updated", "open"),
        ("orders/update", {"status": "finished"}, "order.updated", "completed"),
        ("orders/create", {"status": "opened"}, "order.created", "open"),
        ("orders/create", {"status": "opened", "placed_at": None}, "order.created", "draft"),
        ("orders/cancelled", {}, "order.cancelled", "cancelled"),
        ("orders/fulfilled", {}, "order.fulfilled", "fulfilled"),
    ],
)
def test_topics_and_states(topic: str, changes: dict[str, Any], ours: str, state: str) -> None:
    found = event(topic, **changes)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)


@pytest.mark.parametrize(
    ("method", "line", "cod"),
    [
        ("cod", None, True),
        (None, {"payment_channel": "cod"}, True),
        ("Cash on delivery", {}, True),
        ("online", {"payment_channel": "paypal", "payment_method": "online"}, False),
        (None, None, False),
    ],
)
def test_cash_on_delivery_by_method_or_channel(method: str | None, line: Any, cod: bool) -> None:
    found = event(payment_method=method, payment_line=line).order
    assert found and found.payment.cod is cod


def test_a_resend_is_known_by_its_id_whatever_else_changed() -> None:
    own = PLATFORM.dedup_key(PLAIN.request, PLAIN.source)
    assert PLATFORM.dedup_key(with_body(PLAIN.request, b"{}"), PLAIN.source) == own
    for name, value in (("X-Shoplazza-Deduplication-ID", "d-2"), ("X-Shoplazza-Topic", "orders/update")):
        assert PLATFORM.dedup_key(with_header(PLAIN.request, name, value), PLAIN.source) != own


@pytest.mark.parametrize(
    ("times", "topic"),
    [
        ({"created_at": "2026-11-23T12:00:00+07:00", "placed_at": "2026-11-23T12:20:00+07:00"}, "order.created"),
        ({"created_at": "2026-11-23T12:00:00+07:00", "placed_at": "2026-11-23T12:18:59+07:00"}, "order.updated"),
        ({"created_at": "2026-11-23T12:20:00+07:00", "placed_at": "2026-11-23T12:20:00+07:00"}, "order.updated"),
        ({"created_at": "2026-11-23T12:00:00+07:00", "placed_at": None}, "order.updated"),
    ],
)
def test_the_update_that_places_what_was_begun_before_is_new(times: dict[str, Any], topic: str) -> None:
    assert event(status="placed", updated_at="2026-11-23T12:20:00+07:00", **times).topic == topic


def test_a_header_named_as_shopifys_marks_a_test() -> None:
    request = with_header(PLAIN.request, "X-Shoplazza-Test", "true")
    (found,) = PLATFORM.read(request, PLAIN.source, PLAIN.received_at).events
    assert (found.topic, found.order and found.order.test) == ("test", True)
