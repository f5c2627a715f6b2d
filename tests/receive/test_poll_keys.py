"""A shop's own keys are asked of it, kept, and changed when it changes them, on both databases, over HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.core.model import BadSignature, Json, Request
from bridge.fake_vbot import FakeVBot
from bridge.monitor.source_health import describe_sources
from bridge.platforms.saleor.sample import order_document
from bridge.receive.poll import poll_shops
from bridge.receive.webhook import Received, receive
from bridge.settings import read_config
from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.configuration.documents import read_documents
from bridge.web import create_app
from tests.fakeshop import FakeShop, ShopHandler, Spoilt
from tests.platforms.test_jws import HEADER, Key, make_key
from tests.receive.test_poll import asked, poll
from tests.stage import NOW, RULE, Stage, later

PATH = "/.well-known/jwks.json"
ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("old"), "1")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """Saleor gives each of its keys the same id."""
    return make_key(tmp_path_factory.mktemp("new"), "1")


class Saleor(FakeShop):
    """Shows its public keys to whoever asks."""

    def handler(self) -> type[ShopHandler]:
        return SaleorHandler

    def shows(self, *keys: Any) -> None:
        self.documents[PATH] = {"keys": [key.public if isinstance(key, Key) else key for key in keys]}

    def source(self, **settings: Any) -> dict[str, Any]:
        settings = {"api_url": self.url, "allow_private_addresses": True, **settings}
        return {"id": "shop", "platform": "saleor", "settings": settings}


class SaleorHandler(ShopHandler):
    shop: Saleor

    def answer(self, path: str, body: bytes) -> tuple[int, Json, str]:
        if (self.command, path) != ("GET", PATH):
            return 404, {}, "address"
        if "Authorization" in self.headers or body:
            return 400, {}, "credentials"
        return 200, self.shop.documents[PATH], ""


@pytest.fixture
def shop(old: Key) -> Iterator[Saleor]:
    with Saleor() as running:
        running.shows(old)
        yield running
        assert running.faults == []


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: Saleor) -> Stage:
    return Stage(store, vbot, RULE, sources=[shop.source()])


def look(stage: Stage, at: datetime = NOW) -> None:
    poll_shops(stage.store, stage.catalogs, at, time.monotonic)


def signed(key: Key, number: int = 0) -> Request:
    """An order as Saleor tells of it, under the shop's own key."""
    body = json.dumps(order_document(later(number))).encode()
    signature = key.jws(HEADER, body)
    headers = (("Saleor-Event", "order_created"), ("Saleor-Domain", "shop.example.test"))
    return Request("POST", "/hooks/shop", "", (*headers, ("Saleor-Signature", signature)), body)


def send(stage: Stage, request: Request, at: datetime = NOW) -> Received:
    return receive(stage.store, stage.catalogs, "shop", request, at)


def is_put_off(stage: Stage, request: Request, at: datetime = NOW) -> bool:
    """The shop is told to send again; it is not refused for good."""
    with pytest.raises(BadSignature) as refusal:
        send(stage, request, at)
    assert refusal.value.reason == "keys_awaited"
    return refusal.value.later


def next_look(stage: Stage) -> datetime:
    return datetime.fromisoformat(poll(stage)["next_at"])


def test_the_shops_own_key_verifies_once_the_shop_was_asked(stage: Stage, shop: Saleor, old: Key) -> None:
    request = signed(old)
    assert is_put_off(stage, request)
    look(stage)
    assert send(stage, request).is_new
    stage.run()
    assert len(stage.rung()) == 1
    assert [(one.method, one.path) for one in shop.asked] == [("GET", PATH)]
    assert next_look(stage) == later(hours=1)


def test_a_changed_key_of_the_same_name_is_found_without_anybody(
    stage: Stage, shop: Saleor, old: Key, new: Key
) -> None:
    look(stage)
    assert send(stage, signed(old)).is_new
    shop.shows(new)
    request = signed(new, 1)
    assert is_put_off(stage, request, later(minutes=10))
    assert next_look(stage) == later(minutes=10)
    look(stage, later(minutes=10, seconds=5))
    assert send(stage, request, later(minutes=10, seconds=10)).is_new
    assert is_put_off(stage, signed(old, 2), later(minutes=11))
    assert (len(stage.deliveries()), poll(stage)["failures"]) == (2, 0)


