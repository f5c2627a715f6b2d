"""Request bodies that were compressed with gzip (RFC 9110, section 8.4; RFC 1952), unpacked within a bound."""

from __future__ import annotations

import zlib
from dataclasses import replace

from bridge.core.model import Request

MAX_BODY = 1_048_576  # bytes of a request's body, as sent and as unpacked

_MAGIC = b"\x1f\x8b"
_OF_PACKED = ("content-encoding", "content-length")
_GZIP = zlib.MAX_WBITS | 16


class BodyTooLarge(Exception):
    """The body is larger than MAX_BODY."""


class BodyCut(Exception):
    """The body is not whole, or no gzip after all."""


def unpack(request: Request) -> Request:
    """Return the request with its body unpacked, without the headers of the packed one; as it is if that is no gzip.

    Known by its first bytes: a proxy may unpack a body and leave the header, or lose the header.
    Errors   BodyTooLarge; BodyCut
    """
    if request.body[:2] != _MAGIC:
        return request
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in _OF_PACKED)
    return replace(request, headers=headers, body=_unpacked(request.body))


def _unpacked(body: bytes) -> bytes:
    found = b""
    while body:  # a file of gzip may have several members
        member = zlib.decompressobj(_GZIP)
        try:
            found += member.decompress(body, MAX_BODY + 1 - len(found))
        except zlib.error:
            raise BodyCut from None
        if len(found) > MAX_BODY:
            raise BodyTooLarge
        if not member.eof:
            raise BodyCut
        body = member.unused_data
    return found
