"""Every fixture on disk, of every platform, keeps every promise of a platform."""

from __future__ import annotations

import contextlib
import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import PARCEL_CANCELLED, BadPayload, BadSignature, CannotFetch, Reading, Request, Source
from bridge.core.reasons import sentence
from bridge.lib.addresses import find_flaw
from bridge.lib.jsonschema import problems
from bridge.lib.strictjson import parse_json
from bridge.platforms import find_platform, list_platforms
from bridge.rules.document import event_document
from bridge.store.undecided import id_runs
from tests.platforms.wire import FOLDER, Fixture, list_fixtures, of_each_platform, with_body, with_header

ALL = list_fixtures()
DELIVERIES = [fixture for fixture in ALL if "handshake" not in fixture.expected]
SENT = [fixture for fixture in DELIVERIES if fixture.platform.sends]
SHARED = [fixture for fixture in SENT if fixture.has_shared_secret]
SIGNED = [fixture for fixture in SENT if fixture.expected["body_is_signed"]]
IN_HEADER = [fixture for fixture in SENT if not fixture.proof.startswith("?")]
HANDSHAKES = [fixture for fixture in ALL if "handshake" in fixture.expected]
ORDERS = [fixture for fixture in DELIVERIES if any(_["order"]["total"] for _ in fixture.expected.get("events", ()))]
WITH_TOPIC_HEADER = [
    _ for _ in DELIVERIES if _.platform.topic_header and _.request.header(_.platform.topic_header) is not None
]
HOSTILE_HEADERS = [
    "",
    " ",
    "=",
    "v1,",
    "v1,=",
    "v1",
    "sha256=",
    "Bearer ",
    "€",
    "\udcff",
    "\x00",
    "a" * 100_000,
    "%00",
    "0" * 64,
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
HOSTILE_BODIES = [
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe",
    b"null",
    b"true",
    b"1",
    b"NaN",
    b'"order"',
    b"[]",
    b"[{}]",
    b"{",
    b"{}",
    b'{"id":1,"id":2}',
    b'{"id":NaN}',
    b'{"id":' + b"9" * 5000 + b"}",
    b'{"id":1e999999999}',
    b'{"id":true}',
    b'{"id":{"a":1}}',
    b'{"id":""}',
    b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"id":"\\ud800"' + b"}" * 3,
]
SPOILT_IDS = [
    b'{"id":"10\\u00001"}',
    b'{"id":"1\\u0030"}',
    b'{"i\\u0000d":5,"x":1}',
    b'{"id":"5 "}',
    '{"id":"5\u0301"}'.encode(),
    b'{"id":5.0}',
    b'{"id":-5}',
    b'{"order":{"id":7},"id":5}',
    b'{"order":"{\\"id\\": 9}","id":5}',
    b'{"ID":6,"id":5}',
    b'{"id":[5,6]}',
    b'{"topic":"order.created","order":{"id":7,"id":8,"currency":"VND","total":"1"}}',
]
DELETED = {"orders/delete", "order.deleted"}


def verify(fixture: Fixture, request: Request, source: Source | None = None) -> None:
    fixture.platform.verify(request, source or fixture.source, fixture.received_at)


def spoil(document: Any, data: st.DataObject) -> None:
    """Any value in any place of the document."""
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(JSON_VALUES)


def read(fixture: Fixture, request: Request) -> Reading:
    return fixture.platform.read(request, fixture.source, fixture.received_at)


def test_every_platform_has_fixtures_and_every_fixture_is_a_pair() -> None:
    assert {fixture.platform.name for fixture in ALL} >= {platform.name for platform in list_platforms()}
    for fixture in ALL:
        source = fixture.expected["source"]
        assert source["fact"] and source["date"], fixture.name
        kinds = {"handshake", "events", "ignored", "error"} & fixture.expected.keys()
        assert len(kinds) == 1, f"{fixture.name} must say one of handshake, events, ignored, error"
        assert (FOLDER / f"{fixture.name}.json").exists()


def test_a_platform_is_found_by_its_module_name_alone() -> None:
    for platform in list_platforms():
        assert find_platform(platform.name) is platform
        assert set(platform.topics.values()) <= set(find_platform("generic").topics)
    for name in ("", "_values", "Shopify", "os", "../shopify", "shopify.read"):
        assert find_platform(name) is None


def test_a_captured_platform_has_a_captured_request() -> None:
    captured = {fixture.platform.name for fixture in ALL if fixture.expected["source"]["fact"] == "captured"}
    assert captured == {platform.name for platform in list_platforms() if platform.maturity == "captured"}


@of_each_platform(SENT)
def test_it_verifies(fixture: Fixture) -> None:
    assert fixture.platform.handshake(fixture.request, fixture.source) is None
    verify(fixture, fixture.request)


@of_each_platform([_ for _ in DELIVERIES if _ not in SENT])
def test_what_nobody_sends_is_taken_from_nobody(fixture: Fixture) -> None:
    assert fixture.platform.handshake(fixture.request, fixture.source) is None
    for secrets in ((), ("a-secret",)):
        for name in ("Authorization", "X-Webhook-Token"):
            request = with_header(fixture.request, name, "a-secret")
            with pytest.raises(BadSignature, match="no_webhook"):
                verify(fixture, request, replace(fixture.source, secrets=secrets))


@of_each_platform(SIGNED)
def test_one_byte_more_or_another_byte_does_not_verify(fixture: Fixture) -> None:
    body = fixture.request.body
    for other in (body + b"\n", body + b" ", b" " + body, body[:-1], bytes([body[0] ^ 1]) + body[1:], b""):
        with pytest.raises(BadSignature) as refusal:
            verify(fixture, with_body(fixture.request, other))
        assert refusal.value.reason in ("bad_signature", "missing_body")


@of_each_platform(SHARED)
def test_another_secret_does_not_verify_and_no_secret_verifies_nothing(fixture: Fixture) -> None:
    with pytest.raises(BadSignature):
        verify(fixture, fixture.request, replace(fixture.source, secrets=("another", "and another")))
    for none in ((), ("",), ("  ", "")):
        with pytest.raises(BadSignature, match="no_secret"):
            verify(fixture, fixture.request, replace(fixture.source, secrets=none))


@of_each_platform([_ for _ in SENT if not _.has_shared_secret])
def test_without_the_shops_keys_what_they_sign_does_not_verify(fixture: Fixture) -> None:
    for secrets in ((), ("", " "), ("another", str(fixture.source.settings["jwks"]))):
        with pytest.raises(BadSignature, match="no_jwks"):
            verify(fixture, fixture.request, replace(fixture.source, secrets=secrets, settings={}))


@of_each_platform(IN_HEADER)
def test_without_its_header_or_with_two_it_does_not_verify(fixture: Fixture) -> None:
    own = fixture.request.header(fixture.proof)
    assert own
    for values in ((), (own, "other"), ("other", own)):
        with pytest.raises(BadSignature, match=r"missing_(signature|token)"):
            verify(fixture, with_header(fixture.request, fixture.proof, *values))
    verify(fixture, with_header(fixture.request, fixture.proof.upper(), own))


@of_each_platform(IN_HEADER)
def test_hostile_headers_give_only_a_bad_signature(fixture: Fixture) -> None:
    for value in HOSTILE_HEADERS:
        with pytest.raises(BadSignature) as refusal:
            verify(fixture, with_header(fixture.request, fixture.proof, value))
        assert refusal.value.reason.replace("_", "").isalpha()


def headers_that_matter(fixture: Fixture) -> set[str]:
    """The headers of this request whose values its key and its reading ask for: no other value can change them."""
    asked: set[str] = set()

    class Watched(Request):
        def header(self, name: str) -> str | None:
            asked.add(name.lower())
            return fixture.request.header(name)

    only_names = tuple((name, "") for name, _ in fixture.request.headers)
    watched = Watched(**{**vars(fixture.request), "headers": only_names})
    key = fixture.platform.dedup_key
    assert key(watched, fixture.source) == key(fixture.request, fixture.source)
    with contextlib.suppress(BadPayload):
        assert read(fixture, watched) == read(fixture, fixture.request)
    return asked & {name.lower() for name, _ in only_names}


@of_each_platform(DELIVERIES)
def test_hostile_values_of_all_other_headers_break_nothing(fixture: Fixture) -> None:
    for name in headers_that_matter(fixture):
        for value in HOSTILE_HEADERS:
            request = with_header(fixture.request, name, value)
            assert fixture.platform.dedup_key(request, fixture.source).isprintable()
            try:
                read(fixture, request)
            except BadPayload as error:
                assert not value.strip() or value not in str(error) or len(value) < 3


@of_each_platform(DELIVERIES)
def test_hostile_bodies_give_only_a_bad_payload_or_nothing(fixture: Fixture) -> None:
    for body in [*HOSTILE_BODIES, fixture.request.body[:-3], b"\xef\xbb\xbf" + fixture.request.body]:
        request = with_body(fixture.request, body)
        assert fixture.platform.dedup_key(request, fixture.source)
        try:
            read(fixture, request)
        except BadPayload as error:
            assert error.problem


@of_each_platform(DELIVERIES)
def test_a_resend_has_the_same_key_and_another_delivery_has_not(fixture: Fixture) -> None:
    key = fixture.platform.dedup_key(fixture.request, fixture.source)
    assert key == fixture.expected["dedup_key"]
    assert len(key) < 400
    assert key.isascii()
    resent = with_header(fixture.request, "Date", "Mon, 23 Nov 2026 06:00:00 GMT")
    assert fixture.platform.dedup_key(resent, fixture.source) == key
    header = fixture.platform.topic_header
    if header and fixture.request.header(header):
        other = with_header(fixture.request, header, "orders/other")
        assert fixture.platform.dedup_key(other, fixture.source) != key


@of_each_platform(DELIVERIES)
def test_it_means_what_is_recorded(fixture: Fixture) -> None:
    expected = fixture.expected
    if "error" in expected:
        with pytest.raises(BadPayload) as error:
            read(fixture, fixture.request)
        assert (error.value.pointer, error.value.problem) == (
            expected["error"]["pointer"],
            expected["error"]["problem"],
        )
        return
    reading = read(fixture, fixture.request)
    assert reading.ignored == expected.get("ignored")
    assert bool(reading.platform_topic) == (reading.ignored == "unknown_topic")
    documents = [_without_derived(event_document(event, fixture.source)) for event in reading.events]
    raws = [document.pop("raw") for document in documents]
    recorded = copy.deepcopy(expected.get("events", []))
    assert [event.restored for event in reading.events] == [bool(event.pop("restored", False)) for event in recorded]
    assert [event.incomplete for event in reading.events] == [
        bool(event.pop("incomplete", False)) for event in recorded
    ]
    notes = [[[note.pointer, note.problem] for note in event.notes] for event in reading.events]
    assert notes == [event.pop("notes", []) for event in recorded]
    assert [event.later_topic for event in reading.events] == [event.pop("later_topic", None) for event in recorded]
    assert documents == recorded
    if fixture.request.body[:1] == b"{" and not any(notes):
        raw = parse_json(fixture.request.body)
        if fixture.request.fetched:
            raw |= {"fetched": {name: parse_json(body) for name, body in fixture.request.fetched.items()}}
        assert raws == [raw] * len(raws)


@of_each_platform([_ for _ in DELIVERIES if _.platform.api])
def test_what_is_incomplete_is_asked_of_the_shop_and_nothing_else(fixture: Fixture) -> None:
    api = fixture.platform.api
    assert api is not None
    try:
        events = read(fixture, fixture.request).events
    except BadPayload:
        return
    try:
        wanted = api.wanted(fixture.request, fixture.source)
    except CannotFetch as error:
        assert any(event.incomplete for event in events)
        assert sentence(error.reason, "vi") != f"Lý do: {error.reason}."
        return
    assert any(event.incomplete for event in events) == bool(wanted)
    assert {each.name for each in wanted}.isdisjoint(fixture.request.fetched)
    assert all(find_flaw(each.url) is None for each in wanted)


@given(st.sampled_from([_ for _ in DELIVERIES if _.request.fetched]), st.data())
def test_any_value_anywhere_in_what_was_fetched_raises_only_bad_payload(fixture: Fixture, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(fixture.request.fetched)))
    document = {"it": json.loads(fixture.request.fetched[name])}
    spoil(document, data)
    fetched = {**fixture.request.fetched, name: json.dumps(document["it"]).encode()}
    request = replace(fixture.request, fetched=fetched)
    try:
        reading = read(fixture, request)
        assert fixture.platform.api
        fixture.platform.api.wanted(request, fixture.source)
    except BadPayload as error:
        assert error.problem
        return
    for event in reading.events:
        assert problems(event_document(event, fixture.source), "event") == []


