"""Shopify: signed full orders, and the test notification that must never ring.

Headers are not part of the signature; the secret belongs to the source's URL, so only the body is trusted.
Sources: https://shopify.dev/docs/apps/build/webhooks/delivery-structure ,
https://shopify.dev/docs/apps/build/webhooks/verify-deliveries ,
Shopify/shopify-app-js packages/apps/shopify-api/lib/webhooks/validate.ts (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.shopify.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.shopify.hooks import HOOKS
from bridge.platforms.shopify.poll import POLL
from bridge.platforms.shopify.reading import NEEDS, TOPIC_HEADER, TOPICS, dedup_key, order_id, read
from bridge.platforms.shopify.sample import SAMPLE
from bridge.platforms.shopify.signature import sign, verify
from bridge.platforms.shopify.write_back import WRITE_BACK

PLATFORM = Platform(
    name="shopify",
    title="Shopify",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    retry_schedule=RETRY_SCHEDULE,
    poll=POLL,
    write_back=WRITE_BACK,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    hooks=HOOKS,
)
