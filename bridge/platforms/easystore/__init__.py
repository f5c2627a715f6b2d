"""EasyStore (easystore.co): orders in nearly Shopify's shape, signed in hex.

Sources: developers.easystore.co docs/api/webhooks, its limitations; EasyStore's Postman collection of its API 3.0 as
two public inventories list it (2026-05, 2026-07); receivers and a sync in use (read 2026-11-30)
"""

from __future__ import annotations

from bridge.core.platform import Api, Platform
from bridge.platforms.easystore.about import ABOUT
from bridge.platforms.easystore.api import wanted
from bridge.platforms.easystore.hooks import HOOKS
from bridge.platforms.easystore.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.easystore.sample import SAMPLE
from bridge.platforms.easystore.signature import TOPIC_HEADER, sign, verify

PLATFORM = Platform(
    name="easystore",
    title="EasyStore",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    no_write_back=("chưa làm", "not made yet"),
    api=Api(credentials=(), wanted=wanted),
    hooks=HOOKS,
)
