"""SHOPLINE's webhooks, by its Admin REST API.

Source: developer.shopline.com admin-rest-api/webhook (read 2026-11-30)
"""

from __future__ import annotations

from bridge.core.model import Source
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.hooks import topic_hooks

VERSION = "v20260601"
TOPICS = ("orders/create", "orders/updated", "orders/edited", "orders/paid", "orders/cancelled", "orders/fulfilled")


CREDENTIALS = (("access_token", "shop_domain"), ("access_token", "api_url"))


def api_url(source: Source) -> str:
    """Where the shop's API is."""
    base = base_url(source, f"https://{source.settings.get('shop_domain')}")
    return f"{base}/admin/openapi/{VERSION}"


def login_headers(source: Source) -> dict[str, str]:
    return {"Authorization": f"Bearer {source.settings['access_token']}"}


HOOKS = topic_hooks(
    lambda source: f"{api_url(source)}/webhooks.json",
    login_headers,
    {"api_version": VERSION},
    credentials=CREDENTIALS,
    permission=("quyền đơn hàng của ứng dụng", "the app's permission for orders"),
    topics=TOPICS,
)
