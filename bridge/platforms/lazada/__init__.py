"""Lazada: verified, kept and explained. A delivery names one line of an order and its status; nobody can be called.

The buyer's name and number are masked unless Lazada lifts that after a review. It wants an answer within half a second.
Source: Lazada Open Platform, Push Mechanism (trade order, reverse order) (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.lazada.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.lazada.reading import NEEDS, TOPICS, dedup_key, read
from bridge.platforms.lazada.sample import SAMPLE
from bridge.platforms.shared.thin import sign_keyed, verify_keyed

PLATFORM = Platform(
    name="lazada",
    title="Lazada",
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
