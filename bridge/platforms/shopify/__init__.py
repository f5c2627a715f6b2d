"""Shopify: signed full orders, and the test notification that must never ring.

Headers are not part of the signature; the secret belongs to the source's URL, so only the body is trusted.
Sources: https://shopify.dev/docs/apps/build/webhooks/delivery-structure ,
https://shopify.dev/docs/apps/build/webhooks/verify-deliveries ,
Shopify/shopify-app-js packages/apps/shopify-api/lib/webhooks/validate.ts (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms._samples import shopify_order
from bridge.platforms.shopify.reading import TOPICS, dedup_key, read
from bridge.platforms.shopify.signature import sign, verify

PLATFORM = Platform(
    name="shopify",
    title="Shopify",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=shopify_order,
)