@of_each_platform([_ for _ in DELIVERIES if "events" in _.expected])
def test_its_bytes_hold_the_id_of_each_order_that_they_tell_of(fixture: Fixture) -> None:
    """The last look before a ring asks undecided bytes for it."""
    for event in read(fixture, fixture.request).events:
        for run in id_runs(event.order_id):
            assert run.encode() in fixture.request.body


def orders_of(fixture: Fixture, request: Request) -> set[str]:
    """The ids of the orders that are read in it; none where it cannot be read."""
    try:
        return {event.order_id for event in read(fixture, request).events}
    except BadPayload:
        return set()


@of_each_platform(DELIVERIES)
def test_the_order_that_it_is_known_to_be_about_is_the_only_one_that_is_read(fixture: Fixture) -> None:
    for body in [fixture.request.body, *HOSTILE_BODIES, *SPOILT_IDS, b"\xef\xbb\xbf" + fixture.request.body]:
        request = with_body(fixture.request, body)
        known = fixture.platform.order_id(request, fixture.source)
        assert known is None or orders_of(fixture, request) <= {known}


@given(st.sampled_from([_ for _ in DELIVERIES if _.request.body[:1] == b"{"]), st.data())
def test_any_value_anywhere_leaves_it_the_only_one(fixture: Fixture, data: st.DataObject) -> None:
    document = {"it": json.loads(fixture.request.body)}
    spoil(document, data)
    request = with_body(fixture.request, json.dumps(document["it"], ensure_ascii=data.draw(st.booleans())).encode())
    known = fixture.platform.order_id(request, fixture.source)
    assert known is None or orders_of(fixture, request) <= {known}


