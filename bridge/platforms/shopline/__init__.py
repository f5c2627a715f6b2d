"""SHOPLINE (developer.shopline.com): orders in Shopify's shape with words of its own.

Not the SHOPLINE of Hong Kong and Taiwan, which is another product under the same name.
Sources: developer.shopline.com docs/webhook, docs/admin-rest-api/order (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.shared.shopify_like.twins import TOPICS
from bridge.platforms.shopline.about import ABOUT
from bridge.platforms.shopline.hooks import HOOKS
from bridge.platforms.shopline.reading import NEEDS, TOPIC_HEADER, dedup_key, read
from bridge.platforms.shopline.sample import SAMPLE
from bridge.platforms.shopline.signature import sign, verify
from bridge.platforms.shopline.write_back import WRITE_BACK

PLATFORM = Platform(
    name="shopline",
    title="SHOPLINE",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    write_back=WRITE_BACK,
    hooks=HOOKS,
)
