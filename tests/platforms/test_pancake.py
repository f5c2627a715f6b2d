"""Pancake POS: a token, statuses by number, times without a zone, shops of other countries."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import BadPayload, Event, Order
from bridge.platforms.pancake import PLATFORM
from tests.platforms.wire import find_fixture, with_body

PLAIN = find_fixture("pancake/0__new-order")
ABROAD = find_fixture("pancake/0__philippines")


def event(settings: dict[str, Any] | None = None, **changes: Any) -> Event:
    document = {**json.loads(PLAIN.request.body), **changes}
    source = replace(PLAIN.source, settings=settings or {})
    return PLATFORM.read(with_body(PLAIN.request, document), source, PLAIN.received_at).events[0]


def order(**changes: Any) -> Order:
    found = event(**changes).order
    assert found
    return found


@pytest.mark.parametrize(
    ("status", "inserted_at", "ours", "state"),
    [
        (0, "2026-11-23T05:58:52", "order.created", "open"),
        (0, "2026-11-23T05:58:51", "order.updated", "open"),
        (0, None, "order.updated", "open"),
        ("0", "2026-11-23T05:59:52", "order.created", "open"),
        (1, "2026-11-23T05:59:52", "order.updated", "open"),
        (8, "2026-11-23T05:59:52", "order.updated", "open"),
        (99, "2026-11-23T05:59:52", "order.updated", "open"),
        (2, "2026-11-23T05:59:52", "order.fulfilled", "fulfilled"),
        (3, "2026-11-23T05:59:52", "order.fulfilled", "fulfilled"),
        (16, "2026-11-23T05:59:52", "order.fulfilled", "fulfilled"),
        (4, "2026-11-23T05:59:52", "order.cancelled", "refunded"),
        (6, "2026-11-23T05:59:52", "order.cancelled", "cancelled"),
    ],
)
def test_topics_and_states(status: Any, inserted_at: str | None, ours: str, state: str) -> None:
    found = event(status=status, inserted_at=inserted_at)
    assert found.order
    assert (found.topic, found.platform_topic, found.order.state) == (ours, str(status), state)


def test_the_source_says_which_statuses_mean_a_cancel() -> None:
    assert event({"cancelled_statuses": [0, 9]}).topic == "order.cancelled"
    assert event({"cancelled_statuses": []}, status=6).topic == "order.updated"
    assert event({"cancelled_statuses": []}, status=7).topic == "order.deleted"


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Asia/Ho_Chi_Minh", "2026-11-23T05:59:52"),
        ("Asia/Ho_Chi_Minh", "2026-11-23T12:59:52"),
        ("Asia/Ho_Chi_Minh", "2026-11-23 12:59:52.123456"),
        ("Asia/Manila", "2026-11-23T13:59:52"),
        ("America/New_York", "2026-11-23T00:59:52"),
        ("America/New_York", "2026-11-23T12:59:52+07:00"),
    ],
)
def test_a_time_without_a_zone_is_read_as_near_to_its_arrival_as_it_can_be(zone: str, written: str) -> None:
    source = replace(PLAIN.source, timezone=zone)
    document = json.loads(PLAIN.request.body) | {"updated_at": written, "inserted_at": written}
    (found,) = PLATFORM.read(with_body(PLAIN.request, document), source, PLAIN.received_at).events
    assert found.occurred_at.replace(microsecond=0).isoformat() == "2026-11-23T05:59:52+00:00"
    assert found.order and found.order.created_at == found.occurred_at


@pytest.mark.parametrize(
    ("changes", "total", "left", "cod", "paid"),
    [
        ({}, 650000, 650000, True, False),
        ({"money_to_collect": None, "cod": 600000, "prepaid": 50000}, 650000, 600000, True, False),
        ({"money_to_collect": None, "cod": None, "prepaid": 50000}, 650000, 600000, False, False),
        ({"money_to_collect": 0, "cod": 0, "charged_by_momo": 650000}, 650000, 0, False, True),
        ({"money_to_collect": 0, "cod": 0}, 650000, 0, False, False),
        ({"total_price_after_sub_discount": None, "shipping_fee": None}, 700000, 650000, True, False),
    ],
)
def test_what_is_collected_and_what_was_paid(changes: Any, total: int, left: int, cod: bool, paid: bool) -> None:
    found = order(**changes)
    assert (found.total, found.outstanding, found.payment.cod, found.payment.paid) == (total, left, cod, paid)


def test_the_phone_is_the_bills_then_the_parcels_then_the_customers() -> None:
    assert order().phone == "0900000001"
    assert order(bill_phone_number=None).phone == "0900000003"
    assert order(bill_phone_number="", shipping_address=None).phone == "0900000002"


def test_a_shop_abroad_has_its_own_currency_and_numbers() -> None:
    (found,) = PLATFORM.read(ABROAD.request, ABROAD.source, ABROAD.received_at).events
    assert found.order and found.order.currency == "PHP"
    document = json.loads(ABROAD.request.body) | {"order_currency": None}
    with pytest.raises(BadPayload) as error:
        PLATFORM.read(with_body(ABROAD.request, document), ABROAD.source, ABROAD.received_at)
    assert error.value.pointer == "/order_currency"


@pytest.mark.parametrize("name", ["order", "data"])
def test_a_wrapped_order_is_read_and_its_faults_are_named_where_they_are(name: str) -> None:
    inner = json.loads(PLAIN.request.body)
    (found,) = PLATFORM.read(with_body(PLAIN.request, {name: inner}), PLAIN.source, PLAIN.received_at).events
    assert found.order == event().order
    with pytest.raises(BadPayload) as error:
        PLATFORM.read(with_body(PLAIN.request, {name: inner | {"prepaid": "x"}}), PLAIN.source, PLAIN.received_at)
    assert error.value.pointer == f"/{name}/prepaid"


def test_two_changes_of_one_second_are_two_deliveries() -> None:
    changed = with_body(PLAIN.request, PLAIN.request.body.replace(b'"cod":650000', b'"cod":650001'))
    assert PLATFORM.dedup_key(changed, PLAIN.source) != PLATFORM.dedup_key(PLAIN.request, PLAIN.source)
