"""Orders that changed, asked of Shopify's REST API.

Source: shopify.dev rest/resources/order and pagination (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import Json, Source
from bridge.core.platform import ApiRequest, Page, Poll
from bridge.platforms.shared.poll import (
    PAGE_SIZE,
    delivery_with,
    next_of_link,
    split_texts,
    topics_of_state,
    zulu_seconds,
)

VERSION = "2026-10"


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    query = {"limit": PAGE_SIZE, "page_info": page}
    if page is None:
        query = {
            "limit": PAGE_SIZE,
            "status": "any",
            "order": "updated_at asc",
            "updated_at_min": zulu_seconds(since),
        }
    base = source.settings.get("api_url") or f"https://{source.settings['shop_domain']}"
    url = f"{base.rstrip('/')}/admin/api/{VERSION}/orders.json?{urlencode(query)}"
    return ApiRequest("GET", url, {"X-Shopify-Access-Token": source.settings["access_token"]})


def _read(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"orders": […]}`; the header Link names the next page."""
    orders = split_texts(body, "orders")
    return Page(orders, next_of_link(len(orders), headers, page))


POLL = Poll(
    credentials=(("access_token", "shop_domain"), ("access_token", "api_url")),
    request=_request,
    read=_read,
    delivery=delivery_with("X-Shopify-Topic"),
    topics=topics_of_state,
)
