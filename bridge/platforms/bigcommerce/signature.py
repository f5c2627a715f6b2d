"""BigCommerce's signature (Standard Webhooks), or a token in a header of the webhook's own.

Source: https://docs.bigcommerce.com, webhooks: overview (read 2026-11-23)
"""

from __future__ import annotations

import base64
from datetime import datetime

from bridge.core.model import BadPayload, BadSignature, Request, Source
from bridge.lib import signing
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.tokens import token_headers, verify_token
from bridge.platforms.shared.values import find_text, hash_body


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if one of the source's secrets signed the request, or stands in its token header.

    A webhook made with headers of its own, before BigCommerce signed, carries only such a token.
    Errors   BadSignature no_secret, missing_signature, missing_token, bad_signature, bad_token, bad_timestamp,
             stale_timestamp, wrong_shop. Nothing else escapes.
    """
    if any(name.lower() == "webhook-signature" for name, _ in request.headers):
        signing.verify_standard(request, [_standard(secret) for secret in signing.usable(source.secrets)], now)
    else:
        verify_token(request, source)
    try:
        producer = find_text(parse_json(request.body), "producer")
    except BadPayload:
        return
    shop = source.settings.get("store_hash")
    if shop and producer and producer != f"stores/{shop}":
        raise BadSignature("wrong_shop")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that BigCommerce would send. The body names what happened."""
    secret = _standard(signing.usable(source.secrets)[0])
    return ("Content-Type", "application/json"), *signing.sign_standard(
        body, f"msg_{hash_body(body)[:24]}", secret, now
    )


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source)


def _standard(secret: str) -> str:
    """The client secret in the writing of Standard Webhooks: its bytes as they are, are the key."""
    return "whsec_" + base64.b64encode(secret.encode()).decode()
