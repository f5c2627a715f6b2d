"""KiotViet's signature: HMAC-SHA256, whose key and form its documentation and its receivers tell apart."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from bridge.lib import signing

_NAMED_HASH = re.compile(r"^(sha1|sha256)=", re.IGNORECASE)  # whatever it names, the digest is SHA-256
_HEX = re.compile(r"[0-9A-Fa-f]{64}")


def is_signed(body: bytes, given: str, secrets: tuple[str, ...]) -> bool:
    """Whether one of the secrets made this digest of the body, in any form that was seen."""
    text = _NAMED_HASH.sub("", given)
    digest = text.lower() if _HEX.fullmatch(text) else text
    expected = [
        signing.sign(body, key, encoding=encoding)
        for secret in secrets
        for key in _keys(secret)
        for encoding in ("hex", "base64")
    ]
    return signing.is_one_of(digest, expected)


def _keys(secret: str) -> Iterator[bytes]:
    yield secret.encode()
    yield base64.b64encode(secret.encode())
    try:
        decoded = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return
    if decoded:
        yield decoded
