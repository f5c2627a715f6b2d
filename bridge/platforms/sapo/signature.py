"""Sapo's signature, and the headers of its two families: those of Sapo, and those from when it was Bizweb.

Sources: support.sapo.vn (sapo-webhook, oauth), headers of real Sapo GO deliveries (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import verify_token

FAMILIES = ("x-sapo-", "x-bizweb-")


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Sapo signed exactly these bytes, or the address or a header holds the source's token.

    Errors   BadSignature no_secret, missing_signature, bad_signature, bad_token. Nothing else escapes.
    Source   HMAC-SHA256, base64, key the app's secret. Whether a webhook made by hand in the shop's admin is signed
             is not documented: hence the token.
    """
    secrets = signing.usable(source.secrets)
    signature = find_header(request, "hmac-sha256")
    if signature:
        signing.verify(request.body, signature, secrets)
        return
    try:
        verify_token(request, source)
    except BadSignature as refusal:
        if refusal.reason == "missing_token":
            raise BadSignature("missing_signature") from None
        raise


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Sapo would send with this body."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-Sapo-Topic", topic),
        ("X-Sapo-Tenant-Domain", "example.mysapo.net"),
        ("X-Sapo-Test", "false"),
        ("X-Sapo-Hmac-Sha256", signing.sign(body, secret.encode())),
    )


def find_header(request: Request, name: str) -> str | None:
    return next((value for value in (request.header(family + name) for family in FAMILIES) if value), None)
