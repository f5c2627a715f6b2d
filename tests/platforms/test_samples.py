"""The samples are real deliveries: they verify, and mean a cash-on-delivery order just made."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bridge.core.model import BadSignature, Request, Source
from bridge.core.phone import read_phone
from bridge.core.platform import Platform
from bridge.lib.jsonschema import problems
from bridge.platforms import find_platform, list_platforms
from bridge.rules.document import event_document
from tests.platforms.wire import FORMS

NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)
HIDING = [platform for platform in list_platforms() if platform.hides_buyer]
CARRIERS = [platform for platform in list_platforms() if platform.is_carrier]
WHOLE = [platform for platform in list_platforms() if not platform.hides_buyer and not platform.is_carrier]
WHOLE = [platform for platform in WHOLE if platform not in FORMS]


def signed(platform: Platform, now: datetime, source: Source | None = None) -> Request:
    usual = "delivery.out" if platform.is_carrier else "order.created"
    topic = next(theirs for theirs, ours in platform.topics.items() if ours == usual)
    body = platform.sample.encode(platform.sample.document(now))
    headers = platform.sign(body, topic, source or shop(platform), now) if platform.sends else ()
    fetched = platform.sample.fetched(now)
    return Request(
        "POST", "/hooks/shop", "", headers, body, {name: json.dumps(one).encode() for name, one in fetched.items()}
    )


def shop(platform: Platform) -> Source:
    return Source("shop", platform.name, ("sample-secret", "older"), platform.sample.settings)


@pytest.mark.parametrize("platform", WHOLE, ids=lambda platform: platform.name)
def test_a_sample_is_a_cash_on_delivery_order_made_just_now(platform: Platform) -> None:
    request, source = signed(platform, NOW), shop(platform)
    assert platform.handshake(request, source) is None
    if platform.sends:
        platform.verify(request, source, NOW)
    (event,) = platform.read(request, source, NOW).events
    assert problems(event_document(event, source), "event") == []
    order = event.order
    assert event.topic == "order.created"
    assert order and order.created_at and order.updated_at
    assert timedelta(0) <= NOW - order.created_at < timedelta(seconds=1)
    assert (order.state, order.currency, order.total, order.test) == ("open", "VND", 650000, False)
    assert (order.payment.cod, order.payment.paid) == (True, False)
    assert order.customer.name == "Nguyễn Thị Mẫu"
    assert order.shipping.text and "Hà Nội" in order.shipping.text
    assert [(item.title, item.quantity, item.price) for item in order.items] == [
        ("Áo thun cổ tròn", 2, 150000),
        ("Quần jean", 1, 350000),
    ]
    assert read_phone(order.phone, "VN").number == str(order.phone).replace(" ", "")


@pytest.mark.parametrize("platform", HIDING, ids=lambda platform: platform.name)
def test_a_sample_of_a_marketplace_names_an_order_and_nothing_of_its_buyer(platform: Platform) -> None:
    request, source = signed(platform, NOW), shop(platform)
    platform.verify(request, source, NOW)
    (event,) = platform.read(request, source, NOW).events
    assert problems(event_document(event, source), "event") == []
    assert (event.topic, event.order, event.occurred_at) == ("order.created", None, NOW.replace(microsecond=0))


@pytest.mark.parametrize("platform", FORMS, ids=lambda platform: platform.name)
def test_a_sample_of_a_form_is_a_person_who_just_filled_it_in(platform: Platform) -> None:
    request, source = signed(platform, NOW), shop(platform)
    platform.verify(request, source, NOW)
    (event,) = platform.read(request, source, NOW).events
    assert problems(event_document(event, source), "event") == []
    order = event.order
    assert order and order.created_at and timedelta(0) <= NOW - order.created_at < timedelta(seconds=1)
    assert (event.topic, order.state, order.customer.name) == ("order.created", "open", "Nguyễn Thị Mẫu")
    assert read_phone(order.phone, "VN").number == "0900000890"


@pytest.mark.parametrize("platform", CARRIERS, ids=lambda platform: platform.name)
def test_a_sample_of_a_carrier_is_a_parcel_that_is_out_for_delivery(platform: Platform) -> None:
    request, source = signed(platform, NOW), shop(platform)
    platform.verify(request, source, NOW)
    (event,) = platform.read(request, source, NOW).events
    assert problems(event_document(event, source), "event") == []
    parcel = event.parcel
    assert parcel and (event.topic, parcel.carrier) == ("delivery.out", platform.title)
    assert parcel.cod in (650000, None) and parcel.code and not parcel.appointment
    assert event.order_id == (parcel.reference or parcel.code)
    assert event.order is None or (event.order.phone, event.order.total) == ("0900 000 890", 650000)
    assert timedelta(0) <= NOW - parcel.time < timedelta(seconds=1)


@pytest.mark.parametrize("platform", list_platforms(), ids=lambda platform: platform.name)
def test_two_moments_make_two_orders(platform: Platform) -> None:
    source = shop(platform)
    first, second = signed(platform, NOW), signed(platform, NOW + timedelta(milliseconds=1))
    assert platform.dedup_key(first, source) != platform.dedup_key(second, source)
    ids = {platform.read(request, source, NOW).events[0].order_id for request in (first, second)}
    assert len(ids) == 2
    assert signed(platform, NOW) == first


@pytest.mark.parametrize(
    "settings",
    [
        {"scheme": "standard"},
        {"scheme": "hmac", "header": "X-Sign", "hash": "sha512", "encoding": "base64", "prefix": "v="},
        {"scheme": "hmac"},
        {"scheme": "token"},
        {"scheme": "token", "token_header": "X-Key"},
    ],
)
def test_a_generic_sample_is_signed_in_every_scheme(settings: dict[str, str]) -> None:
    platform = find_platform("generic")
    assert platform
    source = Source("shop", "generic", ("sample-secret",), settings)
    platform.verify(signed(platform, NOW, source), source, NOW)


@pytest.mark.parametrize("platform", list_platforms(), ids=lambda platform: platform.name)
def test_without_a_secret_nothing_is_signed(platform: Platform) -> None:
    with pytest.raises(BadSignature, match="no_secret" if platform.sends else "no_webhook"):
        platform.sign(b"{}", "", Source("shop", platform.name), NOW)
