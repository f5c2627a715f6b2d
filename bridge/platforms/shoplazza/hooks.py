"""Shoplazza's webhooks, by its Open API.

Source: shoplazza.dev reference: webhook (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.model import Source
from bridge.platforms.shared.shopify_like.hooks import topic_hooks

VERSION = "2022-01"
TOPICS = ("orders/create", "orders/update", "orders/paid", "orders/cancelled", "orders/fulfilled")


def _url(source: Source) -> str:
    base = str(source.settings.get("api_url") or f"https://{source.settings['shop_domain']}").rstrip("/")
    return f"{base}/openapi/{VERSION}/webhooks"


HOOKS = topic_hooks(
    _url,
    lambda source: {"Access-Token": str(source.settings["access_token"])},
    {},
    credentials=(("access_token", "shop_domain"), ("access_token", "api_url")),
    permission=("quyền read_order của ứng dụng", "the app's access scope read_order"),
    topics=TOPICS,
    is_wrapped=False,
)