@pytest.mark.parametrize("name", ["shopify", "woocommerce", "haravan", "sapo", "generic"])
def test_of_ordinary_deliveries_the_order_is_known(name: str) -> None:
    plain = [_ for _ in ORDERS if _.platform.name == name and _.request.body[:1] == b"{"]
    known = [_ for _ in plain if _.platform.order_id(_.request, _.source)]
    assert len(known) > len(plain) / 2


@of_each_platform([_ for _ in DELIVERIES if "events" in _.expected])
def test_its_events_are_valid_and_hold_no_blank_text(fixture: Fixture) -> None:
    for event in read(fixture, fixture.request).events:
        document = event_document(event, fixture.source)
        assert problems(document, "event") == []
        del document["raw"]
        assert '""' not in json.dumps(document, default=str)
        assert (
            event.topic in fixture.platform.topics.values()
            or event.topic in ("test", PARCEL_CANCELLED)
            or event.topic.startswith("order.")
        )


@of_each_platform([_ for _ in ORDERS if len(_.platform.needs.always) > 1 and _.request.body[:1] == b"{"])
def test_a_missing_needed_field_names_its_path(fixture: Fixture) -> None:
    document = json.loads(fixture.request.body)
    for pointer in fixture.platform.needs.always:
        for broken in ({**document, pointer[1:]: None}, {k: v for k, v in document.items() if k != pointer[1:]}):
            with pytest.raises(BadPayload) as error:
                read(fixture, with_body(fixture.request, broken))
            assert error.value.pointer.startswith(pointer)


