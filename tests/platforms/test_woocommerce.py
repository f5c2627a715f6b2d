"""WooCommerce: pings, keys that are not unique, bodies without an order, secrets with entities."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import BadPayload, BadSignature, Event, Reading
from bridge.core.platform import Reply
from bridge.lib import signing
from bridge.platforms.woocommerce import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PING = find_fixture("woocommerce/ping__webhook-1")
PLAIN = find_fixture("woocommerce/order.created__family-name-first-nfd")
CREATED = find_fixture("woocommerce/order.created__store-api")
UPDATED = find_fixture("woocommerce/order.updated__store-api-before-created")


def event(topic: str = "order.created", **changes: Any) -> Event:
    request = with_header(PLAIN.request, "X-WC-Webhook-Topic", topic)
    document = {**json.loads(request.body), **changes}
    reading = PLATFORM.read(with_body(request, document), PLAIN.source, PLAIN.received_at)
    assert len(reading.events) == 1
    return reading.events[0]


def test_the_ping_gets_exactly_200() -> None:
    assert PLATFORM.handshake(PING.request, PING.source) == Reply(200, "")
    charset = with_header(PING.request, "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
    assert PLATFORM.handshake(charset, PING.source) == Reply(200, "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"webhook_id=",
        b"webhook_id=1\n",
        b"webhook_id=1&x=1",
        b"webhook_id=-1",
        b"webhook_id=a",
        b" webhook_id=1",
        b"webhook_id=" + b"1" * 1000,
        "webhook_id=٣".encode(),
        b"{}",
    ],
)
def test_nothing_else_unsigned_is_a_ping(body: bytes) -> None:
    request = with_body(PING.request, body)
    assert PLATFORM.handshake(request, PING.source) is None
    with pytest.raises(BadSignature, match="missing_signature"):
        PLATFORM.verify(request, PING.source, PING.received_at)


def test_a_ping_has_no_headers_of_a_delivery_and_is_a_form() -> None:
    for request in (
        with_header(PING.request, "x-wc-webhook-topic", "order.created"),
        with_header(PING.request, "X-WC-Webhook-Signature", "AAAA"),
        with_header(PING.request, "Content-Type", "application/json"),
        with_header(PING.request, "Content-Type"),
        replace(PING.request, method="GET"),
    ):
        assert PLATFORM.handshake(request, PING.source) is None


def test_one_delivery_id_for_two_orders_is_two_deliveries() -> None:
    first = find_fixture("woocommerce/order.created__store-api").request
    second = find_fixture("woocommerce/order.created__rest-api").request
    assert first.header("X-WC-Webhook-Delivery-ID") == second.header("X-WC-Webhook-Delivery-ID")
    assert PLATFORM.dedup_key(first, PLAIN.source) != PLATFORM.dedup_key(second, PLAIN.source)


def test_one_body_under_two_topics_is_two_deliveries_of_one_order() -> None:
    assert CREATED.request.body == UPDATED.request.body
    keys = {PLATFORM.dedup_key(fixture.request, fixture.source) for fixture in (CREATED, UPDATED)}
    assert len(keys) == 2
    events = [PLATFORM.read(_.request, _.source, _.received_at).events[0] for _ in (UPDATED, CREATED)]
    assert [event.topic for event in events] == ["order.updated", "order.created"]
    assert events[0].order == events[1].order


def test_a_resend_with_another_delivery_id_is_the_same_delivery() -> None:
    own = PLATFORM.dedup_key(CREATED.request, CREATED.source)
    resent = with_header(CREATED.request, "X-WC-Webhook-Delivery-ID", "ffff")
    assert PLATFORM.dedup_key(resent, CREATED.source) == own
    other = with_header(CREATED.request, "X-WC-Webhook-ID", "2")
    assert PLATFORM.dedup_key(other, CREATED.source) != own


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("a&amp;b", "a&b"),
        ("&lt;&gt;&quot;", '<>"'),
        ("&#039;&#39;&#x27;&#X27;", "''''"),
        ("&#034;&#038;&#x26;&#060;&#62;", '"&&<>'),
        ("&amp;lt;", "&lt;"),
        ("&copy;&#65;&LT;&", "&copy;&#65;&LT;&"),
    ],
)
def test_a_secret_is_decoded_once_as_wordpress_does_and_tried_both_ways(written: str, key: str) -> None:
    source = replace(PLAIN.source, secrets=(written,))
    for used in {written, key}:
        signature = signing.sign(PLAIN.request.body, used.encode())
        PLATFORM.verify(with_header(PLAIN.request, "X-WC-Webhook-Signature", signature), source, PLAIN.received_at)
    headers = dict(PLATFORM.sign(PLAIN.request.body, "order.created", source, PLAIN.received_at))
    assert headers["X-WC-Webhook-Signature"] == signing.sign(PLAIN.request.body, key.encode())


@pytest.mark.parametrize(
    ("changes", "topic", "state"),
    [
        ({"status": "processing"}, "order.updated", "open"),
        ({"status": "on-hold"}, "order.updated", "open"),
        ({"status": "checkout-draft"}, "order.updated", "draft"),
        ({"status": "cancelled"}, "order.cancelled", "cancelled"),
        ({"status": "failed"}, "order.cancelled", "failed"),
        ({"status": "refunded"}, "order.cancelled", "refunded"),
        ({"status": "huy-don"}, "order.cancelled", "cancelled"),
        ({"status": "wc-huy-don"}, "order.cancelled", "cancelled"),
        ({"status": "hoan-hang"}, "order.cancelled", "returned"),
        ({"status": "da-giao"}, "order.fulfilled", "fulfilled"),
        ({"status": "da-thanh-toan"}, "order.paid", "open"),
        ({"status": "kiem-hang"}, "order.updated", "open"),
        ({"status": "trash"}, "order.cancelled", "trashed"),
        ({"status": "completed"}, "order.fulfilled", "completed"),
        ({"status": "processing", "date_paid_gmt": "2026-11-23T05:30:00"}, "order.paid", "open"),
        ({"status": "completed", "date_paid_gmt": "2026-11-23T05:30:00"}, "order.fulfilled", "completed"),
        ({"status": "refunded", "date_paid_gmt": "2026-11-23T05:30:00"}, "order.cancelled", "refunded"),
        ({"status": "processing", "date_paid_gmt": ""}, "order.updated", "open"),
        ({"status": "checkout-draft", "date_paid_gmt": "2026-11-23T05:30:00"}, "order.updated", "draft"),
    ],
)
def test_an_update_says_what_happened_by_its_state(changes: dict[str, Any], topic: str, state: str) -> None:
    updated, created = event("order.updated", **changes), event("order.created", **changes)
    assert updated.order and created.order
    assert (updated.topic, updated.order.state) == (topic, state)
    assert (created.topic, created.order.state) == ("order.created", state)


def test_a_shop_says_what_its_own_status_means_and_an_unknown_one_is_named() -> None:
    body = {**json.loads(PLAIN.request.body), "status": "kiem-hang"}
    request = with_header(with_body(PLAIN.request, body), "X-WC-Webhook-Topic", "order.updated")
    (unknown,) = PLATFORM.read(request, PLAIN.source, PLAIN.received_at).events
    assert (unknown.topic, unknown.unknown_state) == ("order.updated", "kiem-hang")
    taught = replace(PLAIN.source, settings={"states": {"Kiểm hàng": "returned"}})
    (known,) = PLATFORM.read(request, taught, PLAIN.received_at).events
    assert known.order and (known.topic, known.order.state, known.unknown_state) == (
        "order.cancelled",
        "returned",
        None,
    )
    assert event("order.updated").unknown_state is None


def test_a_restored_order_is_an_update_that_says_so() -> None:
    found = event("order.restored")
    assert (found.topic, found.restored) == ("order.updated", True)
    assert not event("order.updated").restored


@pytest.mark.parametrize("code", ["woocommerce_rest_shop_order_invalid_id", "woocommerce_rest_order_invalid_id"])
def test_an_order_that_is_gone_is_no_order(code: str) -> None:
    request = with_body(PLAIN.request, {"code": code, "message": "", "data": {"status": 404}})
    assert PLATFORM.read(request, PLAIN.source, PLAIN.received_at) == Reading(ignored="no_order")


@pytest.mark.parametrize("body", [{"code": "woocommerce_rest_cannot_view"}, {"code": 5}, {}, {"status": "processing"}])
def test_a_body_without_an_order_says_who_must_do_what(body: dict[str, Any]) -> None:
    with pytest.raises(BadPayload, match="user who made the webhook lost the right") as error:
        PLATFORM.read(with_body(PLAIN.request, body), PLAIN.source, PLAIN.received_at)
    assert error.value.pointer == "/id"


def test_paid_is_the_date_and_not_the_status() -> None:
    unpaid, paid = event(status="processing").order, event(date_paid_gmt="2026-11-23T05:30:00").order
    assert unpaid and paid
    assert (unpaid.payment.paid, unpaid.outstanding) == (False, unpaid.total)
    assert (paid.payment.paid, paid.outstanding) == (True, 0)


def test_times_are_utc_and_without_them_of_the_shops_zone() -> None:
    found = event(date_created_gmt=None, date_created="2026-11-23T12:00:00").order
    assert found and found.created_at
    assert found.created_at.isoformat() == "2026-11-23T05:00:00+00:00"
    assert event(date_modified_gmt="2026-11-23T05:00:07").occurred_at.isoformat() == "2026-11-23T05:00:07+00:00"
    assert event("order.deleted").occurred_at == PLAIN.received_at


def test_phones_are_tried_in_order() -> None:
    person = {"first_name": "A", "last_name": "B"}
    meta = [{"key": "_shipping_phone", "value": "4"}, {"key": "_billing_phone_2", "value": 3}, "x", {"key": None}]
    cases: list[tuple[str | None, str | None, Any, str | None]] = [
        ("1", "2", meta, "1"),
        ("", "2", meta, "2"),
        ("  ", None, meta, "3"),
        (None, "", [{"key": "_shipping_phone", "value": "4"}], "4"),
        ("none", "", None, "none"),
        ("", "", [], None),
    ]
    for billing, shipping, notes, phone in cases:
        found = event(
            billing={**person, "phone": billing}, shipping={**person, "phone": shipping}, meta_data=notes
        ).order
        assert found and found.phone == phone


def test_a_parcel_without_an_address_goes_where_the_bill_goes() -> None:
    blank = dict.fromkeys(["first_name", "last_name", "address_1", "city", "country", "phone"], "")
    found = event(shipping=blank).order
    assert found and found.shipping == found.billing
    assert found.shipping.name == "Nguyễn Thị Mẫu"


def test_names_follow_the_country_of_the_bill_then_of_the_shop() -> None:
    for country, expected in (("VN", "Ng Anna"), ("", "Ng Anna"), ("US", "Anna Ng")):
        found = event(billing={"first_name": "Anna", "last_name": "Ng", "country": country}).order
        assert found and found.customer.name == expected


def test_a_guest_has_no_id() -> None:
    guest, known = event(customer_id=0).order, event(customer_id=7).order
    assert guest and known
    assert (guest.customer.id, known.customer.id) == (None, "7")


def test_a_line_of_nothing_is_left_out() -> None:
    lines = [{"name": "A", "quantity": 0}, {"name": "B", "quantity": 2, "price": 9.5}, {"name": "C"}]
    found = event(line_items=lines).order
    assert found and [(item.title, str(item.quantity), str(item.price)) for item in found.items] == [
        ("B", "2", "9.5"),
        ("C", "1", "None"),
    ]


@pytest.mark.parametrize(
    ("refunds", "total", "left"),
    [
        ([], "495000", "495000"),
        ([{"id": 1, "reason": "", "total": "-100000"}], "395000", "395000"),
        ([{"total": "-100000"}, {"total": "-95000.5"}, None], "299999.5", "299999.5"),
        ([{"total": "-900000"}], "0", "0"),
        (None, "495000", "495000"),
    ],
)
def test_what_was_refunded_of_an_order_is_not_paid_at_the_door(refunds: Any, total: str, left: str) -> None:
    found = event("order.updated", total="495000", refunds=refunds, date_paid=None, date_paid_gmt=None).order
    assert found and (str(found.total), str(found.outstanding)) == (total, left)


@pytest.mark.parametrize(
    ("created_via", "in_store"),
    [
        ("pos-rest-api", True),
        ("point-of-sale", True),
        ("woocommerce-pos", True),
        ("openpos", True),
        ("checkout", False),
        ("store-api", False),
        ("rest-api", False),
        ("postnl", False),
        ("repost", False),
        ("", False),
        (None, False),
    ],
)
def test_a_sale_of_a_point_of_sale_is_one_over_the_counter(created_via: str | None, in_store: bool) -> None:
    found = event(created_via=created_via).order
    assert found and found.in_store is in_store


@pytest.mark.parametrize(("parent_id", "parent"), [(0, None), ("0", None), (None, None), (41, "41")])
def test_a_part_of_an_order_names_the_whole(parent_id: Any, parent: str | None) -> None:
    found = event(parent_id=parent_id).order
    assert found and found.parent == parent
