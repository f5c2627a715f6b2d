"""Saleor: orders signed with the webhook's secret key, or with the shop's own; in the old payload and in that of a
subscription query.

What is answered 5xx is resent, a 4xx ends the delivery.
Sources: docs.saleor.io/developer/extending/webhooks (overview, payload-signature, asynchronous-events), saleor's
jwt_manager and webhook/transport/utils, requests captured from version 3.24 (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.saleor.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.saleor.hooks import HOOKS
from bridge.platforms.saleor.poll import POLL
from bridge.platforms.saleor.reading import NEEDS, TOPIC_HEADER, TOPICS, dedup_key, read
from bridge.platforms.saleor.sample import SAMPLE
from bridge.platforms.saleor.signature import sign, verify
from bridge.platforms.saleor.write_back import WRITE_BACK

PLATFORM = Platform(
    name="saleor",
    title="Saleor",
    maturity="captured",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    retry_schedule=RETRY_SCHEDULE,
    poll=POLL,
    needs=NEEDS,
    write_back=WRITE_BACK,
    topic_header=TOPIC_HEADER,
    hooks=HOOKS,
)
