"""Facebook's signature, and the handshake by which a page's webhook is subscribed.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started (read 2026-11-29)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.core.platform import Reply
from bridge.lib import signing
from bridge.platforms.shared.tokens import answer_subscription

HEADER, PREFIX = "X-Hub-Signature-256", "sha256="


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the app's secret signed exactly these bytes: HMAC-SHA256, hex after `sha256=`.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    given = (request.header(HEADER) or "").strip()
    if given and not given.startswith(PREFIX):
        signing.usable(source.secrets)
        raise BadSignature("bad_signature")
    signing.verify(request.body, given.removeprefix(PREFIX), source.secrets, encoding="hex")


def handshake(request: Request, source: Source) -> Reply | None:
    """The challenge if the GET knows the source's `verify_token`: the app's secret never stands in an address.

    Errors   BadSignature bad_verify_token, no_secret (the source has no verify_token)
    """
    return answer_subscription(request, [str(source.settings.get("verify_token") or "")])


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Facebook would send with this body."""
    secret = signing.usable(source.secrets)[0]
    signature = signing.sign(body, secret.encode(), encoding="hex")
    return ("Content-Type", "application/json"), (HEADER, f"{PREFIX}{signature}")
