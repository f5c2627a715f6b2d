"""The samples under each topic, read back by the platform that they claim to be of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.core.model import Event, Request, Source
from bridge.core.platform import Platform
from bridge.platforms import find_platform, list_platforms
from bridge.platforms.shared.sample import find_word, sample_document
from tests.platforms.wire import FORMS

NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)
SECRET = "sample-secret"
UNTOLD = {("haravan", "checkout.abandoned"), ("haravan", "test"), ("woocommerce", "checkout.abandoned")}
UNTOLD |= {("sapo", "checkout.abandoned"), ("nhanh", "checkout.abandoned"), ("pancake", "test")}
SENDING = [platform for platform in list_platforms() if platform.sends]
HIDING = [platform for platform in SENDING if platform.hides_buyer]
FIELDS = {
    "id": "data.code",
    "order.number": "data.code",
    "order.total": "data.money.0",
    "payment.cod": "data.cod",
    "order.phone": "buyer.tel",
    "customer.name": "buyer.name",
    "created_at": "data.at",
    "items": "data.lines",
    "items.title": "name",
}


def read(platform: Platform, topic: str, settings: dict[str, Any] | None = None) -> Event:
    source = Source("shop", platform.name, (SECRET,), settings or platform.sample.settings)
    document, headers = platform.sample.fitted(sample_document(platform, topic, NOW), source)
    body = platform.sample.encode(document)
    request = Request(
        "POST", "/hooks/shop", "", platform.sign(body, find_word(platform, topic), source, NOW) + headers, body
    )
    platform.verify(request, source, NOW)
    (event,) = platform.read(request, source, NOW).events
    return event


def named(name: str) -> Platform:
    platform = find_platform(name)
    assert platform
    return platform


@pytest.mark.parametrize("platform", SENDING, ids=lambda platform: platform.name)
def test_each_word_of_a_platform_is_read_as_the_topic_that_it_stands_for(platform: Platform) -> None:
    for theirs, ours in platform.topics.items():
        assert (find_word(platform, theirs), read(platform, theirs).topic) == (theirs, ours)


@pytest.mark.parametrize("platform", HIDING, ids=lambda platform: platform.name)
@pytest.mark.parametrize("topic", ["order.created", "order.updated", "order.cancelled", "order.fulfilled"])
def test_a_marketplace_tells_our_topic_by_the_orders_status_alone(platform: Platform, topic: str) -> None:
    event = read(platform, topic)
    assert (event.topic, event.order) == (topic, None)
    assert event.order_id and event.platform_topic in platform.topics
    with pytest.raises(ValueError, match="has no topic"):
        read(platform, "order.paid")


@pytest.mark.parametrize(
    "platform",
    [one for one in SENDING if not one.hides_buyer and not one.is_carrier and one not in FORMS],
    ids=lambda platform: platform.name,
)
@pytest.mark.parametrize(
    "topic, state",
    [
        ("order.created", "open"),
        ("order.updated", "open"),
        ("order.paid", "open"),
        ("order.cancelled", "cancelled"),
        ("order.fulfilled", "fulfilled"),
        ("order.deleted", None),
    ],
)
def test_our_topic_is_told_with_the_state_that_belongs_to_it(platform: Platform, topic: str, state: str | None) -> None:
    if (platform.name, topic) == ("bigcommerce", "order.paid"):
        return  # told by the order alone, which must be asked for
    event = read(platform, topic)
    assert topic in (event.topic, event.later_topic)
    assert event.order_id
    if state is None or (platform.name == "bigcommerce" and event.incomplete):
        return
    assert event.order
    assert event.order.state == ("completed" if (platform.name, state) == ("woocommerce", "fulfilled") else state)
    assert event.order.payment.paid is (topic == "order.paid")


@pytest.mark.parametrize("name, topic", sorted(UNTOLD))
def test_what_a_platform_never_tells_names_what_it_does(name: str, topic: str) -> None:
    with pytest.raises(ValueError, match=rf"{topic}.*order\.created.*order\.paid"):
        sample_document(named(name), topic, NOW)


def test_a_test_message_and_a_checkout_can_be_had() -> None:
    assert read(named("shopify"), "test").topic == "test"
    assert read(named("shopify"), "checkout.abandoned").topic == "checkout.abandoned"
    assert read(named("generic"), "test").topic == "test"


@pytest.mark.parametrize(
    "settings, word",
    [
        ({"topic": "header:X-Event"}, "order.created"),
        ({"topic": "event.kind", "topics": {"don-moi": "order.created"}}, "don-moi"),
        ({"fields": {**FIELDS, "topic": "kind"}, "topics": {"don-moi": "order.created"}}, "don-moi"),
        ({"fields": FIELDS, "topic": "header:X-Event", "topics": {"don-moi": "order.created"}}, "don-moi"),
        ({"fields": FIELDS}, "order.created"),
        ({"topics": {"don-moi": "order.created"}}, "don-moi"),
        ({}, "order.created"),
    ],
)
def test_a_generic_sample_stands_where_the_source_looks_for_it(settings: dict[str, Any], word: str) -> None:
    event = read(named("generic"), "order.created", settings)
    assert (event.topic, event.platform_topic) == ("order.created", word)
    assert event.order
    assert (event.order.total, event.order.payment.cod) == (650000, True)
    assert event.order.phone == "0900 000 890"
    assert event.order.customer.name == "Nguyễn Thị Mẫu"
    assert [item.title for item in event.order.items] == ["Áo thun cổ tròn", "Quần jean"]
