"""Saleor's signature: HMAC under the webhook's secret key, or a JWS under one of the shop's own keys.

The shop's public keys, which its /.well-known/jwks.json shows, are polled, or one of the source's settings. A new key
may have the id of the old one: each is "1".
Sources: docs.saleor.io/developer/extending/webhooks (payload-signature), saleor's jwt_manager (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.saleor.jws import is_detached, verify_detached


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the webhook's secret key (HMAC-SHA256, hex) or the shop's own (detached JWS) signed these bytes.

    Errors   BadSignature no_secret, missing_signature, bad_signature, no_jwks, bad_jwks, unknown_key; keys_awaited,
             and `later`, where the shop itself is asked for its keys. Nothing else escapes.
    """
    signature, by_hand = request.header("saleor-signature"), source.settings.get("jwks")
    if signature and is_detached(signature):
        try:
            verify_detached(request.body, signature, by_hand or source.keys)
        except BadSignature:
            if by_hand or not source.settings.get("api_url"):
                raise
            raise BadSignature("keys_awaited", later=True) from None
        return
    if not signature and (by_hand or source.settings.get("api_url")):
        raise BadSignature("missing_signature")
    signing.verify(request.body, signature, source.secrets, encoding="hex")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Saleor would send with this body."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("Saleor-Event", topic),
        ("Saleor-Domain", "shop.example.test"),
        ("Saleor-Signature", signing.sign(body, secret.encode(), encoding="hex")),
    )
