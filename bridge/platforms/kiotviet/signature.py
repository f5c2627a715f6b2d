"""KiotViet's signature: HMAC-SHA256, whose key and form differ between its documentation and public receivers.

Sources: KiotViet's public API documentation (webhooks) as its public mirrors keep it, and public receivers' code (read
2026-11-23)
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import token_headers, verify_token

HEADER = "X-Hub-Signature"

_NAMED_HASH = re.compile(r"^(sha1|sha256)=", re.IGNORECASE)  # whatever it names, the digest is SHA-256
_HEX = re.compile(r"[0-9A-Fa-f]{64}")


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if one of the source's secrets signed the request, or stands in its address as `?token=`.

    The digest is HMAC-SHA256 in hex or base64, with or without `sha1=` or `sha256=` before it; its key is the secret,
    the bytes that the secret is base64 of, or the base64 of the secret.
    Errors   BadSignature no_secret, missing_signature, missing_token, bad_signature, bad_token. Nothing else escapes.
    """
    secrets = signing.usable(source.secrets)
    given = request.header(HEADER)
    if given is not None and given.strip() and _is_signed(request.body, given.strip(), secrets):
        return
    try:
        verify_token(request, source)
    except BadSignature as refusal:
        if any(name.lower() == HEADER.lower() for name, _ in request.headers):
            raise BadSignature("bad_signature" if given and given.strip() else "missing_signature") from None
        raise refusal from None


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that KiotViet would send. The body names what happened."""
    digest = signing.sign(body, signing.usable(source.secrets)[0].encode(), encoding="hex")
    return ("Content-Type", "application/json"), (HEADER, f"sha256={digest}")


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source)


def _is_signed(body: bytes, given: str, secrets: tuple[str, ...]) -> bool:
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
