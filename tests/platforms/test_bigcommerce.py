"""BigCommerce: signed by the vendors' own packages, a key that is the secret's bytes, an order that is asked for."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook
from svix.webhooks import Webhook as SvixWebhook

from bridge.core.model import BadSignature, CannotFetch, Event, Request
from bridge.platforms.bigcommerce import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PLAIN = find_fixture("bigcommerce/order_created__cash-on-delivery")
ASKED = find_fixture("bigcommerce/order_created__not-asked-yet")
MOVED = find_fixture("bigcommerce/order_statusUpdated__cancelled-and-not-told")
TOKEN = find_fixture("bigcommerce/order_created__token-in-own-header")
NOW = PLAIN.received_at
# Text that is also base64, as client secrets are: it must not be decoded.
SECRETS = ["c2VjcmV0LXdpdGgtNjQ", "a" * 64, "client secret €", "whsec_abc"]


def key(secret: str) -> str:
    """As BigCommerce's own sample hands it to the library."""
    return base64.b64encode(secret.encode()).decode()


@pytest.mark.parametrize("secret", SECRETS)
def test_what_the_packages_sign_verifies_and_what_we_sign_they_take(secret: str) -> None:
    source, body = replace(PLAIN.source, secrets=("older", secret)), PLAIN.request.body
    moment = NOW.replace(microsecond=0)
    for package in (StandardWebhook(key(secret)), SvixWebhook(key(secret))):
        signature = package.sign("msg_1", moment, body.decode())
        headers = (("webhook-id", "msg_1"), ("webhook-timestamp", str(int(moment.timestamp()))))
        PLATFORM.verify(Request("POST", "/", "", (*headers, ("webhook-signature", signature)), body), source, NOW)
    ours = replace(PLAIN.source, secrets=(secret,))
    now = datetime.now(UTC)
    signed = dict(PLATFORM.sign(body, "store/order/created", ours, now))
    StandardWebhook(key(secret)).verify(body, signed)
    SvixWebhook(key(secret)).verify(body, signed)


def test_a_decoded_secret_is_no_key() -> None:
    secret = SECRETS[0]
    decoded = StandardWebhook(secret + "=").sign("msg_1", NOW, PLAIN.request.body.decode())
    headers = (("webhook-id", "msg_1"), ("webhook-timestamp", str(int(NOW.timestamp()))))
    request = Request("POST", "/", "", (*headers, ("webhook-signature", decoded)), PLAIN.request.body)
    with pytest.raises(BadSignature, match="bad_signature"):
        PLATFORM.verify(request, replace(PLAIN.source, secrets=(secret,)), NOW)


def test_an_old_signature_is_stale() -> None:
    for moment in (NOW + timedelta(minutes=6), NOW - timedelta(minutes=6)):
        with pytest.raises(BadSignature, match="stale_timestamp"):
            PLATFORM.verify(PLAIN.request, PLAIN.source, moment)


def test_a_token_does_not_stand_in_for_a_bad_signature() -> None:
    both = with_header(PLAIN.request, "X-Webhook-Token", PLAIN.source.secrets[0])
    with pytest.raises(BadSignature, match="bad_signature"):
        PLATFORM.verify(with_body(both, both.body + b" "), PLAIN.source, NOW)


def test_a_delivery_of_another_store_is_refused() -> None:
    for fixture in (PLAIN, TOKEN):
        with pytest.raises(BadSignature, match="wrong_shop"):
            PLATFORM.verify(fixture.request, replace(fixture.source, settings={"store_hash": "other"}), NOW)


def test_without_an_id_of_its_own_a_delivery_is_known_by_what_it_says() -> None:
    document = json.loads(TOKEN.request.body)
    keys = {PLATFORM.dedup_key(TOKEN.request, TOKEN.source)}
    for change in ({"scope": "store/order/updated"}, {"created_at": 1}, {"hash": "x"}, {"data": {"id": 7}}):
        keys.add(PLATFORM.dedup_key(with_body(TOKEN.request, document | change), TOKEN.source))
    assert len(keys) == 5


def test_the_order_is_asked_of_the_configured_store_at_the_configured_address_alone() -> None:
    assert PLATFORM.api
    (first,) = PLATFORM.api.wanted(ASKED.request, ASKED.source)
    assert first.url == "https://api.bigcommerce.com/stores/abc123/v2/orders/250"
    assert first.headers == (("X-Auth-Token", "access-token-for-tests"),)
    moved = replace(ASKED.source, settings={**ASKED.source.settings, "api_url": "https://api.example.test/bc/"})
    (first,) = PLATFORM.api.wanted(ASKED.request, moved)
    assert first.url == "https://api.example.test/bc/stores/abc123/v2/orders/250"
    document = json.loads(ASKED.request.body) | {"producer": "stores/evil"}
    document["data"]["id"] = "../../../evil?x=1#"
    (first,) = PLATFORM.api.wanted(with_body(ASKED.request, document), ASKED.source)
    assert first.url == "https://api.bigcommerce.com/stores/abc123/v2/orders/..%2F..%2F..%2Fevil%3Fx%3D1%23"


