"""The digest of J&T Express, made by openssl: verified beside the merchant's word, never instead of it."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from bridge.core.model import BadSignature, Request, Source
from bridge.platforms.jt_express import PLATFORM

NOW = datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)
WORD, KEY = "JtWordOfTheShopForTests0123456789", "8e88c8477d4e4939"
CONTENT = '{"billCode":"JT1","txlogisticId":"DH-1","details":{"scanTypeCode":"112","desc":"Đang giao"}}'


def md5(content: bytes, *, is_hex: bool = False) -> str:
    path = shutil.which("openssl")
    assert path
    found = subprocess.run([path, "dgst", "-md5", "-binary"], input=content, capture_output=True, check=True).stdout
    return base64.b64encode(found.hex().encode() if is_hex else found).decode()


def request(digest: str | None, content: str = CONTENT, query: str = f"token={WORD}") -> Request:
    headers = (("Content-Type", "application/x-www-form-urlencoded"), *((("digest", digest),) if digest else ()))
    return Request("POST", "/hooks/jt", query, headers, urlencode({"bizContent": content}).encode())


def source(**settings: str) -> Source:
    return Source("jt", "jt_express", (WORD,), settings)


AFTER, BEFORE, HEX = (
    md5(f"{CONTENT}{KEY}".encode()),
    md5(f"{KEY}{CONTENT}".encode()),
    md5(f"{CONTENT}{KEY}".encode(), is_hex=True),
)


@pytest.mark.parametrize(
    ("form", "own"), [(None, AFTER), ("key_after", AFTER), ("key_before", BEFORE), ("hex", HEX)], ids=str
)
def test_the_digest_is_verified_in_the_form_that_the_source_names_and_in_no_other(form: str | None, own: str) -> None:
    wanted = source(private_key=KEY, **({"digest_form": form} if form else {}))
    PLATFORM.verify(request(own), wanted, NOW)
    for other in {AFTER, BEFORE, HEX, "x", "€"} - {own}:
        with pytest.raises(BadSignature, match="bad_signature"):
            PLATFORM.verify(request(other), wanted, NOW)
    for body in (CONTENT + " ", CONTENT.replace("112", "118")):
        with pytest.raises(BadSignature, match="bad_signature"):
            PLATFORM.verify(request(own, body), wanted, NOW)


def test_the_word_is_needed_beside_the_digest_and_alone_where_no_key_is_given() -> None:
    for query, reason in (("", "missing_token"), ("token=another", "bad_token")):
        with pytest.raises(BadSignature, match=reason):
            PLATFORM.verify(request(AFTER, query=query), source(private_key=KEY), NOW)
    with pytest.raises(BadSignature, match="missing_signature"):
        PLATFORM.verify(request(None), source(private_key=KEY), NOW)
    PLATFORM.verify(request(None), source(), NOW)
    PLATFORM.verify(request("bm90IHZlcmlmaWVk"), source(), NOW)


def test_a_body_without_one_content_is_refused() -> None:
    for body in (b"", b"\xff\xfe", b"{}", b"bizContent=1&bizContent=2", b"&" * 10_000):
        with pytest.raises(BadSignature, match="bad_signature"):
            PLATFORM.verify(replace(request(AFTER), body=body), source(private_key=KEY), NOW)


@pytest.mark.parametrize("form", ["key_after", "key_before", "hex"])
def test_the_sample_carries_it(form: str) -> None:
    wanted = source(private_key=KEY, digest_form=form)
    body = PLATFORM.sample.encode(PLATFORM.sample.document(NOW))
    signed = Request("POST", "/hooks/jt", "", PLATFORM.sign(body, "112", wanted, NOW), body)
    PLATFORM.verify(signed, wanted, NOW)