@of_each_platform(WITH_TOPIC_HEADER)
def test_an_unknown_topic_is_no_event_and_a_missing_one_is_said(fixture: Fixture) -> None:
    header = fixture.platform.topic_header
    assert header
    for topic in ("products/update", "action.woocommerce_thing", "ORDER.CREATED.X", "orders/create/x"):
        reading = read(fixture, with_header(fixture.request, header, topic))
        assert (reading.events, reading.ignored) == ((), "unknown_topic")
        assert str(reading.platform_topic).lower() == topic.lower()
    for values in ((), ("",), ("orders/create", "orders/paid")):
        with pytest.raises(BadPayload, match="topic"):
            read(fixture, with_header(fixture.request, header, *values))


@of_each_platform(HANDSHAKES)
def test_a_handshake_is_answered_as_recorded(fixture: Fixture) -> None:
    reply = fixture.platform.handshake(fixture.request, fixture.source)
    assert reply is not None
    assert {"status": reply.status, "body": reply.body, "content_type": reply.content_type} == fixture.expected[
        "handshake"
    ]
    with pytest.raises(BadSignature):
        verify(fixture, fixture.request)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", " ", "0", "-1", "1.5", "1e9", "abc", "2026-13-45T99:99:99Z", "9999-12-31T23:59:59-23:59", "."]
    )
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(DELIVERIES), JSON_VALUES)
def test_any_json_at_all_raises_only_bad_payload(fixture: Fixture, document: Any) -> None:
    try:
        reading = read(fixture, with_body(fixture.request, json.dumps(document).encode()))
    except BadPayload:
        return
    for event in reading.events:
        assert problems(event_document(event, fixture.source), "event") == []


@given(st.sampled_from(ORDERS), st.data())
def test_any_value_anywhere_in_an_order_raises_only_bad_payload(fixture: Fixture, data: st.DataObject) -> None:
    if fixture.request.body[:1] != b"{":
        return
    document = json.loads(fixture.request.body)
    spoil(document, data)
    try:
        reading = read(fixture, with_body(fixture.request, document))
    except BadPayload as error:
        assert error.problem
        return
    for event in reading.events:
        assert problems(event_document(event, fixture.source), "event") == []


def _without_derived(document: dict[str, Any]) -> dict[str, Any]:
    """What the platform says, without what follows from it for all platforms alike (tests/rules/test_document.py)."""
    assert document.pop("buyer") == {"orders": 0, "declined": 0, "unreachable": 0}
    document["event"].pop("hour")
    if set(document["parcel"].values()) == {None}:
        del document["parcel"]
    for kind in ("shipping", "billing"):
        document[kind].pop("region")
    return document