@pytest.mark.parametrize("settings", [{}, {"store_hash": "abc123"}, {"access_token": "t"}])
def test_without_credentials_nothing_is_asked(settings: dict[str, str]) -> None:
    assert PLATFORM.api
    with pytest.raises(CannotFetch, match="fetch_no_credentials"):
        PLATFORM.api.wanted(ASKED.request, replace(ASKED.source, settings=settings))


@pytest.mark.parametrize(
    "changes, flaw",
    [
        ({}, None),
        ({"id": 251}, "fetch_bad_answer"),
        ({"date_modified": "Mon, 23 Nov 2026 05:59:29 +0000"}, None),
        ({"date_modified": "Mon, 23 Nov 2026 05:58:00 +0000"}, "fetch_stale"),
        ({"date_modified": "Mon, 23 Nov 2026 06:30:00 +0000"}, None),
        ({"date_modified": None}, None),
    ],
)
def test_only_this_order_as_new_as_its_event_is_believed(changes: dict[str, object], flaw: str | None) -> None:
    assert PLATFORM.api
    (first,) = PLATFORM.api.wanted(ASKED.request, ASKED.source)
    order = json.loads(PLAIN.request.fetched["order"]) | changes
    assert first.check(json.dumps(order).encode()) == flaw


def test_an_order_in_the_status_that_it_left_is_not_believed_unless_it_changed_since() -> None:
    assert PLATFORM.api
    (first,) = PLATFORM.api.wanted(MOVED.request, MOVED.source)
    order = json.loads(PLAIN.request.fetched["order"])
    assert first.check(json.dumps(order).encode()) == "fetch_stale"
    back = order | {"date_modified": "Mon, 23 Nov 2026 06:30:00 +0000"}
    assert first.check(json.dumps(back).encode()) is None
    assert first.check(json.dumps(order | {"status_id": 5}).encode()) is None


@pytest.mark.parametrize(
    ("changes", "total", "left", "paid"),
    [
        ({}, "650000", "650000", False),
        ({"refunded_amount": "50000.0000"}, "600000", "600000", False),
        ({"store_credit_amount": "50000", "gift_certificate_amount": "100000"}, "650000", "500000", False),
        ({"store_credit_amount": "650000"}, "650000", "0", False),
        ({"payment_status": "captured"}, "650000", "0", True),
        ({"payment_status": "partially refunded", "refunded_amount": "50000"}, "600000", "0", True),
    ],
)
def test_what_the_buyer_pays_in_all_and_what_is_left(
    changes: dict[str, object], total: str, left: str, paid: bool
) -> None:
    document = json.loads(PLAIN.request.fetched["order"]) | {"total_inc_tax": "650000", "payment_status": ""} | changes
    request = replace(PLAIN.request, fetched={**PLAIN.request.fetched, "order": json.dumps(document).encode()})
    order = PLATFORM.read(request, PLAIN.source, PLAIN.received_at).events[0].order
    assert order and order.outstanding is not None
    assert order.total == int(total)
    assert (order.outstanding, order.payment.paid) == (int(left), paid)


def told(**changes: object) -> bytes:
    return json.dumps(json.loads(PLAIN.request.fetched["order"]) | changes).encode()


def told_order(**changes: object) -> Event:
    request = replace(PLAIN.request, fetched={**PLAIN.request.fetched, "order": told(**changes)})
    return PLATFORM.read(request, PLAIN.source, PLAIN.received_at).events[0]


def test_an_order_that_is_sent_in_part_is_open() -> None:
    found = told_order(status_id=3, custom_status="Partially Shipped")
    assert found.order
    assert (found.topic, found.order.state, found.unknown_state) == ("order.created", "open", None)


def test_a_field_of_the_checkouts_form_may_hold_the_phone() -> None:
    request = PLAIN.request
    bill = json.loads(request.fetched["order"])["billing_address"]
    bill |= {"phone": "", "form_fields": [{"name": "Số Zalo", "value": "0912345678"}]}
    fetched = {"order": told(billing_address=bill), "shipping_addresses": b"[]"}
    found = PLATFORM.read(
        replace(request, fetched={**request.fetched, **fetched}), PLAIN.source, PLAIN.received_at
    ).events[0]
    assert found.order
    assert found.order.phone == "0912345678"
