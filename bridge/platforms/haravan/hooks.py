"""Haravan's subscription: a shop is subscribed as a whole, and the address stands in the app.

What the list answers is not documented: anything in it counts as a subscription. Source: docs.haravan.com webhooks, and
public receivers' code (read 2026-11-23)
"""

from __future__ import annotations

from bridge.core.model import Source
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.hooks import KIND, TOPICS

API = "https://webhook.haravan.com"


def _request(source: Source, method: str) -> ApiRequest:
    headers = {**KIND, "Authorization": f"Bearer {source.settings['access_token']}"}
    return ApiRequest(method, f"{base_url(source, API)}/api/subscribe", headers, b"{}" if method == "POST" else None)


def _read(body: bytes) -> tuple[Hook, ...]:
    document = parse_json(body) if body.strip() else None
    found = document.get("data") if isinstance(document, dict) and "data" in document else document
    return (Hook("subscription", None, frozenset(TOPICS)),) if found else ()


HOOKS = Hooks(
    credentials=(("access_token",),),
    topics=TOPICS,
    list=lambda source, page: _request(source, "GET"),
    read=_read,
    create=lambda source, address, topics: (_request(source, "POST"),),
    permission=("quyền wh_api của ứng dụng", "the app's scope wh_api"),
)
