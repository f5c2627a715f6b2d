"""Marketplaces tell no number: what they sign, what they want answered, and what a shop reads instead of a call."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.marketplace import find_marketplace
from bridge.core.model import BadPayload, BadSignature, Reading, Request
from bridge.core.platform import Reply
from bridge.core.reasons import sentence
from bridge.fake_vbot import FakeVBot
from bridge.platforms import list_platforms
from bridge.receive.webhook import receive
from bridge.rules.document import event_document
from bridge.rules.evaluate import Question, Verdict, consider, holds
from bridge.rules.rule import parse_rule
from bridge.store import Store
from tests.platforms.wire import Fixture, find_fixture, with_body, with_header
from tests.stage import NOW, RULE, Stage, later

TIKTOK = find_fixture("tiktok_shop/AWAITING_SHIPMENT__to-be-shipped")
LAZADA = find_fixture("lazada/pending__to-be-packed")
SHOPEE = find_fixture("shopee/READY_TO_SHIP__address-as-asked")
EACH = [TIKTOK, LAZADA, SHOPEE]
COD_ONLY = {"when": "order.payment.cod and order.total >= 100000"}

each_marketplace = pytest.mark.parametrize("fixture", EACH, ids=lambda fixture: fixture.platform.name)


def openssl(content: bytes, key: str) -> str:
    path = shutil.which("openssl")
    assert path
    command = [path, "dgst", "-sha256", "-hmac", key, "-binary"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.hex()


def verify(fixture: Fixture, request: Request, **settings: Any) -> None:
    fixture.platform.verify(request, replace(fixture.source, settings=settings), NOW)


@each_marketplace
def test_it_wants_an_empty_answer(fixture: Fixture) -> None:
    assert fixture.platform.reply == Reply(status=200, body="")


@pytest.mark.parametrize("fixture", [TIKTOK, LAZADA], ids=lambda fixture: fixture.platform.name)
def test_the_apps_key_is_signed_before_the_body(fixture: Fixture) -> None:
    (secret,), body = fixture.source.secrets, fixture.request.body
    key = fixture.source.settings["app_key"]
    for text, content in (("other", b"other" + body), (key, key.encode() + body), (f" {key}\n", key.encode() + body)):
        signed = with_header(fixture.request, "Authorization", openssl(content, secret))
        verify(fixture, signed, app_key=text)
    for content in (body, body + key.encode(), f"{key}|".encode() + body):
        with pytest.raises(BadSignature, match="bad_signature"):
            verify(fixture, with_header(fixture.request, "Authorization", openssl(content, secret)), app_key=key)
    for nothing in ({}, {"app_key": " "}, {"app_key": None}):
        with pytest.raises(BadSignature, match="no_app_key"):
            verify(fixture, fixture.request, **nothing)


def test_shopee_signs_the_address_that_was_registered() -> None:
    elsewhere = replace(SHOPEE.request, path="/hooks/other")
    with pytest.raises(BadSignature, match="bad_signature"):
        verify(SHOPEE, elsewhere)
    verify(SHOPEE, elsewhere, callback_url="https://bridge.example.test/hooks/shop")
    with pytest.raises(BadSignature, match="bad_signature"):
        verify(SHOPEE, SHOPEE.request, callback_url="https://bridge.example.test/hooks/shop/")
    for values in ((), ("a.example.test", "b.example.test"), ("\udcff",)):
        with pytest.raises(BadSignature, match="bad_signature"):
            verify(SHOPEE, with_header(SHOPEE.request, "Host", *values))


def test_an_address_before_shopees_body_is_never_taken_for_a_body() -> None:
    signed = b"https://bridge.example.test/hooks/shop|" + SHOPEE.request.body
    with pytest.raises(BadSignature, match="bad_signature"):
        verify(SHOPEE, replace(with_body(SHOPEE.request, signed), path="/hooks/elsewhere"))


def test_shopees_button_verify_sends_nothing_and_that_is_well() -> None:
    address = b"https://bridge.example.test/hooks/shop|"
    request = with_header(with_body(SHOPEE.request, b""), "Authorization", openssl(address, SHOPEE.source.secrets[0]))
    verify(SHOPEE, request)
    assert SHOPEE.platform.read(request, SHOPEE.source, NOW) == Reading(ignored="no_order")


@each_marketplace
@pytest.mark.parametrize("status", ["", None, [], {}])
def test_an_order_without_a_status_is_said_where_it_is_missing(fixture: Fixture, status: Any) -> None:
    document = json.loads(fixture.request.body)
    name = "status" if fixture is SHOPEE else "order_status"
    document["data"][name] = status
    with pytest.raises(BadPayload) as error:
        fixture.platform.read(with_body(fixture.request, document), fixture.source, NOW)
    assert error.value.pointer == f"/data/{name}"


@each_marketplace
def test_a_status_that_is_not_known_is_a_change_and_case_does_not_matter(fixture: Fixture) -> None:
    own = "status" if fixture is SHOPEE else "order_status"
    known = next(word for word, topic in fixture.platform.topics.items() if topic == "order.created")
    for word, topic in (("SOMETHING_NEW", "order.updated"), (known.swapcase(), "order.created")):
        document = json.loads(fixture.request.body)
        document["data"][own] = word
        (event,) = fixture.platform.read(with_body(fixture.request, document), fixture.source, NOW).events
        assert (event.topic, event.platform_topic) == (topic, word)


@pytest.mark.parametrize("fixture", EACH, ids=lambda fixture: fixture.platform.name)
@pytest.mark.parametrize("rule", [{}, COD_ONLY], ids=["any", "cod"])
def test_a_shop_reads_why_nobody_is_called(
    store: Store, vbot: FakeVBot, fixture: Fixture, rule: dict[str, Any]
) -> None:
    source = {"id": "market", "platform": fixture.platform.name, "secrets": list(fixture.source.secrets)}
    source["settings"] = {**fixture.source.settings}
    if fixture is SHOPEE:
        source["settings"] = {"callback_url": "https://bridge.example.test/hooks/shop"}
    stage = Stage(store, vbot, {**RULE, **rule}, sources=[source])
    assert receive(stage.store, stage.catalogs, "market", fixture.request, NOW).is_new
    assert not receive(stage.store, stage.catalogs, "market", fixture.request, later(60)).is_new
    stage.run(later(61))
    assert stage.decisions() == [("confirm", "skip", "marketplace_hides_phone")]
    (delivery,) = stage.deliveries()
    title = find_marketplace(fixture.platform.name)
    assert title and title in delivery["decisions"][0]["sentence"]
    assert (stage.calls(), stage.rung()) == ([], [])


RELAYED = {
    "haravan/orders_create__from-a-marketplace": "Shopee",
    "nhanh/orderAdd__relayed-shopee-masked": "Shopee",
    "pancake/0__relayed-marketplace-masked": "Shopee",
    "sapo/orders_update__go-relayed-marketplace": "TikTok Shop",
}


def question(fixture: Fixture, **changes: Any) -> Question:
    (event,) = fixture.platform.read(fixture.request, fixture.source, fixture.received_at).events
    document = event_document(event, fixture.source)
    assert event.order
    for name in ("order", "customer", "shipping", "billing"):
        document[name] |= {"phone": changes.get("phone")} if name == "order" else {"phone": None}
    document["order"] |= changes
    return Question(
        source=fixture.source,
        topic="order.created",
        order_id=event.order_id,
        occurred_at=event.occurred_at,
        document=document,
        state="open",
        deleted=False,
        created_at=event.order.created_at,
        fields=[{"cfkey": "total", "cftype": "text"}],
        holidays=(),
    )


def requested(fixture: Fixture, **changes: Any) -> list[Verdict]:
    """When deciding, and again when dialling."""
    rule = parse_rule(RULE)
    return [consider(rule, question(fixture, **changes), NOW), holds(rule, question(fixture, **changes))]


@pytest.mark.parametrize("name", RELAYED)
@pytest.mark.parametrize("phone", [None, "", "******12", "(+84)91*****78", "N/A"])
def test_a_relayed_order_without_a_number_says_whose_it_is(name: str, phone: str | None) -> None:
    for verdict in requested(find_fixture(name), phone=phone):
        assert (verdict.decision, verdict.reason) == ("skip", "marketplace_hides_phone")
        assert verdict.facts == {"marketplace": RELAYED[name]}


@pytest.mark.parametrize("name", RELAYED)
def test_a_relayed_order_with_a_whole_number_is_called(name: str) -> None:
    for verdict in requested(find_fixture(name), phone="0900 000 012"):
        assert (verdict.decision, verdict.phone) == ("call", "0900000012")


@pytest.mark.parametrize("name", RELAYED)
def test_a_number_that_the_buyer_wrote_wrong_is_no_fault_of_the_marketplace(name: str) -> None:
    for verdict in requested(find_fixture(name), phone="0900"):
        assert verdict.reason == "phone_impossible"


@pytest.mark.parametrize(
    ("name", "changes", "channel"),
    [
        ("haravan/orders_create__from-a-marketplace", {"source_name": "harasocial", "source": "lazada"}, "lazada"),
        ("haravan/orders_create__from-a-marketplace", {"source_name": "web", "source": "web"}, "web"),
        ("pancake/0__relayed-marketplace-masked", {"order_sources_name": "Khác"}, "marketplace"),
        ("pancake/0__relayed-marketplace-masked", {"order_sources_name": None, "marketplace_id": 7}, "marketplace"),
        ("pancake/0__relayed-marketplace-masked", {"order_sources_name": "Facebook", "marketplace_id": 0}, "Facebook"),
        ("pancake/0__relayed-marketplace-masked", {"order_sources_name": "TikTok", "marketplace_id": None}, "TikTok"),
        ("sapo/orders_update__go-relayed-marketplace", {"source_name": "Khác", "channel": "Tiki"}, "Tiki"),
        ("sapo/orders_update__go-relayed-marketplace", {"source_name": "Facebook", "channel": "pos"}, "Facebook"),
    ],
)
def test_of_several_names_of_a_channel_the_one_of_a_marketplace_tells_most(
    name: str, changes: dict[str, Any], channel: str
) -> None:
    fixture = find_fixture(name)
    document = json.loads(fixture.request.body) | changes
    (event,) = fixture.platform.read(with_body(fixture.request, document), fixture.source, fixture.received_at).events
    assert event.order and event.order.channel == channel


@pytest.mark.parametrize(
    ("channel", "title"), [("41", "Lazada"), ("42", "Shopee"), ("43", "Sendo"), ("45", "Tiki"), ("48", "TikTok Shop")]
)
def test_nhanhs_numbers_of_marketplaces_are_known(channel: str, title: str) -> None:
    fixture = find_fixture("nhanh/orderAdd__relayed-shopee-masked")
    document = json.loads(fixture.request.body)
    document["data"]["channel"]["saleChannel"] = int(channel)
    (event,) = fixture.platform.read(with_body(fixture.request, document), fixture.source, fixture.received_at).events
    assert event.order and find_marketplace(event.order.channel) == title


@pytest.mark.parametrize("channel", [None, "website", "facebook", "zalo"])
def test_an_order_of_the_shops_own_without_a_number_says_so(channel: str | None) -> None:
    for phone, reason in ((None, "phone_missing"), ("09****12", "phone_masked")):
        for verdict in requested(find_fixture("nhanh/orderAdd__token-in-body"), phone=phone, channel=channel):
            assert verdict.reason == reason


@pytest.mark.parametrize(
    ("channel", "title"),
    [
        ("shopee", "Shopee"),
        ("Shopee Mall", "Shopee"),
        ("shopee_chat", "Shopee"),
        ("LAZADA", "Lazada"),
        ("TikTok Shop", "TikTok Shop"),
        ("tiktok_shop", "TikTok Shop"),
        ("TiktokShop", "TikTok Shop"),
        ("Tiki", "Tiki"),
        ("sendo", "Sendo"),
        ("Sàn TMĐT", ""),
        ("marketplace", ""),
        ("Sàn thương mại điện tử", ""),
        ("Sàn TMĐT Shopee", "Shopee"),
        ("web", None),
        ("shopify", None),
        ("Shopeefood", None),
        ("Tikival", None),
        ("", None),
        (None, None),
    ],
)
def test_a_marketplace_is_known_by_its_name_in_any_spelling(channel: str | None, title: str | None) -> None:
    assert find_marketplace(channel) == title
    assert find_marketplace(None, "web", channel) == title


def test_the_reason_is_told_with_and_without_the_marketplaces_name() -> None:
    named = sentence("marketplace_hides_phone", "en", marketplace="Lazada")
    assert "the marketplace Lazada hides" in named
    assert sentence("marketplace_hides_phone", "en", marketplace="") == named.replace(" Lazada", "")


def test_these_marketplaces_are_all_that_tell_nothing_of_the_buyer() -> None:
    hiding = [platform for platform in list_platforms() if platform.hides_buyer]
    assert [fixture.platform for fixture in (LAZADA, SHOPEE, TIKTOK)] == hiding
    assert [bool(platform.sample.settings) for platform in hiding] == [True, False, True]
