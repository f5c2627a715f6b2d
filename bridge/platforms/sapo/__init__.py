"""Sapo: Sapo Web (mysapo.net, once Bizweb) in Shopify's shape, and Sapo GO (mysapogo.com) with a document of its own.

Both sign alike. Sapo GO sends every change as orders/update, new orders too: the document says what happened.
Sources: support.sapo.vn (sapo-webhook, oauth), BizwebSharp's entities, headers of real Sapo GO deliveries, public
readers of Sapo GO's orders for its words of status, amount and lines (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.sapo.about import ABOUT
from bridge.platforms.sapo.hooks import HOOKS
from bridge.platforms.sapo.poll import POLL
from bridge.platforms.sapo.reading import NEEDS, TOPIC_HEADER, TOPICS, dedup_key, read
from bridge.platforms.sapo.sample import SAMPLE
from bridge.platforms.sapo.signature import sign, verify
from bridge.platforms.sapo.write_back import WRITE_BACK
from bridge.platforms.shared.order_ids import id_of_document
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="sapo",
    title="Sapo",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=id_of_document,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    secret_headers=token_headers,
    poll=POLL,
    write_back=WRITE_BACK,
    topic_header=TOPIC_HEADER,
    needs=NEEDS,
    hooks=HOOKS,
)
