"""Facebook Lead Ads: a webhook that names leads, whose answers are asked of the Graph API.

Sources: developers.facebook.com, Webhooks getting started, Webhooks for leadgen, retrieving leads, a page's
subscribed_apps (read 2026-11-30)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.core.model import Source
from bridge.core.platform import Api, Flaw, Platform
from bridge.platforms.facebook_leads.about import ABOUT
from bridge.platforms.facebook_leads.api import wanted
from bridge.platforms.facebook_leads.hooks import HOOKS
from bridge.platforms.facebook_leads.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.facebook_leads.sample import SAMPLE
from bridge.platforms.facebook_leads.signature import handshake, sign, verify


def _flaws(source: Source) -> Iterator[Flaw]:
    if not source.settings.get("verify_token"):
        missing = "settings.verify_token missing: the handshake is refused, and the webhook cannot be subscribed"
        yield Flaw(("settings",), missing)


PLATFORM = Platform(
    name="facebook_leads",
    title="Facebook Lead Ads",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    handshake=handshake,
    needs=NEEDS,
    api=Api(credentials=("access_token",), wanted=wanted),
    hooks=HOOKS,
    flaws=_flaws,
    no_write_back=("lead không phải là đơn hàng của cửa hàng", "a lead is no order of a shop"),
)
