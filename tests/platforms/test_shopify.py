"""Shopify: the official library's verdicts, its two header families, its two kinds of secret."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import BadPayload, BadSignature, Event, Request, Source
from bridge.platforms.shopify import PLATFORM
from tests.platforms.wire import FOLDER, find_fixture, with_body, with_header

VERDICTS = json.loads((FOLDER / "shopify" / "official-validator-verdicts.json").read_text(encoding="utf-8"))
PLAIN = find_fixture("shopify/orders_create__cash-on-delivery")
EVENTS = find_fixture("shopify/orders_create__events-family")


def event(request: Request = PLAIN.request, source: Source = PLAIN.source, **changes: Any) -> Event:
    document = {**json.loads(request.body), **changes}
    reading = PLATFORM.read(with_body(request, document), source, PLAIN.received_at)
    assert len(reading.events) == 1
    return reading.events[0]


def state(topic: str = "orders/updated", **changes: Any) -> str:
    found = event(with_header(PLAIN.request, "X-Shopify-Topic", topic), **changes)
    assert found.order
    return found.order.state


@pytest.mark.parametrize("case", VERDICTS["cases"], ids=lambda case: case["case"])
def test_the_official_library_and_the_bridge_agree(case: dict[str, Any]) -> None:
    request = Request("POST", "/hooks/shop", "", tuple(case["headers"].items()), case["body"].encode())
    source = Source("shop", "shopify", (VERDICTS["secret"],))
    verdict = case["official_validator"]
    if not verdict["valid"]:
        reason = {"invalid_hmac": "bad_signature", "missing_body": "missing_body"}[verdict["reason"]]
        with pytest.raises(BadSignature, match=reason):
            PLATFORM.verify(request, source, PLAIN.received_at)
        return
    PLATFORM.verify(request, source, PLAIN.received_at)
    assert verdict["webhookId"] in PLATFORM.dedup_key(request, source)
    found = PLATFORM.read(request, source, PLAIN.received_at).events[0]
    assert (found.topic, found.platform_topic, found.order_id) == ("order.created", "orders/create", "5123456789012")


def test_the_unprefixed_family_counts_alone_even_when_it_is_sent_twice() -> None:
    own = EVENTS.request.header("shopify-hmac-sha256")
    assert own
    classic = with_header(EVENTS.request, "X-Shopify-Hmac-Sha256", own)
    with pytest.raises(BadSignature, match="missing_signature"):
        PLATFORM.verify(with_header(classic, "shopify-hmac-sha256", own, "other"), EVENTS.source, EVENTS.received_at)


@pytest.mark.parametrize(
    ("action", "topic"), [("create", "order.created"), ("Update", "order.updated"), ("delete", "order.deleted")]
)
def test_an_action_of_the_events_family_is_a_topic(action: str, topic: str) -> None:
    assert event(with_header(EVENTS.request, "shopify-action", action)).topic == topic


def test_another_shop_is_refused_only_where_the_source_names_its_own() -> None:
    for values in (("other.myshopify.com",), (), ("lan-shop.myshopify.com", "other.myshopify.com")):
        request = with_header(PLAIN.request, "X-Shopify-Shop-Domain", *values)
        with pytest.raises(BadSignature, match="wrong_shop"):
            PLATFORM.verify(request, PLAIN.source, PLAIN.received_at)
        PLATFORM.verify(request, replace(PLAIN.source, settings={}), PLAIN.received_at)


def test_one_action_in_two_topics_is_two_deliveries_and_a_retry_is_one() -> None:
    def key(name: str, *values: str) -> str:
        return PLATFORM.dedup_key(with_header(PLAIN.request, name, *values), PLAIN.source)

    own = PLATFORM.dedup_key(PLAIN.request, PLAIN.source)
    assert key("X-Shopify-Triggered-At", "2027-01-01T00:00:00Z") == own
    assert key("X-Shopify-Event-Id", "another") == own
    assert key("X-Shopify-Topic", "orders/paid") != own
    assert key("X-Shopify-Webhook-Id", "another") != own
    assert key("X-Shopify-Shop-Domain", "another.myshopify.com") != own


def test_without_a_webhook_id_the_body_is_the_key() -> None:
    bare = with_header(PLAIN.request, "X-Shopify-Webhook-Id")
    same = PLATFORM.dedup_key(bare, PLAIN.source)
    assert PLATFORM.dedup_key(with_body(bare, PLAIN.request.body + b" "), PLAIN.source) != same
    assert PLATFORM.dedup_key(bare, PLAIN.source) == same


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "open"),
        ({"financial_status": "paid"}, "open"),
        ({"fulfillment_status": "partial"}, "open"),
        ({"fulfillment_status": "fulfilled"}, "fulfilled"),
        ({"closed_at": "2026-11-23T12:00:00+07:00"}, "completed"),
        ({"closed_at": "2026-11-23T12:00:00+07:00", "fulfillment_status": "fulfilled"}, "fulfilled"),
        ({"financial_status": "refunded", "fulfillment_status": "fulfilled"}, "refunded"),
        ({"financial_status": "refunded", "cancelled_at": "2026-11-23T12:00:00+07:00"}, "cancelled"),
        ({"financial_status": "voided"}, "cancelled"),
    ],
)
def test_the_document_tells_the_state(changes: dict[str, Any], expected: str) -> None:
    assert state(**changes) == expected
    assert state("orders/create", **changes) == expected


def test_the_topic_tells_what_the_document_does_not() -> None:
    assert state("orders/cancelled") == "cancelled"
    assert state("orders/fulfilled") == "fulfilled"
    assert state("orders/fulfilled", financial_status="refunded") == "refunded"
    found = event(with_header(PLAIN.request, "X-Shopify-Topic", "orders/paid"))
    assert found.order and found.order.payment.paid


@pytest.mark.parametrize(
    ("status", "paid"),
    [
        ("pending", False),
        ("authorized", False),
        ("partially_paid", False),
        ("paid", True),
        ("partially_refunded", True),
    ],
)
def test_paid_and_cash_on_delivery_are_two_questions(status: str, paid: bool) -> None:
    found = event(financial_status=status).order
    assert found
    assert (found.payment.paid, found.payment.cod, found.payment.status) == (paid, True, status)


def test_a_test_order_is_a_test_whatever_its_topic_says() -> None:
    for topic in ("orders/create", "orders/paid", "orders/cancelled"):
        found = event(with_header(PLAIN.request, "X-Shopify-Topic", topic), test=True)
        assert found.topic == "test"
        assert found.order and found.order.test


@pytest.mark.parametrize("topic", ["orders/create", "orders/delete", "checkouts/create"])
def test_what_the_admins_test_button_sends_is_a_test(topic: str) -> None:
    request = with_header(PLAIN.request, "X-Shopify-Topic", topic)
    for value, ours in (("true", "test"), ("True", "test"), ("false", None), ("", None)):
        found = event(with_header(request, "X-Shopify-Test", value))
        assert (found.topic == "test") is (ours == "test")
    for sample in (820982911946154508, 981820079255243537):
        assert event(request, id=sample).topic == "test"


def test_a_sale_of_the_point_of_sale_is_one_over_the_counter() -> None:
    for source_name, in_store in (("pos", True), ("web", False), ("shopify_draft_order", False), (None, False)):
        found = event(source_name=source_name).order
        assert found and found.in_store is in_store


def test_dong_of_the_shop_come_before_another_currency_of_the_buyer() -> None:
    dollars = {"presentment_money": {"amount": "15.80", "currency_code": "USD"}}
    dong = {"shop_money": {"amount": "395000", "currency_code": "VND"}}
    buyer: dict[str, Any] = {"presentment_currency": "USD", "current_total_price_set": dollars | dong}
    for changes, total in ((buyer, "394000"), ({**buyer, "current_total_price": None}, "395000")):
        found = event(**changes).order
        assert found and (str(found.total), found.currency) == (total, "VND")
        assert found.items[0].price is not None
    abroad = event(**buyer, currency="HKD").order
    assert abroad and (str(abroad.total), abroad.currency) == ("15.80", "USD")


def test_phones_are_tried_in_order() -> None:
    where: list[tuple[dict[str, Any], str | None]] = [
        ({}, "0900 000 001"),
        ({"shipping_address": {"phone": " "}}, "0900 000 002"),
        ({"shipping_address": None, "billing_address": {"phone": "-"}, "phone": "+84900000003"}, "+84900000003"),
        ({"shipping_address": None, "billing_address": None, "customer": {"phone": "0900 000 004"}}, "0900 000 004"),
        ({"shipping_address": None, "billing_address": None}, "+84900000007"),
        ({"shipping_address": None, "billing_address": None, "customer": None}, None),
    ]
    for changes, phone in where:
        found = event(**changes).order
        assert found and found.phone == phone


@pytest.mark.parametrize("name", ["SĐT", "sdt_nhan_hang", "Phone", "Điện thoại", "Số điện thoại nhận", "mobile"])
def test_a_note_that_looks_like_a_phone_is_the_last_try(name: str) -> None:
    blank: dict[str, Any] = {"shipping_address": None, "billing_address": None, "customer": None}
    notes = [{"name": "utm", "value": "123"}, {"name": name, "value": "0900 000 009"}, None, 5]
    found = event(**blank, note_attributes=notes).order
    assert found and found.phone == "0900 000 009"


def test_an_id_beyond_two_to_the_53_stays_exact() -> None:
    assert event(id=820982911946154508).order_id == "820982911946154508"
    assert event(id="820982911946154509").order_id == "820982911946154509"
    with pytest.raises(BadPayload, match="/id"):
        event(id=True)


def test_the_total_is_the_buyers_after_edits() -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({}, "394000", "VND"),
        ({"current_total_price_set": None, "total_price_set": None}, "394000", "VND"),
        ({"current_total_price_set": None, "current_total_price": None, "total_price_set": None}, "400000", "VND"),
        # A set in a currency that the order does not name is not believed.
        (
            {"current_total_price_set": {"presentment_money": {"amount": "394.00", "currency_code": "HKD"}}},
            "394000",
            "VND",
        ),
    ]
    for changes, total, currency in cases:
        found = event(**changes).order
        assert found and (str(found.total), found.currency) == (total, currency)
    with pytest.raises(BadPayload, match="/total_price: is missing"):
        event(total_price=None, total_price_set=None, current_total_price=None, current_total_price_set=None)


def test_what_is_outstanding_is_never_said_in_another_currency() -> None:
    both = find_fixture("shopify/orders_create__buyers-currency").request
    for outstanding, expected in (
        ("15.76", "394000"),
        ("0.00", "0.00"),
        ("5.00", "None"),
        (None, "None"),
        ("-2.00", "0"),
    ):
        found = event(both, total_outstanding=outstanding).order
        assert found and str(found.outstanding) == expected
        assert found.currency == "VND"


def test_amounts_that_are_not_digits_name_their_place() -> None:
    for value in ("1,250", "abc", "1e5", "NaN", "٣"):
        with pytest.raises(BadPayload) as error:
            event(current_total_price=value, current_total_price_set=None)
        assert error.value.pointer == "/current_total_price"
        assert value not in str(error.value)


def test_a_checkout_and_an_order_of_one_id_are_two_things() -> None:
    left = find_fixture("shopify/checkouts_update__left-behind")
    found = PLATFORM.read(left.request, left.source, left.received_at).events[0]
    assert found.order_id == "checkout-38569595142444"


def test_a_header_time_that_cannot_be_read_gives_way_to_the_document() -> None:
    for value in ("yesterday", "", "2026-11-23", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999-23:59"):
        found = event(with_header(PLAIN.request, "X-Shopify-Triggered-At", value))
        assert found.occurred_at.year == 2026
        assert found.occurred_at.tzinfo is not None


@pytest.mark.parametrize("name", ["Zalo", "SĐT", "Số liên hệ", "whatsapp"])
def test_an_attribute_whose_name_means_phone_is_a_candidate(name: str) -> None:
    nobody = {"shipping_address": None, "billing_address": None, "customer": None, "phone": None}
    found = event(**nobody, note_attributes=[{"name": name, "value": "0912345671"}]).order
    assert found and found.phone == "0912345671"


def test_the_shops_own_name_for_a_phone_is_taught_by_a_setting() -> None:
    nobody = {"shipping_address": None, "billing_address": None, "customer": None, "phone": None}
    notes = {"note_attributes": [{"name": "Gọi em nhé", "value": "0912345671"}]}
    taught = replace(PLAIN.source, settings={"phone_names": ["gọi em nhé"]})
    shown, untold = event(source=taught, **nobody, **notes).order, event(**nobody, **notes).order
    assert shown and shown.phone == "0912345671"
    assert untold and untold.phone is None


def test_a_number_that_cannot_be_dialled_hides_none_that_can() -> None:
    changes = {"shipping_address": {"phone": "+1 650 253 0000"}, "billing_address": {"phone": "0912****78"}}
    found = event(**changes, phone="0912 345 671").order
    assert found and found.phone == "0912 345 671"
    assert found.phones[:3] == ("+1 650 253 0000", "0912****78", "0912 345 671")


def test_what_is_left_of_an_order_edited_down_to_nothing_is_known() -> None:
    found = event(currency="USD", presentment_currency="VND", current_total_price="0", total_outstanding="394000").order
    assert found
    assert found.outstanding is None  # not the total from before the edit