def test_while_a_shop_shows_two_keys_both_verify(stage: Stage, shop: Saleor, old: Key, tmp_path: Path) -> None:
    following = make_key(tmp_path, "2")
    shop.shows(old, following, {"kty": "EC", "kid": "3", "crv": "P-256", "x": "AA", "y": "AA"})
    look(stage)
    named = json.dumps(order_document(later(5))).encode()
    headers = (("Saleor-Event", "order_created"), ("Saleor-Signature", following.jws(body=named)))
    assert send(stage, signed(old)).is_new
    assert send(stage, Request("POST", "/hooks/shop", "", headers, named)).is_new


def test_another_process_takes_the_new_key_at_once(stage: Stage, shop: Saleor, old: Key, new: Key) -> None:
    web = Catalogs(stage.catalogs.seal, fresh_for=timedelta(seconds=2))
    look(stage)
    assert receive(stage.store, web, "shop", signed(old), NOW).is_new
    shop.shows(new)
    look(stage, later(hours=1))
    assert receive(stage.store, web, "shop", signed(new, 1), NOW).is_new


def test_the_web_answers_503_so_that_saleor_sends_again(stage: Stage, shop: Saleor, new: Key, old: Key) -> None:
    look(stage)
    request = signed(new)
    client = create_app(read_config({"BRIDGE_SECRET_KEY": "k" * 32}), stage.store).test_client()
    answer = client.post("/hooks/shop", data=request.body, headers=list(request.headers))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert (answer.json["reason"], answer.content_type) == ("keys_awaited", "application/problem+json")
    taken = client.post("/hooks/shop", data=signed(old).body, headers=list(signed(old).headers))
    assert taken.status_code == 200


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (Spoilt(200, body=b"<html>keys</html>"), "poll_bad_answer"),
        (Spoilt(200, body=b'{"keys": [' + b" " * 10_485_760 + b"]}"), "poll_bad_answer"),
        (Spoilt(200, body=b'{"keys": []}'), "poll_bad_answer"),
        (Spoilt(200, body=b"[]"), "poll_bad_answer"),
        (Spoilt(200, body=b"null"), "poll_bad_answer"),
        (Spoilt(200, body=b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}]}'), "poll_bad_answer"),
        (Spoilt(200, body=b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'), "poll_bad_answer"),
        (Spoilt(200, body=b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"}]}'), "poll_bad_answer"),
        (Spoilt(200, body=b"[" * 60_000), "poll_bad_answer"),
        (Spoilt(301, {"Location": "https://elsewhere.example.test/jwks.json"}), "poll_redirected"),
        (Spoilt(404), "poll_not_found"),
        (Spoilt(500), "poll_failed"),
        (Spoilt(429, {"Retry-After": "60"}), "poll_rate_limited"),
    ],
    ids=range(13),
)
def test_what_shows_no_key_is_a_reason_and_the_keys_before_it_hold(
    stage: Stage, shop: Saleor, old: Key, spoilt: Spoilt, reason: str
) -> None:
    look(stage)
    shop.spoil.append(spoilt)
    look(stage, later(hours=1))
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (1, reason)
    assert send(stage, signed(old), later(hours=1)).is_new
    look(stage, later(hours=3))
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (0, None)


@ON_SQLITE
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "169.254.169.254", "[::1]", "10.0.0.1", "0x7f.1"])
def test_no_local_address_is_asked_for_keys(store: Store, vbot: FakeVBot, shop: Saleor, host: str) -> None:
    stage = Stage(store, vbot, RULE, sources=[shop.source(api_url=f"https://{host}/", allow_private_addresses=False)])
    look(stage)
    assert (poll(stage)["reason"], shop.asked) == ("poll_address", [])


