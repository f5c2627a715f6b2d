"""EasyStore's webhooks, by its API 3.0.

Two lists of topics in its own documentation differ: those that stand in both are registered. Source: EasyStore's
Postman collection as two public inventories list it (2026-05, 2026-07; read 2026-11-30)
"""

from __future__ import annotations

import json

from bridge.core.model import Source
from bridge.core.platform import ApiRequest, Hooks
from bridge.platforms.easystore.api import api_base, api_headers
from bridge.platforms.shared.shopify_like.hooks import KIND, numbered, read_hooks

TOPICS = ("order/create", "order/update", "order/paid", "order/cancel", "fulfillment/create", "refund/create")
_PAGES = numbered("limit", 50)


def _url(source: Source) -> str:
    return f"{api_base(source)}/webhooks.json"


def _create(source: Source, address: str, topics: tuple[str, ...]) -> tuple[ApiRequest, ...]:
    bodies = [json.dumps({"webhook": {"topic": topic, "url": address}}).encode() for topic in topics]
    return tuple(ApiRequest("POST", _url(source), {**KIND, **api_headers(source)}, body) for body in bodies)


HOOKS = Hooks(
    credentials=(("access_token", "shop_domain"), ("access_token", "api_url")),
    topics=TOPICS,
    list=lambda source, page: _PAGES.request(_url(source), api_headers(source), page),
    next=_PAGES.next,
    read=lambda body: read_hooks(body, "webhooks", "url", "topic"),
    create=_create,
    permission=("quyền read_orders của ứng dụng", "the app's access scope read_orders"),
)
