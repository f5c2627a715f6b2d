"""Haravan's signature, and the handshake by which an app's webhooks are subscribed.

Source: docs.haravan.com/docs/tutorials/webhooks (private-webhook, connect-webhook) (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Request, Source
from bridge.core.platform import Reply
from bridge.lib import signing
from bridge.platforms.shared.tokens import answer_subscription

# The second spelling is of an older sample; its SHA-1 and hex are used nowhere.
SIGNATURE_HEADERS = ("x-haravan-hmacsha256", "x-haravan-hmac-sha256")


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Haravan signed exactly these bytes: HMAC-SHA256, base64.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    found = [request.header(name) for name in SIGNATURE_HEADERS]
    signing.verify(request.body, next((value for value in found if value), None), source.secrets)


def handshake(request: Request, source: Source) -> Reply | None:
    """The challenge if the GET knows the source's `verify_token`, by default any of its secrets; None for no GET.

    Errors   BadSignature bad_verify_token, no_secret
    """
    token = source.settings.get("verify_token")
    return answer_subscription(request, [token] if token else source.secrets)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Haravan would send with this body."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Haravan-Topic", topic),
        ("X-Haravan-Org-Id", "1000000001"),
        ("X-Haravan-Hmacsha256", signing.sign(body, secret.encode())),
    )
