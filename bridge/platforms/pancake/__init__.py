"""Pancake POS: whole orders under a static token, at every change; the order's status is what happened.

Not Pancake's chat webhooks (messaging, subscription, post), which hold no order.
Sources: docs.pancake.biz (settings of webhooks), tohainam/pancake-kiotviet-sync src/types.ts, a receiver in use
(read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.pancake.about import ABOUT
from bridge.platforms.pancake.reading import NEEDS, TOPICS, dedup_key, read
from bridge.platforms.pancake.sample import SAMPLE
from bridge.platforms.pancake.signature import sign, verify
from bridge.platforms.pancake.write_back import WRITE_BACK
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="pancake",
    title="Pancake POS",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    write_back=WRITE_BACK,
    secret_headers=token_headers,
    names={
        "order.cod": "order.outstanding",
        "order.system_id": "order.number",
        "order.bill_full_name": "customer.name",
        "order.bill_phone_number": "order.phone",
        "order.order_sources_name": "order.channel",
        "shipping.full_address": "shipping.text",
    },
)
