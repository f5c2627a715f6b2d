"""Any shop that can send a signed HTTP request: the source's settings say how it signs and where its fields are.

Pure. Three schemes (Standard Webhooks, HMAC in a header, static token), JSON or a form. Without `fields` the document
is read in our own names: {"topic": …, "order": {…}, "customer": {…}, "items": […]}, or flat {"id": …, "total": …}.
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.generic.about import ABOUT
from bridge.platforms.generic.presets import completed, preset_names
from bridge.platforms.generic.reading import dedup_key, order_id, read
from bridge.platforms.generic.sample import SAMPLE
from bridge.platforms.generic.settings import flaws
from bridge.platforms.generic.signature import answer, secret_headers, sign, verify, without_secrets
from bridge.platforms.generic.topics import TOPICS
from bridge.platforms.generic.write_back import WRITE_BACK

PLATFORM = Platform(
    name="generic",
    title="Any shop with webhooks",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    secret_headers=secret_headers,
    without_secrets=without_secrets,
    answer=answer,
    completed=completed,
    presets=preset_names,
    flaws=flaws,
    write_back=WRITE_BACK,
    is_for_any=True,
)
