"""Shopee's signature, over the registered address and the body.

Sources: Shopee Open Platform, Push Mechanism; public receivers for the other two signed texts (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Shopee signed exactly these bytes behind the address: HMAC-SHA256, hex, in Authorization.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    Source   Shopee's page signs the registered address, |, and the body. Some receivers see the address without its
             scheme, others the body alone. Each proves the key.
    """
    secrets, signature = signing.usable(source.secrets), request.header("authorization")
    for content in _signed(request, source):
        try:
            signing.verify(content, signature, secrets, encoding="hex")
        except BadSignature as refusal:
            if refusal.reason != "bad_signature":
                raise
        else:
            return
    raise BadSignature("bad_signature")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Shopee would send with this body to the source's `callback_url`; without it, the body alone."""
    secret, address = signing.usable(source.secrets)[0], source.settings.get("callback_url")
    content = f"{address}|".encode() + body if address else body
    return (
        ("Content-Type", "application/json"),
        ("Authorization", signing.sign(content, secret.encode(), encoding="hex")),
    )


def _signed(request: Request, source: Source) -> Iterator[bytes]:
    """What Shopee may have signed: behind a proxy the setting alone knows the address as it was registered."""
    named = source.settings.get("callback_url")
    seen = f"https://{request.header('host') or ''}{request.path}" + (f"?{request.query}" if request.query else "")
    address = str(named or seen)
    for text in (address, address.partition("://")[2]):
        yield f"{text}|".encode("utf-8", "surrogatepass") + request.body
    # Never an address before a body, taken for a body.
    if request.body[:1] == b"{":
        yield request.body
