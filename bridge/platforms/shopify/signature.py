"""Shopify's signature, and its two families of headers: the classic one, and that of the preview product "Events".

Sources: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries ,
Shopify/shopify-app-js packages/apps/shopify-api/lib/webhooks/validate.ts (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.values import hash_body

CLASSIC, EVENTS = "x-shopify-", "shopify-"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Shopify signed exactly these bytes, and for this shop if the source names its domain.

    Errors   BadSignature no_secret, missing_signature, missing_body, bad_signature, wrong_shop. Nothing else.
    Source   HMAC-SHA256, base64, of the raw body; app secret and store secret are both in use, hence all are tried
    """
    signature = find_header(request, "hmac-sha256")
    if signature and not request.body:
        raise BadSignature("missing_body")
    signing.verify(request.body, signature, source.secrets)
    domain = source.settings.get("shop_domain")
    if domain and domain.lower() != (find_header(request, "shop-domain") or "").strip().lower():
        raise BadSignature("wrong_shop")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Shopify would send with this body; ids follow from the body, so a resend repeats them."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Hmac-Sha256", signing.sign(body, secret.encode())),
        ("X-Shopify-Shop-Domain", str(source.settings.get("shop_domain") or "example.myshopify.com")),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Webhook-Id", hash_body(topic.encode() + body)[:32]),
        ("X-Shopify-Event-Id", hash_body(body)[:32]),
        ("X-Shopify-Triggered-At", now.isoformat()),
    )


def find_header(request: Request, name: str) -> str | None:
    return request.header(family_of(request) + name)


def family_of(request: Request) -> str:
    """The un-prefixed names win where both are present, as in Shopify's own library."""
    names = {name.lower() for name, _ in request.headers}
    return EVENTS if f"{EVENTS}hmac-sha256" in names else CLASSIC
