"""LadiPage: forms of landing pages, as the merchant named their fields, under a static token.

Source: help.ladipage.vn as its own repository chuduc/help.ladipage.vn has it (2025-03-08), the pages on sending a form
to an API, on capture forms and OTP forms; a receiver in use with tests for all three content types (read 2026-11-29).
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.ladipage.about import ABOUT
from bridge.platforms.ladipage.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.ladipage.sample import SAMPLE
from bridge.platforms.ladipage.signature import sign, verify
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="ladipage",
    title="LadiPage",
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
    secret_headers=token_headers,
)
