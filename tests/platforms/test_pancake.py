"""Pancake POS: a token, statuses by number, times without a zone, shops of other countries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
        (0, "2026-11-23T05:58:51", "order.created", "open"),
        (0, None, "order.created", "open"),
        (10, "2026-11-23T03:59:52", "order.created", "open"),
        (11, "2026-11-23T03:59:52", "order.created", "open"),
        (17, "2026-11-23T03:59:52", "order.created", "open"),
        ("0", "2026-11-23T05:59:52", "order.created", "open"),
        (1, "2026-11-23T05:59:52", "order.updated", "open"),
        (8, "2026-11-23T05:59:52", "order.updated", "open"),
        (99, "2026-11-23T05:59:52", "order.updated", "open"),
        (2, "2026-11-23T05:59:52", "order.fulfilled", "fulfilled"),
        (3, "2026-11-23T05:59:52", "order.fulfilled", "fulfilled"),
        (16, "2026-11-23T05:59:52", "order.fulfilled", "fulfilled"),
        (4, "2026-11-23T05:59:52", "order.cancelled", "returned"),
        (6, "2026-11-23T05:59:52", "order.cancelled", "cancelled"),
    ],
)
def test_topics_and_states(status: Any, inserted_at: str | None, ours: str, state: str) -> None:
    found = event(status=status, inserted_at=inserted_at)
    assert found.order
    assert (found.topic, found.platform_topic, found.order.state) == (ours, str(status), state)


@pytest.mark.parametrize(
    ("changes", "later"),
    [({}, "order.updated"), ({"money_to_collect": 0, "cod": 0, "charged_by_vnpay": 650000}, "order.paid")],
)
def test_an_order_that_nobody_has_confirmed_is_new_once(changes: Any, later: str) -> None:
    """Whether it came before is not in the delivery: see the decision."""
    for status in (0, 10, 17):
        assert (event(status=status, **changes).topic, event(status=status, **changes).later_topic) == (
            "order.created",
            later,
        )
    assert event(status=1, **changes).later_topic is None


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
        ({"money_to_collect": None, "cod": None, "prepaid": 50000}, 650000, 600000, True, False),
        ({"money_to_collect": 0, "cod": 0, "charged_by_momo": 650000}, 650000, 0, False, True),
        ({"money_to_collect": 0, "cod": 0}, 650000, 0, False, False),
        ({"total_price_after_sub_discount": None, "shipping_fee": None}, 650000, 650000, True, False),
        ({"total_price_after_sub_discount": 650000}, 650000, 650000, True, False),
        ({"total_price": 720000}, 650000, 650000, True, False),
        ({"money_to_collect": 0}, 650000, 650000, True, False),
        ({"cod": 600000, "money_to_collect": 600000, "prepaid": 50000}, 650000, 600000, True, False),
        ({"cod": 600000, "money_to_collect": 600000, "prepaid": 50000, "cash": 50000}, 650000, 600000, True, False),
        ({"cod": 550000, "money_to_collect": 550000, "prepaid": 50000, "cash": 50000}, 650000, 550000, True, False),
        ({"prepaid": 50000}, 650000, 600000, True, False),
        ({"transfer_money": 650000}, 650000, 0, False, True),
        ({"money_to_collect": 0, "cod": 0, "charged_by_another": 650000}, 650000, 0, False, True),
        ({"money_to_collect": 0, "cod": 0, "prepaid_by_point": {"money": 650000}}, 650000, 0, False, True),
        ({"items": [], "cod": 300000, "money_to_collect": 300000, "cash": 50000}, 350000, 300000, True, False),
        ({"total_discount": "?", "cod": 300000, "money_to_collect": None, "cash": 50000}, 350000, 300000, True, False),
    ],
)
def test_what_is_collected_and_what_was_paid(changes: Any, total: int, left: int, cod: bool, paid: bool) -> None:
    found = order(**changes)
    assert (found.total, found.outstanding, found.payment.cod, found.payment.paid) == (total, left, cod, paid)


NOT_TOLD = {"money_to_collect": None, "cod": None}


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({}, 650000),
        ({"total_discount": 0}, 720000),
        ({"total_discount": 0, "surcharge": 10000, "tax": 5000}, 735000),
        ({"total_discount": 0, "is_free_shipping": True}, 700000),
        ({"exchange_value": 100000}, 550000),
        ({"total_discount": 800000}, 0),
        ({"items": [], "total_price_after_sub_discount": 640000}, 640000),
        ({"items": [], "shipping_fee": 0}, 630000),
    ],
)
def test_without_what_is_collected_it_is_added_up(changes: Any, total: int) -> None:
    found = order(**NOT_TOLD, **changes)
    assert (found.total, found.outstanding, found.payment.cod) == (total, total, total > 0)


@pytest.mark.parametrize(
    ("line", "goods"),
    [
        ({"quantity": 2, "discount_each_product": 10000}, 280000),
        ({"quantity": 2, "discount_each_product": 10, "is_discount_percent": True}, 270000),
        ({"quantity": 2, "is_bonus_product": True}, 0),
        ({}, 150000),
    ],
)
def test_a_line_costs_its_price_less_its_discount(line: Any, goods: int) -> None:
    items = [{"variation_info": {"name": "Áo", "retail_price": 150000}, **line}]
    assert order(**NOT_TOLD, items=items, total_discount=0, shipping_fee=0).total == goods


def test_an_order_without_any_amount_says_what_to_set_in_pancake() -> None:
    with pytest.raises(BadPayload, match="Webhook/API, choose orders") as error:
        order(**NOT_TOLD, items=[{"quantity": 1}], total_price_after_sub_discount=None)
    assert error.value.pointer == "/money_to_collect"


def test_what_the_buyer_takes_at_the_shop_is_a_sale_over_the_counter() -> None:
    assert order(received_at_shop=True).in_store
    assert not order(received_at_shop=False).in_store


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


def test_a_time_without_a_zone_is_never_read_as_one_to_come() -> None:
    # The shop's local time, in a delivery that is four hours late: as UTC it would be three hours ahead.
    received = PLAIN.received_at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    local = (received - timedelta(hours=4)).replace(tzinfo=None).isoformat(timespec="seconds")
    found = order(inserted_at=local, updated_at=local)
    assert found.created_at == PLAIN.received_at - timedelta(hours=4)
    utc = (PLAIN.received_at - timedelta(hours=4)).replace(tzinfo=None).isoformat(timespec="seconds")
    assert order(inserted_at=utc, updated_at=utc).created_at == PLAIN.received_at - timedelta(hours=4)
