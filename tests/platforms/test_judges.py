"""Other people's code judges ours: openssl for every signed fixture, Shopify's own validator for our Shopify."""

from __future__ import annotations

import base64
import contextlib
import functools
import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.core.model import BadSignature, Request, Source
from bridge.platforms import find_platform, list_platforms
from tests.platforms.wire import Fixture, list_fixtures, of_each_platform, with_body, with_header

NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)
JUDGES = Path(__file__).parents[1] / "judges"
SECRET = "shpss_0123456789abcdef"

# What a fixture's platform signs beside the body; the others sign the body alone.
KEYED = {
    "tiktok_shop": lambda one: one.source.settings["app_key"].encode() + one.request.body,
    "lazada": lambda one: one.source.settings["app_key"].encode() + one.request.body,
}
UNSIGNED = ("nhanh", "pancake", "tiki", *(one.name for one in list_platforms() if one.is_carrier), "ladipage")
# Their documentation and their shops do not agree, so hex and base64 are both taken.
BOTH_ENCODINGS = ("shopline", "kiotviet", "easystore")
_PREFIX = re.compile(r"^(v1,|sha1=|sha256=)")


@functools.cache
def openssl(content: bytes, key: bytes, algorithm: str = "sha256") -> bytes:
    path = shutil.which("openssl")
    assert path, "openssl is needed as the outside signer"
    command = [path, "dgst", f"-{algorithm}", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def written(digest: bytes) -> set[str]:
    return {digest.hex(), base64.b64encode(digest).decode()}


def contents(fixture: Fixture) -> list[bytes]:
    request, body = fixture.request, fixture.request.body
    name = fixture.platform.name
    if name in KEYED:
        return [KEYED[name](fixture)]
    if name == "shopee":
        address = f"{request.header('Host')}{request.path}" + (f"?{request.query}" if request.query else "")
        texts = [fixture.source.settings.get("callback_url", f"https://{address}"), address]
        return [*(f"{text}|".encode() + body for text in texts), body]
    if fixture.proof == "webhook-signature":
        return [f"{request.header('webhook-id')}.{request.header('webhook-timestamp')}.".encode() + body]
    return [body]


def keys(secret: str) -> list[bytes]:
    """The secret as it is, as WordPress reads it, its base64, and what it stands for where it is base64."""
    found = [secret.encode(), html.unescape(secret).encode(), base64.b64encode(secret.encode())]
    with contextlib.suppress(ValueError):
        found.append(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    return found


def is_hmac(fixture: Fixture) -> bool:
    signs = "handshake" not in fixture.expected and fixture.expected["body_is_signed"]
    return bool(signs) and fixture.has_shared_secret


def scheme(fixture: Fixture) -> tuple[object, ...]:
    """Two fixtures that agree in this differ, for a signature, in their bytes alone."""
    one = fixture
    return (
        one.platform.name,
        one.proof,
        repr(one.source.settings),
        one.source.secrets,
        is_hex(one),
        len(contents(one)),
    )


def is_hex(fixture: Fixture) -> bool:
    own = _PREFIX.sub("", (fixture.request.header(fixture.proof) or "").split()[-1])
    return set(own.removeprefix(fixture.source.settings.get("prefix", "")).lower()) <= set("0123456789abcdef")


SIGNED = [fixture for fixture in list_fixtures() if is_hmac(fixture)]
# That other bytes are refused is asked of every fixture, in test_fixtures.py.
ONE_OF_EACH_SCHEME = list({scheme(fixture): fixture for fixture in SIGNED}.values())


def test_every_platform_that_signs_has_a_fixture_that_openssl_judges() -> None:
    assert {one.platform.name for one in SIGNED} == {one.name for one in list_platforms()} - set(UNSIGNED)


@of_each_platform(SIGNED)
def test_openssl_signs_the_fixture_as_it_stands(fixture: Fixture) -> None:
    given = (fixture.request.header(fixture.proof) or "").removeprefix(fixture.source.settings.get("prefix", ""))
    algorithm = fixture.source.settings.get("hash", "sha256")
    signed = {
        text
        for secret in fixture.source.secrets
        for key in keys(secret)
        for content in contents(fixture)
        for text in written(openssl(content, key, algorithm))
    }
    said = {_PREFIX.sub("", part) for part in given.split()}
    assert signed & (said | {part.lower() for part in said if part == part.upper()})


@of_each_platform(ONE_OF_EACH_SCHEME)
def test_another_hash_or_another_encoding_of_the_right_one_is_refused(fixture: Fixture) -> None:
    own = fixture.source.settings.get("hash", "sha256")
    prefix = fixture.source.settings.get("prefix", "v1," if fixture.proof == "webhook-signature" else "")
    given = (fixture.request.header(fixture.proof) or "").split()
    wrong = {
        prefix + text
        for algorithm in ("sha1", "sha256", "sha512")
        for key in keys(fixture.source.secrets[-1])
        for text in written(openssl(contents(fixture)[0], key, algorithm))
        if algorithm != own or fixture.platform.name not in BOTH_ENCODINGS
    }
    wrong -= {*given, *(f"{prefix}{text}" for text in _right(fixture))}
    assert len(wrong) > 3
    for signature in wrong:
        with pytest.raises(BadSignature, match="bad_signature"):
            request = with_header(fixture.request, fixture.proof, signature)
            fixture.platform.verify(request, fixture.source, fixture.received_at)


def _right(fixture: Fixture) -> set[str]:
    """What the fixture's platform would sign with any of the fixture's secrets, in its own encoding."""
    algorithm = fixture.source.settings.get("hash", "sha256")
    digests = (
        openssl(content, key, algorithm)
        for secret in fixture.source.secrets
        for key in keys(secret)
        for content in contents(fixture)
    )
    return {digest.hex() if is_hex(fixture) else base64.b64encode(digest).decode() for digest in digests}


@pytest.mark.parametrize("name", [one.name for one in list_platforms() if one.name not in UNSIGNED])
def test_openssl_signs_our_sample_the_same(name: str) -> None:
    platform = find_platform(name)
    assert platform
    scheme = {"scheme": "hmac", "header": "X-Sign"} if name == "generic" else {}
    source = Source("shop", name, ("sample-secret",), {**platform.sample.settings, **scheme})
    body = json.dumps(platform.sample.document(NOW)).encode()
    topic = next(theirs for theirs, ours in platform.topics.items() if ours == "order.created")
    content = source.settings.get("app_key", "").encode() + body
    headers = dict(platform.sign(body, topic, source, NOW))
    if "webhook-id" in headers:
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    given = {_PREFIX.sub("", value) for value in headers.values()}
    assert given & written(openssl(content, b"sample-secret"))


@pytest.fixture(scope="module")
def judge() -> Callable[[list[tuple[Request, str]]], list[dict[str, Any]]]:
    """Shopify's verdict on each request under a secret."""
    node = shutil.which("node")
    if node is None or not (JUDGES / "node_modules").exists():
        shown = "needs Node.js 20 or newer, then: make judges"
        if os.environ.get("CI") == "true":
            pytest.fail(shown)
        pytest.skip(shown)

    def ask(cases: list[tuple[Request, str]]) -> list[dict[str, Any]]:
        requested = [
            {"secret": secret, "headers": dict(request.headers), "body": base64.b64encode(request.body).decode()}
            for request, secret in cases
        ]
        command = [node, str(JUDGES / "shopify.mjs")]
        done = subprocess.run(command, input=json.dumps(requested).encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        verdicts: list[dict[str, Any]] = json.loads(done.stdout)
        return verdicts

    return ask


def sample(topic: str = "orders/create") -> Request:
    shopify = find_platform("shopify")
    assert shopify
    body = json.dumps(shopify.sample.document(NOW), ensure_ascii=False).encode()
    headers = shopify.sign(body, topic, Source("shop", "shopify", (SECRET,)), NOW)
    return Request("POST", "/hooks/shop", "", headers, body)


def ours(request: Request, secret: str) -> bool:
    shopify = find_platform("shopify")
    assert shopify
    try:
        shopify.verify(request, Source("shop", "shopify", (secret,)), NOW)
    except BadSignature:
        return False
    return True


def test_shopifys_own_validator_takes_our_samples(
    judge: Callable[[list[tuple[Request, str]]], list[dict[str, Any]]],
) -> None:
    shopify = find_platform("shopify")
    assert shopify
    topics = list(shopify.topics)
    verdicts = judge([(sample(topic), SECRET) for topic in topics])
    assert [verdict["valid"] for verdict in verdicts] == [True] * len(topics)
    assert [verdict["topic"] for verdict in verdicts] == [topic.upper().replace("/", "_") for topic in topics]
    assert {(verdict["domain"], verdict["webhookType"]) for verdict in verdicts} == {
        (sample().header("X-Shopify-Shop-Domain"), "webhooks")
    }


def variations() -> dict[str, tuple[Request, str, bool]]:
    good, header = sample(), "X-Shopify-Hmac-Sha256"
    digest = base64.b64decode(good.header(header) or "")
    own = base64.b64encode(digest).decode()
    empty = base64.b64encode(openssl(b"", SECRET.encode())).decode()
    return {
        "as signed": (good, SECRET, True),
        "a blank behind": (with_header(good, header, own + " "), SECRET, True),
        "another secret": (good, "shpss_another", False),
        "one byte more": (with_body(good, good.body + b"\n"), SECRET, False),
        "hex": (with_header(good, header, digest.hex()), SECRET, False),
        "without padding": (with_header(good, header, own.rstrip("=")), SECRET, False),
        "no signature": (with_header(good, header), SECRET, False),
        "no body": (replace(with_header(good, header, empty), body=b""), SECRET, False),
    }


def test_shopifys_own_validator_and_ours_agree(
    judge: Callable[[list[tuple[Request, str]]], list[dict[str, Any]]],
) -> None:
    cases = variations()
    verdicts = judge([(request, secret) for request, secret, _ in cases.values()])
    found = {
        name: (ours(request, secret), verdict["valid"])
        for (name, (request, secret, _)), verdict in zip(cases.items(), verdicts, strict=True)
    }
    assert found == {name: (valid, valid) for name, (_, _, valid) in cases.items()}