def test_strangers_signatures_make_the_shop_be_asked_twice_a_minute_at_most(
    stage: Stage, shop: Saleor, new: Key
) -> None:
    look(stage)
    for seconds in range(1, 61):
        assert is_put_off(stage, signed(new), later(minutes=5, seconds=seconds))
        look(stage, later(minutes=5, seconds=seconds))
    assert len(shop.asked) == 3


def test_while_the_shop_is_asked_no_signature_disturbs_it(stage: Stage, shop: Saleor, new: Key, old: Key) -> None:
    look(stage)
    shop.shows(new)
    shop.spoil.append(Spoilt(silent=True))
    at = later(minutes=10)
    assert is_put_off(stage, signed(new), at)
    asking = threading.Thread(target=look, args=(stage, at))
    asking.start()
    assert shop.held.wait(30)
    assert is_put_off(stage, signed(new), later(minutes=10, seconds=1))
    assert next_look(stage) == at + timedelta(minutes=2)
    shop.ended.set()
    asking.join()
    assert poll(stage)["reason"] == "poll_unreachable"
    assert send(stage, signed(old), later(minutes=11)).is_new


def test_a_shop_that_wants_to_be_left_alone_is(stage: Stage, shop: Saleor, new: Key) -> None:
    look(stage)
    shop.spoil.append(Spoilt(429, {"Retry-After": "7200"}))
    look(stage, later(hours=1))
    assert is_put_off(stage, signed(new), later(hours=1, minutes=5))
    assert next_look(stage) == later(hours=3)


def test_keys_that_were_copied_count_alone(store: Store, vbot: FakeVBot, shop: Saleor, old: Key, new: Key) -> None:
    stage = Stage(store, vbot, RULE, sources=[shop.source()])
    look(stage)
    stage.apply(RULE, sources=[shop.source(jwks={"keys": [new.public]})])
    look(stage, later(hours=2))
    assert (len(shop.asked), asked(stage)) == (1, [])
    assert send(stage, signed(new)).is_new
    with pytest.raises(BadSignature) as refusal:
        send(stage, signed(old, 1))
    assert (refusal.value.reason, refusal.value.later) == ("bad_signature", False)


def test_the_keys_of_another_shop_verify_nothing_once_the_address_is_changed(
    stage: Stage, shop: Saleor, old: Key, new: Key
) -> None:
    look(stage)
    assert send(stage, signed(old)).is_new
    with Saleor() as other:
        other.shows(new)
        stage.apply(RULE, sources=[other.source()])
        assert is_put_off(stage, signed(old, 1))
        look(stage, later(1))
        assert is_put_off(stage, signed(old, 1), later(2))
        assert send(stage, signed(new, 1), later(2)).is_new


def test_a_source_that_was_removed_and_is_back_asks_anew(stage: Stage, shop: Saleor, old: Key) -> None:
    look(stage)
    stage.apply(RULE, sources=[])
    stage.apply(RULE, sources=[shop.source()])
    assert is_put_off(stage, signed(old))
    look(stage, later(1))
    assert send(stage, signed(old), later(2)).is_new


def test_what_a_switched_off_shop_signs_is_verified_and_kept(stage: Stage, shop: Saleor, old: Key, new: Key) -> None:
    stage.apply(RULE, sources=[{**shop.source(), "enabled": False}])
    look(stage)
    shop.shows(new)
    look(stage, later(hours=1))
    assert is_put_off(stage, signed(old))
    assert send(stage, signed(new), later(hours=1)).is_new
    assert [one["reason"] for one in stage.deliveries()] == ["source_disabled"]


def test_the_address_of_the_shops_api_does_as_well(store: Store, vbot: FakeVBot, shop: Saleor, old: Key) -> None:
    stage = Stage(store, vbot, RULE, sources=[shop.source(api_url=f"{shop.url}/graphql/")])
    look(stage)
    assert send(stage, signed(old)).is_new
    assert shop.paths == [PATH]


def test_no_key_is_shown_where_the_configuration_is(stage: Stage, shop: Saleor) -> None:
    look(stage)
    with stage.store.read() as conn:
        shown = json.dumps(read_documents(conn)) + json.dumps(describe_sources(conn, stage.catalogs.read(conn), NOW))
    assert shop.documents[PATH]["keys"][0]["n"] not in shown
