"""Nhanh.vn, version 3: whole orders under a static token, of the shop's own channels and of marketplaces.

Sources: apidocs.nhanh.vn/v3/webhooks (order, webhooks), open.nhanh.vn's page of an app, order/list (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.nhanh.about import ABOUT, RETRY_SCHEDULE
from bridge.platforms.nhanh.poll import POLL
from bridge.platforms.nhanh.reading import NEEDS, TOPICS, dedup_key, read
from bridge.platforms.nhanh.sample import SAMPLE
from bridge.platforms.nhanh.signature import secret_headers, sign, verify, without_secrets
from bridge.platforms.nhanh.write_back import WRITE_BACK

PLATFORM = Platform(
    name="nhanh",
    title="Nhanh.vn",
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
    without_secrets=without_secrets,
    retry_schedule=RETRY_SCHEDULE,
    poll=POLL,
)
