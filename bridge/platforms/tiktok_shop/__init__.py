"""TikTok Shop: verified, kept and explained. A delivery names an order and its status; nobody can be called from it.

The buyer's number is masked for parcels that TikTok ships. It wants an empty answer within 3 seconds. Not TikTok for
Developers, which signs in another header and another way.
Sources: Partner Center (TikTok Shop webhooks, order status change), EcomPHP/tiktokshop-php src/Webhook.php
(read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.shared.thin import sign_keyed, verify_keyed
from bridge.platforms.tiktok_shop.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.tiktok_shop.reading import NEEDS, TOPICS, dedup_key, read
from bridge.platforms.tiktok_shop.sample import SAMPLE

PLATFORM = Platform(
    name="tiktok_shop",
    title="TikTok Shop",
    maturity="documented",
    topics=TOPICS,
    verify=verify_keyed,
    dedup_key=dedup_key,
    read=read,
    sign=sign_keyed,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    retry_schedule=RETRY_SCHEDULE,
    hides_buyer=True,
    no_write_back=(
        "sàn ẩn số của khách nên không ai được gọi",
        "the marketplace hides its buyers, so that nobody is called",
    ),
)
