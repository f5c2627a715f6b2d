"""KiotViet: every form of its disputed signature, made by openssl; batches; what it is asked for."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import replace

import pytest

from bridge.core.model import BadSignature, CannotFetch
from bridge.platforms.kiotviet import PLATFORM
from tests.platforms.wire import find_fixture, with_body, with_header

PLAIN = find_fixture("kiotviet/order_update__cash-on-delivery")
ASKED = find_fixture("kiotviet/order_update__not-asked-yet")
TOKEN = find_fixture("kiotviet/order_update__token-in-address")
CHOSEN = b"a-secret-of-eight-or-more"
REGISTERED = base64.b64encode(CHOSEN).decode()


def openssl(body: bytes, key: bytes, algorithm: str = "sha256") -> bytes:
    path = shutil.which("openssl")
    assert path
    command = [path, "dgst", f"-{algorithm}", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"]
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout


@pytest.mark.parametrize("written", [CHOSEN.decode(), REGISTERED], ids=["chosen", "registered"])
@pytest.mark.parametrize("key", [CHOSEN, REGISTERED.encode()], ids=["key-decoded", "key-as-registered"])
@pytest.mark.parametrize("prefix", ["", "sha256=", "sha1=", "SHA256="])
@pytest.mark.parametrize("form", ["hex", "capitals", "base64"])
def test_every_form_that_was_seen_verifies(written: str, key: bytes, prefix: str, form: str) -> None:
    digest = openssl(PLAIN.request.body, key)
    text = {"hex": digest.hex(), "capitals": digest.hex().upper(), "base64": base64.b64encode(digest).decode()}[form]
    source = replace(PLAIN.source, secrets=("older-secret", written))
    PLATFORM.verify(with_header(PLAIN.request, "x-hub-signature", f" {prefix}{text} "), source, PLAIN.received_at)


def test_another_hash_another_key_and_another_body_do_not() -> None:
    source = replace(PLAIN.source, secrets=(REGISTERED,))
    forged = [
        openssl(PLAIN.request.body, CHOSEN, "sha1").hex(),
        "sha1=" + openssl(PLAIN.request.body, CHOSEN, "sha1").hex(),
        openssl(PLAIN.request.body, b"another").hex(),
        openssl(PLAIN.request.body + b" ", CHOSEN).hex(),
        "sha256=sha256=" + openssl(PLAIN.request.body, CHOSEN).hex(),
        "sha256=",
    ]
    for text in forged:
        with pytest.raises(BadSignature, match="bad_signature"):
            PLATFORM.verify(with_header(PLAIN.request, "X-Hub-Signature", text), source, PLAIN.received_at)


def test_a_token_in_the_address_opens_whatever_the_signature_says() -> None:
    PLATFORM.verify(
        with_header(TOKEN.request, "X-Hub-Signature", "of a form of its own"), TOKEN.source, TOKEN.received_at
    )
    wrong = replace(TOKEN.request, query="token=another")
    with pytest.raises(BadSignature, match="bad_token"):
        PLATFORM.verify(wrong, TOKEN.source, TOKEN.received_at)


def test_a_refusal_is_answered_as_any_delivery() -> None:
    assert PLATFORM.refusal == PLATFORM.reply
    assert PLATFORM.refusal and PLATFORM.refusal.status == 200


def test_a_resend_is_known_by_its_id_and_its_words_whatever_the_attempt() -> None:
    document = json.loads(PLAIN.request.body)
    key = PLATFORM.dedup_key(PLAIN.request, PLAIN.source)
    assert PLATFORM.dedup_key(with_body(PLAIN.request, document | {"Attempt": 3}), PLAIN.source) == key
    assert PLATFORM.dedup_key(with_body(PLAIN.request, document | {"Id": "other"}), PLAIN.source) != key
    assert PLATFORM.dedup_key(with_body(PLAIN.request, document | {"Notifications": []}), PLAIN.source) != key


def test_the_order_is_asked_in_the_shops_name_and_the_token_of_the_configured_client() -> None:
    assert PLATFORM.api
    (first,) = PLATFORM.api.wanted(ASKED.request, ASKED.source)
    assert first.url == "https://public.kiotapi.com/orders/90000001"
    assert first.headers == (("Retailer", "cuahangmau"),)
    login = PLATFORM.api.login(ASKED.source)
    assert login and login.url == "https://id.kiotviet.vn/connect/token"
    assert dict(login.form) == {
        "scopes": "PublicApi.Access",
        "grant_type": "client_credentials",
        "client_id": "client-for-tests",
        "client_secret": "client-secret-for-tests",
    }
    moved = replace(ASKED.source, settings={**ASKED.source.settings, "api_url": "https://kiot.example.test"})
    shown = PLATFORM.api.login(moved)
    assert shown and shown.url == "https://kiot.example.test/connect/token"
    assert PLATFORM.api.wanted(ASKED.request, moved)[0].url == "https://kiot.example.test/orders/90000001"


@pytest.mark.parametrize("name", ["retailer", "client_id", "client_secret"])
def test_without_credentials_nothing_is_asked(name: str) -> None:
    assert PLATFORM.api
    source = replace(ASKED.source, settings={**ASKED.source.settings, name: ""})
    with pytest.raises(CannotFetch, match="fetch_no_credentials"):
        PLATFORM.api.wanted(ASKED.request, source)
    with pytest.raises(CannotFetch, match="fetch_no_credentials"):
        PLATFORM.api.login(source)


@pytest.mark.parametrize(
    "changes, flaw",
    [
        ({}, None),
        ({"id": 90000002}, "fetch_bad_answer"),
        ({"modifiedDate": "2026-11-23T12:58:59.9990000"}, "fetch_stale"),
        ({"modifiedDate": "2026-11-23T12:59:00"}, None),
        ({"modifiedDate": "2026-11-23T13:00:00"}, None),
        ({"modifiedDate": None}, None),
    ],
)
def test_only_this_order_as_new_as_its_delivery_is_believed(changes: dict[str, object], flaw: str | None) -> None:
    assert PLATFORM.api
    (first,) = PLATFORM.api.wanted(ASKED.request, ASKED.source)
    order = json.loads(PLAIN.request.fetched["order:90000001"]) | changes
    assert first.check(json.dumps(order).encode()) == flaw
