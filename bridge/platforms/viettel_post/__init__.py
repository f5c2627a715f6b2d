"""Viettel Post: one delivery for each status of a parcel. It names the courier, and of the buyer only the name.

No documentation is public without an account. Sources, read 2026-11-29: a dump of a real delivery, three receivers in
use and three lists of its statuses in public repositories, which agree but for 505 and 506.
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.viettel_post.about import ABOUT
from bridge.platforms.viettel_post.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.viettel_post.sample import SAMPLE
from bridge.platforms.viettel_post.signature import secret_headers, sign, verify, without_secrets

PLATFORM = Platform(
    name="viettel_post",
    title="Viettel Post",
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
    without_secrets=without_secrets,
    is_carrier=True,
)
