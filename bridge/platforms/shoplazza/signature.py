"""Shoplazza's signature.

Source: shoplazza.dev/reference/webhook-properties (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Request, Source
from bridge.lib import signing
from bridge.platforms.shared.values import hash_body

HEADER = "X-Shoplazza-Hmac-Sha256"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Shoplazza signed exactly these bytes: HMAC-SHA256, base64.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    signing.verify(request.body, request.header(HEADER), source.secrets)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Shoplazza would send with this body; the id follows from the body, so a resend repeats it."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Shoplazza-Topic", topic),
        ("X-Shoplazza-Shop-Domain", "example.myshoplaza.com"),
        ("X-Shoplazza-Deduplication-ID", hash_body(topic.encode() + body)[:32]),
        (HEADER, signing.sign(body, secret.encode())),
    )
