"""Shopee: verified, kept and explained. A delivery names an order and its status; nobody can be called from it.

Shopee masks the buyer's number, and its terms forbid to contact buyers with the data that it sends. It wants an empty
answer with a 2xx. Sources: Shopee Open Platform, Push Mechanism and Terms of Service clause (c) (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.shopee.about import ABOUT
from bridge.platforms.shopee.reading import NEEDS, TOPICS, dedup_key, read
from bridge.platforms.shopee.sample import SAMPLE
from bridge.platforms.shopee.signature import sign, verify

PLATFORM = Platform(
    name="shopee",
    title="Shopee",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    hides_buyer=True,
    no_write_back=(
        "sàn ẩn số của khách nên không ai được gọi",
        "the marketplace hides its buyers, so that nobody is called",
    ),
)
