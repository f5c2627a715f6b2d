"""Shoplazza's webhooks, by its Open API.

Source: shoplazza.dev reference: webhook (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.model import Source
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.hooks import topic_hooks

VERSION = "2022-01"
TOPICS = ("orders/create", "orders/update", "orders/paid", "orders/cancelled", "orders/fulfilled")


CREDENTIALS = (("access_token", "shop_domain"), ("access_token", "api_url"))


def api_url(source: Source) -> str:
    """Where the shop's API is."""
    base = base_url(source, f"https://{source.settings.get('shop_domain')}")
    return f"{base}/openapi/{VERSION}"


def login_headers(source: Source) -> dict[str, str]:
    return {"Access-Token": str(source.settings["access_token"])}


HOOKS = topic_hooks(
    lambda source: f"{api_url(source)}/webhooks",
    login_headers,
    {},
    credentials=CREDENTIALS,
    permission=("quyền read_order của ứng dụng", "the app's access scope read_order"),
    topics=TOPICS,
    is_wrapped=False,
)
