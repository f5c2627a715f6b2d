"""Shoplazza: orders in Shopify's shape with words of its own, signed with the app's client secret.

Sources: shoplazza.dev/reference/webhook-copy, webhook-properties; public clients for the order (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.shared.shopify_like.twins import TOPICS
from bridge.platforms.shoplazza.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.shoplazza.hooks import HOOKS
from bridge.platforms.shoplazza.reading import NEEDS, TOPIC_HEADER, dedup_key, read
from bridge.platforms.shoplazza.sample import SAMPLE
from bridge.platforms.shoplazza.signature import sign, verify
from bridge.platforms.shoplazza.write_back import WRITE_BACK

PLATFORM = Platform(
    name="shoplazza",
    title="Shoplazza",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    retry_schedule=RETRY_SCHEDULE,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    write_back=WRITE_BACK,
    hooks=HOOKS,
)
