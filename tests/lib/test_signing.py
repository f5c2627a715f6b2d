"""Signatures agree with outside signers, and nothing hostile gets past or breaks them."""

from __future__ import annotations

import base64
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
import svix
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import BadSignature, Request
from bridge.lib import signing

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
BODY = '{"id":1,"name":"Nguyễn"}'.encode()
KEY = "whsec_" + base64.b64encode(b"a key of tests only, 32 bytes ok").decode()


def openssl(content: bytes, key: bytes, algorithm: str) -> bytes:
    found = shutil.which("openssl")
    assert found, "openssl is needed as the outside signer"
    arguments = [found, "dgst", f"-{algorithm}", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"]
    return subprocess.run(arguments, input=content, capture_output=True, check=True).stdout


def request(headers: dict[str, str], body: bytes = BODY) -> Request:
    return Request("POST", "/hooks/shop", "", tuple(headers.items()), body)


def standard(webhook_id: str = "msg_1", at: datetime = NOW, body: bytes = BODY, secret: str = KEY) -> dict[str, str]:
    return dict(signing.sign_standard(body, webhook_id, secret, at))


def refused(reason: str, headers: dict[str, str], body: bytes = BODY, now: datetime = NOW, secret: str = KEY) -> None:
    with pytest.raises(BadSignature) as refusal:
        signing.verify_standard(request(headers, body), [secret], now)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha1", "md5"])
def test_openssl_signs_the_same(algorithm: str) -> None:
    digest = openssl(BODY, b"secret", algorithm)
    assert signing.sign(BODY, b"secret", algorithm=algorithm, encoding="hex") == digest.hex()
    assert signing.sign(BODY, b"secret", algorithm=algorithm) == base64.b64encode(digest).decode()
    signing.verify(BODY, digest.hex().upper(), ["secret"], algorithm=algorithm, encoding="hex")
    signing.verify(BODY, base64.b64encode(digest).decode(), ["secret"], algorithm=algorithm)


def test_any_of_several_secrets_verifies_and_blank_ones_never_do() -> None:
    signature = signing.sign(BODY, b"second")
    signing.verify(BODY, f" {signature}\t", ["first", "second", "third"])
    with pytest.raises(BadSignature, match="bad_signature"):
        signing.verify(BODY, signature, ["first", "third"])
    for blank in ("", " "):
        with pytest.raises(BadSignature, match="bad_signature"):
            signing.verify(BODY, signing.sign(BODY, blank.encode()), [blank, "first"])
        with pytest.raises(BadSignature, match="no_secret"):
            signing.verify(BODY, signing.sign(BODY, blank.encode()), [blank])


def test_hex_is_not_base64_and_padding_belongs_to_it() -> None:
    digest = openssl(BODY, b"secret", "sha256")
    for other in (
        digest.hex(),
        base64.b64encode(digest).decode().rstrip("="),
    ):
        with pytest.raises(BadSignature, match="bad_signature"):
            signing.verify(BODY, other, ["secret"])


def test_an_unknown_hash_is_a_refusal() -> None:
    with pytest.raises(BadSignature, match="unknown_hash"):
        signing.verify(BODY, "00", ["secret"], algorithm="crc32")


@given(st.text(), st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=3))
def test_no_text_breaks_the_comparison(given_text: str, secrets: list[str]) -> None:
    with pytest.raises(BadSignature) as refusal:
        signing.verify(BODY, given_text, secrets)
    assert refusal.value.reason in ("no_secret", "missing_signature", "bad_signature")


def test_half_a_surrogate_in_a_header_is_only_a_bad_signature() -> None:
    with pytest.raises(BadSignature, match="bad_signature"):
        signing.verify(BODY, "\udcff", ["secret"])
    refused("bad_signature", {**standard(), "webhook-id": "\udcff"})


def test_the_reference_library_of_standard_webhooks_agrees_both_ways() -> None:
    theirs = standardwebhooks.Webhook(KEY)
    headers = standard()
    assert headers["webhook-signature"] == theirs.sign("msg_1", NOW, BODY.decode())
    signing.verify_standard(request(headers), [KEY], NOW)
    signing.verify_standard(request(headers), ["whsec_AAAA", KEY.removeprefix("whsec_")], NOW)


def test_the_library_of_svix_agrees() -> None:
    signature = svix.Webhook(KEY).sign("msg_2", NOW, BODY.decode())
    assert standard("msg_2")["webhook-signature"] == signature


def test_raw_text_is_a_key_too() -> None:
    raw = "not base64!"
    signature = signing.sign(b"m.%d." % NOW.timestamp() + BODY, raw.encode())
    headers = {**standard("m"), "webhook-signature": f"v1,{signature}"}
    signing.verify_standard(request(headers), [raw], NOW)
    assert standard("m", secret=raw)["webhook-signature"] == f"v1,{signature}"


def test_one_good_signature_among_several_is_enough() -> None:
    good = standard()["webhook-signature"]
    several = {**standard(), "webhook-signature": f"v1a,xyz v1,AAAA {good} v2,zzz"}
    signing.verify_standard(request(several), [KEY], NOW)
    refused("bad_signature", {**standard(), "webhook-signature": good.replace("v1,", "v2,")})
    refused("bad_signature", {**standard(), "webhook-signature": good.removeprefix("v1,")})


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_tolerated(seconds: int) -> None:
    headers = standard(at=NOW + timedelta(seconds=seconds))
    signing.verify_standard(request(headers), [KEY], NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 10**9])
def test_an_older_or_future_timestamp_is_stale(seconds: int) -> None:
    refused("stale_timestamp", standard(at=NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("timestamp", ["-1", "1e9", "1795413600.0", "٣", "9" * 400, "0x1", "now", "1 2", "+1"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    refused("bad_timestamp", {**standard(), "webhook-timestamp": timestamp})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_id_timestamp_and_signature_are_all_needed_and_all_signed(name: str) -> None:
    headers = standard()
    refused("missing_signature", {key: value for key, value in headers.items() if key != name})
    refused("missing_signature", {**headers, name: ""})
    if name != "webhook-signature":
        last = "1" if headers[name].endswith("0") else "0"
        refused("bad_signature", {**headers, name: headers[name][:-1] + last})
    refused("bad_signature", headers, body=BODY + b" ")
    refused("bad_signature", headers, secret="whsec_b3RoZXI=")


def test_without_a_secret_the_standard_refuses() -> None:
    for secrets in ([], [""], ["whsec_"]):
        with pytest.raises(BadSignature):
            signing.verify_standard(request(standard()), secrets, NOW)


def test_the_empty_key_signs_nothing() -> None:
    content = b"msg_1.%d." % NOW.timestamp() + BODY
    headers = {**standard(), "webhook-signature": f"v1,{signing.sign(content, b'')}"}
    refused("bad_signature", headers, secret="whsec_")
    refused("bad_signature", headers, secret="====")
