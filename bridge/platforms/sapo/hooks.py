"""Sapo's webhooks, by its Admin API.

Source: Sapo's webhook reference as public mirrors keep it (read 2026-11-23)
"""

from __future__ import annotations

from bridge.platforms.sapo.poll import login_headers
from bridge.platforms.shared.poll import PAGE_SIZE, base_url
from bridge.platforms.shared.shopify_like.hooks import numbered, topic_hooks

HOOKS = topic_hooks(
    lambda source: f"{base_url(source)}/admin/webhooks.json",
    login_headers,
    {"format": "json"},
    credentials=(("api_url", "access_token"), ("api_url", "api_key", "api_secret")),
    pages=numbered("limit", PAGE_SIZE),
    permission=("quyền đơn hàng của ứng dụng", "the app's permission for orders"),
)
