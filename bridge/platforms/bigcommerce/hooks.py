"""BigCommerce's webhooks, by its v3 API. They are visible to the token that made them alone.

Source: https://docs.bigcommerce.com, webhooks v3 (read 2026-11-23)
"""

from __future__ import annotations

import json
from urllib.parse import quote

from bridge.core.model import Source
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.platforms.bigcommerce.api import API
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.hooks import KIND, numbered, read_hooks

TOPICS = (
    *("store/order/created", "store/order/updated", "store/order/statusUpdated", "store/order/archived"),
    "store/order/refund/created",
)

_PAGES = numbered("limit", 250)


def _url(source: Source) -> str:
    return f"{base_url(source, API)}/stores/{quote(str(source.settings['store_hash']), safe='')}/v3/hooks"


def _headers(source: Source) -> dict[str, str]:
    return {"X-Auth-Token": str(source.settings["access_token"])}


def _create(source: Source, address: str, topics: tuple[str, ...]) -> tuple[ApiRequest, ...]:
    bodies = [{"scope": topic, "destination": address, "is_active": True, "headers": {}} for topic in topics]
    return tuple(
        ApiRequest("POST", _url(source), {**KIND, **_headers(source)}, json.dumps(body).encode()) for body in bodies
    )


def _renew(source: Source, hook: Hook) -> tuple[ApiRequest, ...]:
    body = json.dumps({"is_active": True}).encode()
    return (ApiRequest("PUT", f"{_url(source)}/{quote(hook.id, safe='')}", {**KIND, **_headers(source)}, body),)


HOOKS = Hooks(
    credentials=(("store_hash", "access_token"),),
    topics=TOPICS,
    list=lambda source, page: _PAGES.request(_url(source), _headers(source), page),
    next=_PAGES.next,
    read=lambda body: read_hooks(body, "data", "destination", "scope", "is_active"),
    create=_create,
    renew=_renew,
    permission=("quyền Orders (read-only trở lên) của token", "the token's scope Orders, read-only or more"),
)
