"""What proves that Ahamove sent a request: a header of the merchant's choice. Nothing is signed.

Source: developers.ahamove.com/docs/webhook (read 2026-11-29): `apikey`, a bearer token, or Basic
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from bridge.core.model import Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import token_headers, verify_token

HEADER = "apikey"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if `apikey`, Authorization (bearer, or Basic with user:password) or `?token=` is one of the secrets.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    verify_token(request, source, request.header(HEADER), _basic(request.header("authorization")))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Ahamove would send. The body names the status."""
    return ("Content-Type", "application/json"), (HEADER, signing.usable(source.secrets)[0])


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source) | {HEADER}


def _basic(value: str | None) -> str | None:
    """The user and password of Basic authentication (RFC 7617), as one text."""
    scheme, _, encoded = (value or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
