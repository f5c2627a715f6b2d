"""Nhanh.vn: a token in four places and kept in none, states by number, lists, orders of marketplaces."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import BadPayload, BadSignature, Event, Order, Reading, Request
from bridge.platforms.nhanh import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PLAIN = find_fixture("nhanh/orderAdd__token-in-authorization")
IN_BODY = find_fixture("nhanh/orderAdd__token-in-body")
TOKEN = "NhanhTokenForTests0123456789"
FIRST, AN_HOUR_LATER = 1795410000, 1795413600


def event(word: str = "orderUpdate", kind: int = 1, status: int = 54, at: int = AN_HOUR_LATER, **pay: Any) -> Event:
    document = json.loads(PLAIN.request.body)
    data = document["data"]
    data["info"] |= {"type": kind, "status": status, "createdAt": FIRST, "updatedAt": at}
    data["payment"] |= pay
    return PLATFORM.read(with_body(PLAIN.request, document | {"event": word}), PLAIN.source, PLAIN.received_at).events[
        0
    ]


def order(**given: Any) -> Order:
    found = event(**given).order
    assert found
    return found


def kept(request: Request) -> Request:
    return PLATFORM.without_secrets(request, PLAIN.source)


@pytest.mark.parametrize(
    ("word", "status", "at", "ours", "state"),
    [
        ("orderAdd", 54, AN_HOUR_LATER, "order.created", "open"),
        ("orderUpdate", 54, FIRST + 60, "order.created", "open"),
        ("orderUpdate", 54, AN_HOUR_LATER, "order.created", "open"),
        ("orderUpdate", 55, AN_HOUR_LATER, "order.created", "open"),
        ("orderUpdate", 57, AN_HOUR_LATER, "order.created", "open"),
        ("orderUpdate", 56, FIRST, "order.updated", "open"),
        ("orderUpdate", 42, FIRST, "order.updated", "open"),
        ("orderUpdate", 999, FIRST, "order.updated", "open"),
        ("orderUpdate", 58, FIRST, "order.cancelled", "cancelled"),
        ("orderUpdate", 63, FIRST, "order.cancelled", "cancelled"),
        ("orderUpdate", 64, FIRST, "order.cancelled", "cancelled"),
        ("orderUpdate", 61, FIRST, "order.cancelled", "failed"),
        ("orderUpdate", 68, FIRST, "order.cancelled", "failed"),
        ("orderUpdate", 72, FIRST, "order.cancelled", "returned"),
        ("orderUpdate", 59, FIRST, "order.fulfilled", "fulfilled"),
        ("orderUpdate", 60, FIRST, "order.fulfilled", "fulfilled"),
        ("orderAdd", 63, FIRST, "order.created", "cancelled"),
    ],
)
def test_topics_and_states(word: str, status: int, at: int, ours: str, state: str) -> None:
    found = event(word, status=status, at=at)
    assert found.order
    assert (found.topic, found.order.state) == (ours, state)


def test_an_update_of_what_nobody_has_confirmed_is_new_once() -> None:
    assert event(status=57).later_topic == "order.updated"
    assert event(status=57, codAmount=0, transfer={"amount": 650000}).later_topic == "order.paid"
    assert event(status=56).later_topic is None
    assert event("orderAdd", status=57).later_topic is None


def test_an_order_made_of_another_names_it() -> None:
    document = json.loads(PLAIN.request.body)
    for original, parent in ((None, None), (0, None), ("0", None), (90000001, None), (89999999, "89999999")):
        document["data"]["info"]["originalOrderId"] = original
        (found,) = PLATFORM.read(with_body(PLAIN.request, document), PLAIN.source, PLAIN.received_at).events
        assert found.order and found.order.parent == parent


@pytest.mark.parametrize(("kind", "in_store"), [(1, False), (2, True), (3, False), (14, False)])
def test_a_sale_at_the_counter_is_one(kind: int, in_store: bool) -> None:
    assert order(kind=kind).in_store is in_store


@pytest.mark.parametrize(("kind", "state"), [(1, "open"), (3, "open"), (2, "completed"), (14, "completed")])
def test_only_what_is_delivered_or_ordered_ahead_is_open(kind: int, state: str) -> None:
    assert order(kind=kind).state == state
    assert order(kind=kind, status=63).state == "cancelled"


@pytest.mark.parametrize(
    ("pay", "total", "left", "cod", "paid"),
    [
        ({"codAmount": 650000}, 650000, 650000, True, False),
        ({"codAmount": 600000, "deposit": {"amount": 50000}}, 650000, 600000, True, False),
        ({"codAmount": 0, "transfer": {"amount": 600000}, "credit": {"amount": 50000}}, 650000, 0, False, True),
        ({"codAmount": 0}, 650000, 0, False, False),
        ({"codAmount": "650000.0000", "deposit": None, "transfer": {}}, 650000, 650000, True, False),
    ],
)
def test_what_is_collected_and_what_was_paid(pay: Any, total: int, left: int, cod: bool, paid: bool) -> None:
    found = order(**pay)
    assert (found.total, found.outstanding, found.payment.cod, found.payment.paid) == (total, left, cod, paid)


@pytest.mark.parametrize("written", [f'"{TOKEN}"', '"Nhanh\\u0054okenForTests0123456789"'])
def test_a_token_in_the_body_is_believed_and_hidden(written: str) -> None:
    body = f'{{"event": "orderDelete", "webhooksVerifyToken" : {written}, "data": [1]}}'.encode()
    request = with_body(IN_BODY.request, body)
    PLATFORM.verify(request, IN_BODY.source, IN_BODY.received_at)
    assert json.loads(kept(request).body) == {"event": "orderDelete", "webhooksVerifyToken": "…", "data": [1]}


def test_what_is_not_the_token_is_kept_to_the_byte() -> None:
    assert kept(PLAIN.request) == PLAIN.request
    body = kept(IN_BODY.request).body
    assert TOKEN.encode() not in body
    assert body.replace('"…"'.encode(), f'"{TOKEN}"'.encode()) == IN_BODY.request.body
    quoted = b'{"note": "\\"webhooksVerifyToken\\": \\"x\\""}'
    assert kept(with_body(PLAIN.request, quoted)).body == quoted


@pytest.mark.parametrize(
    "body",
    [
        b'{"webhooksVerifyToken": "other"}',
        b'{"webhooksVerifyToken": ""}',
        b'{"webhooksVerifyToken": null}',
        b'{"webhooksVerifyToken": "\\ud800"}',
        b'{"webhooksVerifyToken": "\\x"}',
        b'{"webhooksVerifyToken": "\xff"}',
        b'{"note": "\\"webhooksVerifyToken\\": \\"' + TOKEN.encode() + b'\\""}',
        b'"webhooksVerifyToken":"' * 20_000,
    ],
)
def test_another_token_in_the_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature, match=r"bad_token|missing_token"):
        PLATFORM.verify(with_body(IN_BODY.request, body), IN_BODY.source, IN_BODY.received_at)


def test_no_header_that_may_hold_the_token_is_kept() -> None:
    assert PLATFORM.secret_headers(PLAIN.source) == {"authorization", "verifytoken", "x-webhook-token"}
    named = replace(PLAIN.source, settings={"token_header": "X-Key"})
    PLATFORM.verify(with_header(with_header(PLAIN.request, "Authorization"), "X-Key", TOKEN), named, PLAIN.received_at)
    assert "x-key" in PLATFORM.secret_headers(named)


def test_a_resend_under_a_new_token_has_the_same_key() -> None:
    renewed = with_body(IN_BODY.request, IN_BODY.request.body.replace(TOKEN.encode(), b"another"))
    assert PLATFORM.dedup_key(renewed, IN_BODY.source) == PLATFORM.dedup_key(IN_BODY.request, IN_BODY.source)


def test_each_order_of_a_list_is_an_event_of_its_own() -> None:
    body = {"event": "orderDelete", "data": [1, "2", {"info": {"id": 3}}]}
    events = PLATFORM.read(with_body(PLAIN.request, body), PLAIN.source, PLAIN.received_at).events
    assert [(one.topic, one.order_id, one.order) for one in events] == [
        ("order.deleted", "1", None),
        ("order.deleted", "2", None),
        ("order.deleted", "3", None),
    ]


def test_an_empty_list_holds_no_order() -> None:
    for word in ("orderAdd", "orderDelete"):
        request = with_body(PLAIN.request, {"event": word, "data": []})
        assert PLATFORM.read(request, PLAIN.source, PLAIN.received_at) == Reading(ignored="no_order")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"data": {}}, "/event"),
        ({"event": "orderAdd"}, "/data"),
        ({"event": "orderAdd", "data": {"info": {}}}, "/data/info/id"),
        ({"event": "orderAdd", "data": [{"info": {"id": 1}}]}, "/data/0/payment/codAmount"),
        ({"event": "orderAdd", "data": {"orderId": 1}}, "/data/info"),
        ({"event": "orderDelete", "data": [True]}, "/data/0"),
        (
            {"event": "orderAdd", "data": {"info": {"id": 1, "createdAt": "x"}, "payment": {"codAmount": 1}}},
            "/data/info/createdAt",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(body: dict[str, Any], pointer: str) -> None:
    with pytest.raises(BadPayload) as error:
        PLATFORM.read(with_body(PLAIN.request, body), PLAIN.source, PLAIN.received_at)
    assert error.value.pointer == pointer
