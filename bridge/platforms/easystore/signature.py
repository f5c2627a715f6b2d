"""EasyStore's signature, in hex; in base64 as some receivers in use take it too.

Source: developers.easystore.co docs/api/webhooks; five public receivers (read 2026-11-30)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing

HEADER, TOPIC_HEADER, SHOP_HEADER = "Easystore-Hmac-Sha256", "Easystore-Topic", "Easystore-Shop-Domain"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the app's client secret signed exactly these bytes: HMAC-SHA256.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    signature = request.header(HEADER)
    try:
        signing.verify(request.body, signature, source.secrets, encoding="hex")
    except BadSignature as refusal:
        if refusal.reason != "bad_signature":
            raise
        signing.verify(request.body, signature, source.secrets)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that EasyStore would send with this body."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        (TOPIC_HEADER, topic),
        (SHOP_HEADER, str(source.settings.get("shop_domain") or "example.easy.co")),
        (HEADER, signing.sign(body, secret.encode(), encoding="hex")),
    )
