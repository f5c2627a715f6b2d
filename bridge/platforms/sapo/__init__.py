"""Sapo: Sapo Web (mysapo.net, once Bizweb) in Shopify's shape, and Sapo GO (mysapogo.com) with a document of its own.

Both sign alike. Sapo GO sends every change as orders/update, new orders too: the document says what happened.
Sources: support.sapo.vn (sapo-webhook, oauth), BizwebSharp's entities, headers of real Sapo GO deliveries, public
readers of Sapo GO's orders for its words of status, amount and lines (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms._samples_vietnam import sapo_order
from bridge.platforms.sapo.reading import TOPICS, dedup_key, read
from bridge.platforms.sapo.signature import sign, verify
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="sapo",
    title="Sapo",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=sapo_order,
    secret_headers=token_headers,
)
