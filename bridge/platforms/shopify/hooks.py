"""Shopify's webhooks, by its Admin REST API.

They are visible to the app that made them alone, and disappear after eight failures. Source: shopify.dev
admin-rest/resources/webhook (read 2026-11-23)
"""

from __future__ import annotations

from dataclasses import replace

from bridge.core.model import Source
from bridge.platforms.shared.shopify_like.hooks import Pages, topic_hooks
from bridge.platforms.shopify.poll import VERSION


def _url(source: Source) -> str:
    base = str(source.settings.get("api_url") or f"https://{source.settings['shop_domain']}").rstrip("/")
    return f"{base}/admin/api/{VERSION}/webhooks.json"


HOOKS = replace(
    topic_hooks(
        _url,
        lambda source: {"X-Shopify-Access-Token": str(source.settings["access_token"])},
        {"format": "json"},
        credentials=(("access_token", "shop_domain"), ("access_token", "api_url")),
        pages=Pages({"limit": 250}),  # without it, 50
        permission=("quyền read_orders của ứng dụng", "the app's access scope read_orders"),
    ),
    also={"checkout.abandoned": ("checkouts/create", "checkouts/update")},
)
