"""What the polls of several platforms share: addresses, credentials, pages in Shopify's manner. Nothing is sent here.

An order that is found is wrapped as the request that the shop would have sent, its bytes as the shop wrote them, so
that the platform's own `read` reads it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from bridge.core.model import BadPayload, Json, Order, Request, Source
from bridge.core.platform import Page, plain_delivery
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.texts import entries, members, skip_blanks
from bridge.platforms.shared.values import find

PAGE_SIZE = 50
_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')


def base_url(source: Source, default: str = "") -> str:
    """Where the shop's API is, without a slash at the end."""
    return str(source.settings.get("api_url") or default).rstrip("/")


def basic_auth(name: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic authentication (RFC 7617)."""
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


def zulu_seconds(at: datetime) -> str:
    """The instant in UTC, such as 2026-11-23T05:06:07Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def split_texts(body: bytes, name: str | None) -> tuple[str, ...]:
    """The texts of the entries of a list: the document itself, or its member of this name. BadPayload."""
    document = parse_json(body)
    found = document if name is None else find(document, name)
    if not isinstance(found, list):
        raise BadPayload(f"/{name}" if name else "", "is not a list")
    text = body.decode("utf-8-sig")
    start = skip_blanks(text, 0)
    if name is not None:
        start = next(at for key, at in members(text, start) if key == name)
    return tuple(entries(text, start))


def next_of_link(count: int, headers: Mapping[str, str], page: Json) -> Json:
    """The `page_info` of the next page, as the header Link has it; None on the last one."""
    link = _NEXT.search(headers.get("link", ""))
    return parse_qs(urlsplit(link[1]).query).get("page_info", [None])[0] if link else None


def read_numbered(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"orders": […]}`, in numbered pages."""
    orders = split_texts(body, "orders")
    return Page(orders, (page or 1) + 1 if len(orders) == PAGE_SIZE else None)


def delivery_with(header: str) -> Callable[[Source, str, str], Request]:
    """The delivery of an order by a platform that names the topic in this header."""
    return lambda source, order, topic: plain_delivery(source, order.encode(), (header, topic))


def topics_of_state(order: Order, is_new: bool) -> tuple[str, ...]:
    """The topics of the order's state: Shopify and its like have one for each step."""
    words = {"cancelled": "orders/cancelled", "fulfilled": "orders/fulfilled"}
    step = words.get(order.state) or ("orders/paid" if order.payment.paid and order.state == "open" else None)
    if is_new:
        return ("orders/create", step) if step else ("orders/create",)
    return (step or "orders/updated",)
