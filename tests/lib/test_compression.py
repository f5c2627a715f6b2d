"""Packed bodies: unpacked within a bound, whatever they are."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest

from bridge.core.model import Request
from bridge.lib.compression import MAX_BODY, BodyCut, BodyTooLarge, unpack

BODY = b'{"id": 1}'


def request(body: bytes, *headers: tuple[str, str]) -> Request:
    return Request("POST", "/hooks/shop", "", headers, body)


def test_a_packed_body_is_unpacked_and_said_no_more_to_be_packed() -> None:
    headers = (("Content-Encoding", "gzip"), ("X-Sign", "s"), ("Content-Length", "29"))
    assert unpack(request(gzip.compress(BODY), *headers)) == request(BODY, ("X-Sign", "s"))
    assert unpack(request(gzip.compress(BODY))) == request(BODY)
    assert unpack(request(gzip.compress(BODY[:4]) + gzip.compress(BODY[4:]))).body == BODY


@pytest.mark.parametrize("body", [b"", BODY, b"\x1f", zlib.compress(BODY), b"PK\x03\x04"])
def test_what_is_not_gzip_stays_as_it_is(body: bytes) -> None:
    sent = request(body, ("Content-Encoding", "gzip"))
    assert unpack(sent) is sent


@pytest.mark.parametrize("end", [3, 10, 18, -1, -8])
def test_a_cut_body_is_no_body(end: int) -> None:
    with pytest.raises(BodyCut):
        unpack(request(gzip.compress(BODY * 10)[:end]))


def test_a_body_is_unpacked_to_1_mb_and_no_further() -> None:
    assert len(unpack(request(gzip.compress(b" " * MAX_BODY))).body) == MAX_BODY
    bomb = gzip.compress(b" " * (900 * MAX_BODY), 9)
    begun = time.process_time()
    for packed in (gzip.compress(b" " * (MAX_BODY + 1)), bomb, gzip.compress(b" " * MAX_BODY) * 50):
        with pytest.raises(BodyTooLarge):
            unpack(request(packed))
    assert time.process_time() - begun < 1
