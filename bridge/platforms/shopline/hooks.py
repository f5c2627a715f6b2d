"""SHOPLINE's webhooks, by its Admin REST API.

Source: developer.shopline.com admin-rest-api/webhook (read 2026-11-30)
"""

from __future__ import annotations

from bridge.core.model import Source
from bridge.platforms.shared.shopify_like.hooks import topic_hooks

VERSION = "v20260601"
TOPICS = ("orders/create", "orders/updated", "orders/edited", "orders/paid", "orders/cancelled", "orders/fulfilled")


def _url(source: Source) -> str:
    base = str(source.settings.get("api_url") or f"https://{source.settings['shop_domain']}").rstrip("/")
    return f"{base}/admin/openapi/{VERSION}/webhooks.json"


HOOKS = topic_hooks(
    _url,
    lambda source: {"Authorization": f"Bearer {source.settings['access_token']}"},
    {"api_version": VERSION},
    credentials=(("access_token", "shop_domain"), ("access_token", "api_url")),
    permission=("quyền đơn hàng của ứng dụng", "the app's permission for orders"),
    topics=TOPICS,
)
