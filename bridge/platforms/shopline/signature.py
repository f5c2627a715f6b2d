"""SHOPLINE's signature, in base64 or in hex.

Source: developer.shopline.com docs/webhook; SHOPLINE's own Go library (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.values import hash_body

HEADER = "X-Shopline-Hmac-Sha256"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if SHOPLINE signed exactly these bytes: HMAC-SHA256.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    Source   the documented example is base64; SHOPLINE's own Go library is tested with hex. Both prove the secret.
    """
    signature = request.header(HEADER)
    try:
        signing.verify(request.body, signature, source.secrets)
    except BadSignature as refusal:
        if refusal.reason != "bad_signature":
            raise
        signing.verify(request.body, signature, source.secrets, encoding="hex")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that SHOPLINE would send with this body; the id follows from the body, so a resend repeats it."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Shopline-Topic", topic),
        ("X-Shopline-Shop-Domain", "example.myshopline.com"),
        ("X-Shopline-Webhook-Id", hash_body(topic.encode() + body)[:32]),
        (HEADER, signing.sign(body, secret.encode())),
    )
