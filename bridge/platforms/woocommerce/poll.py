"""Orders that changed, asked of WooCommerce's REST API.

Source: woocommerce-rest-api-docs wp-api-v3 orders (read 2026-11-23)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from bridge.core.model import Json, Order, Request, Source
from bridge.core.model.order_states import DONE, ENDED
from bridge.core.platform import ApiRequest, Page, Poll, plain_delivery
from bridge.platforms.shared.poll import PAGE_SIZE, split_texts
from bridge.platforms.woocommerce.access import api_request


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    query = {
        "modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "dates_are_gmt": "true",
        "status": "any",
        "orderby": "modified",
        "order": "asc",
        "per_page": PAGE_SIZE,
        "page": page or 1,
    }
    return api_request(source, "GET", "orders", query)


def _read(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """A bare list, in numbered pages; a header holds how many there are."""
    orders = split_texts(body, None)
    pages = headers.get("x-wp-totalpages", "")
    number = page or 1
    more = number < int(pages) if re.fullmatch("[0-9]{1,9}", pages) else len(orders) == PAGE_SIZE
    return Page(orders, number + 1 if more and orders else None)


def _delivery(source: Source, order: str, topic: str) -> Request:
    resource, _, event = topic.partition(".")
    headers = (("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Resource", resource), ("X-WC-Webhook-Event", event))
    return plain_delivery(source, order.encode(), *headers)


def _topics(order: Order, is_new: bool) -> tuple[str, ...]:
    if not is_new:
        return ("order.updated",)
    has_moved = order.payment.paid or order.state in ENDED | DONE
    return ("order.created", "order.updated") if has_moved else ("order.created",)


POLL = Poll(
    credentials=(("api_url", "consumer_key", "consumer_secret"),),
    request=_request,
    read=_read,
    delivery=_delivery,
    topics=_topics,
)
