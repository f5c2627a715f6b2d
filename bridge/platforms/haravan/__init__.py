"""Haravan: orders in Shopify's shape with words of its own, and a GET handshake when an app subscribes.

Sources: docs.haravan.com/docs/tutorials/webhooks (private-webhook, connect-webhook), omni-apis/orders (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.haravan.about import ABOUT
from bridge.platforms.haravan.hooks import HOOKS
from bridge.platforms.haravan.poll import POLL
from bridge.platforms.haravan.reading import NEEDS, TOPIC_HEADER, TOPICS, dedup_key, read
from bridge.platforms.haravan.sample import SAMPLE
from bridge.platforms.haravan.signature import handshake, sign, verify
from bridge.platforms.haravan.write_back import WRITE_BACK
from bridge.platforms.shared.order_ids import id_of_document

PLATFORM = Platform(
    name="haravan",
    title="Haravan",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=id_of_document,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    handshake=handshake,
    poll=POLL,
    write_back=WRITE_BACK,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    hooks=HOOKS,
)
