"""Saleor's own keys: what openssl signs is taken, and nothing that only looks like it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import BadSignature
from bridge.core.reasons import SENTENCES
from bridge.platforms.saleor.jws import is_detached, verify_detached
from tests.platforms.wire import find_fixture, with_body, with_header

BODY = '{"order": {"number": "21", "name": "Nguyễn"}}'.encode()
SIGNED_BY_SHOP = find_fixture("saleor/order_created__signed-with-the-shops-key")
HEADER = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": "1", "typ": "JWT"}


def openssl(*words: str, content: bytes = b"") -> bytes:
    path = shutil.which("openssl")
    assert path, "openssl is needed as the outside signer"
    return subprocess.run([path, *words], input=content, capture_output=True, check=True).stdout


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Key:
    """A private key that openssl made and signs with."""

    path: str
    kid: str = "1"

    @property
    def public(self) -> dict[str, Any]:
        printed = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip()
        modulus = bytes.fromhex(printed.partition("=")[2])
        return {"kty": "RSA", "use": "sig", "key_ops": ["verify"], "kid": self.kid, "n": b64(modulus), "e": "AQAB"}

    def jws(self, header: Any = None, body: bytes = BODY, digest: str = "-sha256", **changes: Any) -> str:
        """Detached, as RFC 7797 says: the payload as it is where b64 is false."""
        shown = {**HEADER, "kid": self.kid, **changes} if header is None else header
        text = b64(shown if isinstance(shown, bytes) else json.dumps(shown).encode())
        plain = isinstance(shown, dict) and shown.get("b64") is False
        content = text.encode() + b"." + (body if plain else b64(body).encode())
        return f"{text}..{b64(openssl('dgst', digest, '-sign', self.path, content=content))}"


def make_key(folder: Path, kid: str, bits: int = 2048) -> Key:
    path = folder / f"{kid}.pem"
    openssl("genrsa", "-out", str(path), str(bits))
    return Key(str(path), kid)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("key"), "1")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("other"), "2")


def refused(reason: str, signature: str, jwks: Any, body: bytes = BODY) -> None:
    with pytest.raises(BadSignature) as refusal:
        verify_detached(body, signature, jwks)
    assert refusal.value.reason == reason
    assert reason in SENTENCES


def test_what_openssl_signs_is_taken_under_its_key(key: Key, other: Key) -> None:
    keys = {"keys": [other.public, key.public]}
    for jwks in (keys, json.dumps(keys), json.dumps(keys, indent=2)):
        verify_detached(BODY, key.jws(), jwks)
        verify_detached(BODY, f" {other.jws()}\n", jwks)
    verify_detached(b"", key.jws(body=b""), keys)
    verify_detached(BODY, key.jws({"alg": "RS256"}), keys)
    verify_detached(BODY, key.jws({"alg": "RS256", "kid": "1"}), keys)
    verify_detached(BODY, key.jws({"alg": "RS256", "b64": True, "crit": ["b64"]}), keys)


def test_another_body_another_key_or_another_name_of_a_key_is_refused(key: Key, other: Key) -> None:
    keys = {"keys": [key.public]}
    for body in (BODY + b"\n", BODY[:-1], b"", b64(BODY).encode()):
        refused("bad_signature", key.jws(), keys, body)
    refused("unknown_key", other.jws(), keys)
    refused("bad_signature", other.jws(kid="1"), keys)
    refused("bad_signature", key.jws(kid="2"), {"keys": [key.public, other.public]})
    refused("bad_signature", other.jws({"alg": "RS256"}), keys)


def test_the_header_chooses_no_other_algorithm(key: Key) -> None:
    keys = {"keys": [key.public]}
    for algorithm in ("none", "None", "NONE", "rs256", "HS256", "RS384", "RS512", "PS256", "ES256", "", None, 1, []):
        refused("bad_signature", key.jws(alg=algorithm), keys)
    refused("bad_signature", key.jws(digest="-sha512"), keys)
    refused("bad_signature", key.jws(digest="-sha1"), keys)
    text = b64(json.dumps({**HEADER, "alg": "none"}).encode())
    for signature in (f"{text}..", f"{text}..AA", f"{text}.."):
        refused("bad_signature", signature, keys)


def test_a_public_key_is_never_a_shared_secret(key: Key) -> None:
    public = key.public
    modulus = base64.urlsafe_b64decode(public["n"] + "==")
    pem = openssl("rsa", "-in", key.path, "-pubout")
    for secret in (pem, pem.strip(), modulus, public["n"].encode(), json.dumps({"keys": [public]}).encode()):
        header = b64(json.dumps({**HEADER, "alg": "HS256"}).encode())
        words = ("dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.hex()}", "-binary")
        digest = openssl(*words, content=header.encode() + b"." + BODY)
        refused("bad_signature", f"{header}..{b64(digest)}", {"keys": [public]})
        source = replace(SIGNED_BY_SHOP.source, settings={"jwks": {"keys": [public]}})
        hexed = openssl(*words, content=SIGNED_BY_SHOP.request.body).hex()
        with pytest.raises(BadSignature, match="no_secret"):
            SIGNED_BY_SHOP.platform.verify(
                with_header(SIGNED_BY_SHOP.request, "Saleor-Signature", hexed), source, SIGNED_BY_SHOP.received_at
            )


@pytest.mark.parametrize(
    "changes",
    [
        {"crit": None, "b64": False},
        {"crit": [], "b64": False},
        {"crit": ["b64", "b64"]},
        {"crit": ["b64", "exp"], "exp": 1},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["alg"]},
        {"crit": "b64"},
        {"crit": ["b64"], "b64": "false"},
        {"crit": ["b64"], "b64": 0},
        {"crit": ["b64"], "b64": None},
        {"kid": 1},
        {"kid": ["1"]},
    ],
)
def test_what_is_critical_must_be_understood(key: Key, changes: dict[str, Any]) -> None:
    refused("bad_signature", key.jws(**changes), {"keys": [key.public]})


@pytest.mark.parametrize("header", [b"", b"{", b"[]", b'"RS256"', b"null", b'{"alg":"RS256","alg":"RS256"}', b"\xff"])
def test_a_header_that_is_none_is_refused(key: Key, header: bytes) -> None:
    refused("bad_signature", key.jws(header), {"keys": [key.public]})


def test_one_signature_has_one_spelling(key: Key) -> None:
    keys, good = {"keys": [key.public]}, key.jws()
    head, _, signature = good.partition("..")
    for other in (
        f"{good}=",
        f"{good}==",
        f"{head}=..{signature}",
        f"{head}.{b64(BODY)}.{signature}",
        f"{head}..{signature}.",
        f"{head}..{signature[:-1]}",
        f"{head}..{signature[:40]}\n{signature[40:]}",
        f"{head}..{signature}A",
        f"{head}..{signature[:-1]}" + chr(ord(signature[-1]) + 1),
        signature,
        head,
        "..",
        f"{head}..",
        f"..{signature}",
    ):
        refused("bad_signature", other, keys)


def test_keys_that_cannot_be_used_say_so(key: Key, tmp_path: Path) -> None:
    public, good = key.public, key.jws()
    small = make_key(tmp_path, "1", 1024)
    for nothing in (None, "", {}):
        refused("no_jwks", good, nothing)
    for wrong in (
        "{",
        "no json",
        "https://shop.example.test/.well-known/jwks.json",
        "\udcff",
        1,
        [],
        [public],
        public,
        {"keys": None},
        {"keys": []},
        {"keys": [public] * 51},
        {"keys": [1, None, "RSA"]},
        {"keys": [{**public, "kty": "EC"}]},
        {"keys": [{**public, "use": "enc"}]},
        {"keys": [{**public, "alg": "RS512"}]},
        {"keys": [{**public, "d": "AQAB"}]},
        {"keys": [{**public, "n": None}]},
        {"keys": [{**public, "n": ""}]},
        {"keys": [{**public, "n": "€"}]},
        {"keys": [{**public, "n": "A" * 100_000}]},
        {"keys": [{**public, "e": "AA"}]},
        {"keys": [{**public, "e": "AQ"}]},
        {"keys": [{**public, "e": "Ag"}]},
        {"keys": [{**public, "e": "AQABAQABAQAB"}]},
    ):
        refused("bad_jwks", good, wrong)
    refused("bad_jwks", small.jws(), {"keys": [small.public]})
    verify_detached(BODY, good, {"keys": [{"kty": "EC"}, {"kty": "oct", "k": "AA"}, public]})


@given(st.text() | st.from_regex(r"\A[A-Za-z0-9_-]{0,40}\.\.[A-Za-z0-9_-]{0,40}\Z"), st.text() | st.none())
def test_nothing_but_a_refusal_comes_of_any_text(signature: str, jwks: str | None) -> None:
    with pytest.raises(BadSignature):
        verify_detached(BODY, signature, jwks)


def test_a_hex_digest_is_no_detached_signature() -> None:
    assert not is_detached("a" * 64)
    assert is_detached(SIGNED_BY_SHOP.request.header("Saleor-Signature") or "")


def test_a_source_may_have_a_secret_key_and_the_shops_keys_at_once() -> None:
    by_secret = find_fixture("saleor/order_created__subscription")
    both = replace(SIGNED_BY_SHOP.source, secrets=by_secret.source.secrets)
    for fixture in (by_secret, SIGNED_BY_SHOP):
        fixture.platform.verify(fixture.request, both, fixture.received_at)
        with pytest.raises(BadSignature, match="bad_signature"):
            request = with_body(fixture.request, fixture.request.body + b" ")
            fixture.platform.verify(request, both, fixture.received_at)
