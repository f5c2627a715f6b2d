"""WooCommerce's webhooks, by its REST API.

A shop switches one off after more than five failures in a row, and tells nobody. Source: woocommerce-rest-api-docs
wp-api-v3 webhooks (read 2026-11-23)
"""

from __future__ import annotations

import json

from bridge.core.model import Source
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib import signing
from bridge.platforms.shared.poll import base_url, basic_auth
from bridge.platforms.shared.shopify_like.hooks import KIND, numbered, read_hooks

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")

_PAGES = numbered("per_page", 100)


def _url(source: Source) -> str:
    return f"{base_url(source)}/wp-json/wc/v3/webhooks"


def _login(source: Source) -> dict[str, str]:
    return basic_auth(source.settings["consumer_key"], source.settings["consumer_secret"])


def _create(source: Source, address: str, topics: tuple[str, ...]) -> tuple[ApiRequest, ...]:
    """Signed with the source's first secret: without one the shop would make its own, which nobody here knows."""
    secret = signing.usable(source.secrets)[0]
    bodies = [
        {"name": f"VBot Bridge {topic}", "topic": topic, "delivery_url": address, "secret": secret, "status": "active"}
        for topic in topics
    ]
    return tuple(
        ApiRequest("POST", _url(source), {**KIND, **_login(source)}, json.dumps(body).encode()) for body in bodies
    )


def _renew(source: Source, hook: Hook) -> tuple[ApiRequest, ...]:
    body = json.dumps({"status": "active"}).encode()
    return (ApiRequest("PUT", f"{_url(source)}/{hook.id}", {**KIND, **_login(source)}, body),)


HOOKS = Hooks(
    credentials=(("api_url", "consumer_key", "consumer_secret"),),
    topics=TOPICS,
    list=lambda source, page: _PAGES.request(_url(source), _login(source), page),
    next=_PAGES.next,
    read=lambda body: read_hooks(body, None, "delivery_url", "topic", "status"),
    create=_create,
    renew=_renew,
    permission=("khóa REST API có quyền Read/Write", "a REST API key with Read/Write permission"),
    shows_all=True,
)
