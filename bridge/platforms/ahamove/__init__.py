"""Ahamove: the whole order at each change, with the buyer of each stop; the proof is a header of the merchant's choice.

Source: developers.ahamove.com/docs/webhook (read 2026-11-29)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.ahamove.about import ABOUT
from bridge.platforms.ahamove.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.ahamove.sample import SAMPLE
from bridge.platforms.ahamove.signature import secret_headers, sign, verify

PLATFORM = Platform(
    name="ahamove",
    title="Ahamove",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    secret_headers=secret_headers,
    is_carrier=True,
)
