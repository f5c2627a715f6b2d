"""Sapo: two products behind one header, unsigned webhooks by a token, new orders that come as updates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import BadPayload, BadSignature, Event, Order
from bridge.platforms.sapo import PLATFORM
from tests.platforms.wire import Fixture, find_fixture, with_body, with_header

WEB = find_fixture("sapo/orders_create__web-cash-on-delivery")
GO = find_fixture("sapo/orders_update__go-new-order")
BY_TOKEN = find_fixture("sapo/orders_create__token-in-address")


def event(fixture: Fixture, topic: str, **changes: Any) -> Event:
    request = with_header(fixture.request, "X-Sapo-Topic", topic)
    document = {**json.loads(request.body), **changes}
    return PLATFORM.read(with_body(request, document), fixture.source, fixture.received_at).events[0]


def order(fixture: Fixture, **changes: Any) -> Order:
    found = event(fixture, "orders/update", **changes).order
    assert found
    return found


@pytest.mark.parametrize(
    ("topic", "changes", "ours", "state"),
    [
        ("orders/create", {}, "order.created", "open"),
        ("Orders/Updated", {}, "order.updated", "open"),
        ("orders/updated", {"status": "cancelled"}, "order.updated", "cancelled"),
        ("orders/updated", {"cancelled_on": "2026-11-23T05:00:00Z"}, "order.updated", "cancelled"),
        ("orders/updated", {"financial_status": "voided"}, "order.updated", "cancelled"),
        ("orders/updated", {"financial_status": "refunded"}, "order.updated", "refunded"),
        ("orders/updated", {"status": "closed"}, "order.updated", "completed"),
        ("orders/updated", {"fulfillment_status": "fulfilled"}, "order.updated", "fulfilled"),
        ("orders/fulfilled", {"status": "cancelled"}, "order.fulfilled", "cancelled"),
        ("orders/create", {"test": True}, "test", "open"),
    ],
)
def test_topics_and_states_of_sapo_web(topic: str, changes: dict[str, Any], ours: str, state: str) -> None:
    found = event(WEB, topic, **changes)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)


@pytest.mark.parametrize(
    ("changes", "ours", "state"),
    [
        ({}, "order.created", "open"),
        ({"modified_on": "2026-11-23T05:01:00Z"}, "order.created", "open"),
        ({"modified_on": "2026-11-23T07:00:00Z"}, "order.created", "open"),
        ({"modified_on": None}, "order.created", "open"),
        ({"created_on": None}, "order.created", "open"),
        ({"status": "cancelled"}, "order.cancelled", "cancelled"),
        ({"cancelled_on": "2026-11-23T05:00:02Z"}, "order.cancelled", "cancelled"),
        ({"status": "finished"}, "order.fulfilled", "completed"),
        ({"status": "finalized", "modified_on": "2026-11-23T07:00:00Z"}, "order.created", "open"),
        ({"status": "finalized", "fulfillment_status": "unshipped"}, "order.created", "open"),
        ({"status": "finalized", "fulfillment_status": "shipped"}, "order.fulfilled", "fulfilled"),
        ({"status": "completed", "fulfillment_status": "shipped"}, "order.fulfilled", "completed"),
        ({"payment_status": "paid", "modified_on": "2026-11-23T07:00:00Z"}, "order.created", "open"),
    ],
)
def test_an_update_of_sapo_go_is_what_its_document_says(changes: dict[str, Any], ours: str, state: str) -> None:
    found = event(GO, "orders/update", **changes)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)


def test_an_order_of_sapo_go_is_new_once() -> None:
    """Whether it came before is not in the delivery: see the decision."""
    assert event(GO, "orders/update").later_topic == "order.updated"
    assert event(GO, "orders/update", payment_status="paid").later_topic == "order.paid"
    assert event(GO, "orders/update", status="cancelled").later_topic is None
    assert event(GO, "orders/create").later_topic is None
    assert event(WEB, "orders/updated").later_topic is None
    tried = with_header(GO.request, "X-Sapo-Test", "true")
    (found,) = PLATFORM.read(tried, GO.source, GO.received_at).events
    assert (found.topic, found.later_topic) == ("test", None)


@pytest.mark.parametrize(
    ("fixture", "changes", "in_store"),
    [
        (WEB, {}, False),
        (WEB, {"source_name": "pos"}, True),
        (GO, {}, False),
        (GO, {"source_name": "POS"}, True),
        (GO, {"source_name": None, "channel": "pos"}, True),
        (GO, {"expected_delivery_type": "pick_at_store"}, True),
        (GO, {"expected_delivery_type": "courier"}, False),
    ],
)
def test_what_is_sold_or_taken_at_the_shop_is_a_sale_over_the_counter(
    fixture: Fixture, changes: dict[str, Any], in_store: bool
) -> None:
    assert order(fixture, **changes).in_store is in_store


def parcels(*amounts: int, status: str = "active") -> list[dict[str, Any]]:
    return [{"status": status, "shipment": {"cod_amount": amount}} for amount in amounts]


@pytest.mark.parametrize(
    ("status", "fulfillments", "total", "left"),
    [
        ("unpaid", [], 650000, 650000),
        ("pending", [], 650000, 650000),
        ("unpaid", parcels(680000), 680000, 680000),
        ("unpaid", parcels(400000), 650000, 650000),
        ("unpaid", parcels(400000, 250000), 650000, 650000),
        ("unpaid", parcels(650000) + parcels(900000, status="cancelled"), 650000, 650000),
        ("PARTIALLY_PAID", parcels(500000), 650000, 500000),
        ("partial", [], 650000, None),
        ("PAID", parcels(650000), 650000, 0),
    ],
)
def test_what_parcels_collect_is_what_is_left(status: str, fulfillments: Any, total: int, left: int | None) -> None:
    found = order(GO, payment_status=status, fulfillments=fulfillments)
    assert (found.total, found.outstanding) == (total, left)


def test_a_word_of_sapo_go_for_more_than_an_update_is_believed() -> None:
    assert event(GO, "orders/create", modified_on="2026-11-23T09:00:00Z").topic == "order.created"
    cancelled = event(GO, "orders/cancelled")
    assert cancelled.order
    assert (cancelled.topic, cancelled.order.state) == ("order.cancelled", "cancelled")
    assert event(GO, "orders/delete").order is None


def test_a_name_without_letters_is_not_spoken() -> None:
    customer = {"id": 1, "name": "0900000003", "phone_number": "0900000003"}
    assert order(GO, customer_data=customer).customer.name == "Nguyễn Thị Mẫu"
    assert order(GO, customer_data=customer, shipping_address=None).customer.name is None


@pytest.mark.parametrize("amount", [0, None, "0"])
def test_a_parcel_that_collects_nothing_is_not_cash_on_delivery(amount: Any) -> None:
    parcels = [{"shipment": None}, {"shipment": {"cod_amount": amount}}, None]
    assert not order(GO, tags=[], fulfillments=parcels).payment.cod
    assert order(GO, tags=[], fulfillments=[*parcels, {"shipment": {"cod_amount": 1}}]).payment.cod


def test_a_partly_paid_order_does_not_say_what_is_left() -> None:
    assert order(GO, payment_status="partial").outstanding is None
    assert order(WEB, financial_status="partially_paid").outstanding is None


@pytest.mark.parametrize("query", ["token=other", "token=", "", "token=%FF%00", "&".join(["token=a"] * 100)])
def test_an_unsigned_request_needs_the_token(query: str) -> None:
    with pytest.raises(BadSignature, match=r"missing_signature|bad_token"):
        PLATFORM.verify(replace(BY_TOKEN.request, query=query), BY_TOKEN.source, BY_TOKEN.received_at)


def test_the_token_may_stand_in_the_header_that_the_source_names() -> None:
    source = replace(BY_TOKEN.source, settings={"token_header": "X-Key"})
    request = with_header(replace(BY_TOKEN.request, query=""), "x-key", "sapo-test-secret")
    PLATFORM.verify(request, source, BY_TOKEN.received_at)
    assert "x-key" in PLATFORM.secret_headers(source)


def test_a_token_does_not_excuse_a_wrong_signature() -> None:
    request = replace(with_body(WEB.request, b"{}"), query="token=sapo-test-secret")
    with pytest.raises(BadSignature, match="bad_signature"):
        PLATFORM.verify(request, WEB.source, WEB.received_at)


def test_another_version_order_topic_or_shop_is_another_delivery() -> None:
    own = PLATFORM.dedup_key(GO.request, GO.source)
    assert PLATFORM.dedup_key(with_body(GO.request, b"{}"), GO.source) == own
    for name, value in (
        ("X-Event-Version", "12"),
        ("X-Sapo-Object-Id", "5"),
        ("X-Sapo-Topic", "orders/create"),
        ("X-Sapo-Tenant-Domain", "khac.mysapogo.com"),
    ):
        assert PLATFORM.dedup_key(with_header(GO.request, name, value), GO.source) != own


def test_without_a_version_the_body_is_the_key() -> None:
    bare = with_header(GO.request, "X-Event-Version")
    assert PLATFORM.dedup_key(bare, GO.source) != PLATFORM.dedup_key(with_body(bare, b"{}"), GO.source)


def test_xml_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadPayload, match="choose JSON"):
        PLATFORM.read(with_body(WEB.request, b" <order/>"), WEB.source, WEB.received_at)
