"""BigCommerce: Standard Webhooks that name an order; what it holds is asked of the shop's API.

Sources: https://docs.bigcommerce.com (webhooks: overview, events; REST management API, orders v2) (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Api, Platform
from bridge.platforms.bigcommerce.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.bigcommerce.api import wanted
from bridge.platforms.bigcommerce.hooks import HOOKS
from bridge.platforms.bigcommerce.order import NEEDS
from bridge.platforms.bigcommerce.reading import TOPICS, dedup_key, read
from bridge.platforms.bigcommerce.sample import SAMPLE
from bridge.platforms.bigcommerce.signature import secret_headers, sign, verify
from bridge.platforms.bigcommerce.write_back import WRITE_BACK

PLATFORM = Platform(
    name="bigcommerce",
    title="BigCommerce",
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
    secret_headers=secret_headers,
    api=Api(credentials=("store_hash", "access_token"), wanted=wanted, seconds_between=0.2),
    retry_schedule=RETRY_SCHEDULE,
    hooks=HOOKS,
)
