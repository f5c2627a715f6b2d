"""What is passed over while one person's number is searched for: only what no reading finds it in."""

from __future__ import annotations

import json

import pytest

from bridge.core.model import Order
from bridge.core.phone import read_phones
from bridge.store.people.person_search import may_spell
from tests.platforms.wire import Fixture, list_fixtures, of_each_platform

PHONE = "0912345678"


@pytest.mark.parametrize(
    "written",
    [
        b'{"phone": "0912345678"}',
        b'{"phone": 912345678}',
        b'{"phone": 9.12345678E8}',
        b'{"note": "+84 (0) 912.345.678"}',
        b'{"note": "0912 34\\n5678"}',
        b'{"note": "O9l2 345 678"}',
        b'{"note": "0912345\\u0036\\u00378"}',
        json.dumps({"note": "０９１２３４５６７８"}).encode(),
        json.dumps({"note": "\U0001d7d8\U0001d7e1\U0001d7d9\U0001d7da\U0001d7db345678 \U0001f4e6"}).encode(),
        json.dumps({"inner": json.dumps({"note": "０９１２３４５６７８"})}).encode(),
        json.dumps({"note": "٠٩١٢٣٤٥٦٧٨"}, ensure_ascii=False).encode(),
        b'\xef\xbb\xbf [{"phone": "0912345678"}]',
        b"phone=%30912345678",
        b"<phone>none</phone>",
    ],
)
def test_what_may_be_read_as_the_number_is_never_passed_over(written: bytes) -> None:
    assert may_spell(written, PHONE)


def test_a_number_whose_last_zeros_are_left_out_is_not_passed_over() -> None:
    assert may_spell(b'{"phone": "9.1234567E8"}', "0912345670")
    assert may_spell(b'{"phone": "8.491234E10"}', "0912340000")


def test_other_peoples_orders_are_passed_over() -> None:
    uuid = "0a1b2e3c-12e4-4e56-9e12-12e456789e12"
    body = {"id": uuid, "phone": "0912345679", "customer": {"name": "Đặng Thị \U0001f4e6"}, "total": 495000.0}
    assert not may_spell(json.dumps(body).encode(), PHONE)
    assert not may_spell(json.dumps(body, ensure_ascii=False).encode(), PHONE)


@of_each_platform(list_fixtures(lambda expected: bool(expected.get("events"))))
def test_no_platform_reads_a_number_from_what_would_be_passed_over(fixture: Fixture) -> None:
    read = fixture.platform.read(fixture.request, fixture.source, fixture.received_at).events
    bodies = (fixture.request.body, *fixture.request.fetched.values())
    for number in {number for event in read if event.order for number in _numbers(event.order)}:
        assert any(may_spell(body, number) for body in bodies), number


def _numbers(order: Order) -> list[str]:
    values = (order.phone, order.customer.phone, order.shipping.phone, order.billing.phone)
    return [number for value in values for number in read_phones(value, "VN", abroad=True)]
