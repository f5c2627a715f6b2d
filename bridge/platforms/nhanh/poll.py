"""Orders that changed, asked of Nhanh.vn's API, version 3.

Source: Nhanh's public clients, for `updatedAtFrom` and the paginator (read 2026-11-23)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import BadPayload, Json, Order, Request, Source
from bridge.core.platform import ApiRequest, Page, Poll, plain_delivery
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.poll import PAGE_SIZE, base_url, split_texts
from bridge.platforms.shared.values import find, find_text

API = "https://pos.open.nhanh.vn"


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    settings = source.settings
    paginator = {"size": PAGE_SIZE, "sort": {"id": "asc"}, **({"next": page} if page is not None else {})}
    body = {"filters": {"updatedAtFrom": int(since.timestamp())}, "paginator": paginator}
    who = urlencode({"appId": settings["app_id"], "businessId": settings["business_id"]})
    headers = {"Authorization": str(settings["access_token"]), "Content-Type": "application/json"}
    return ApiRequest("POST", f"{base_url(source, API)}/v3.0/order/list?{who}", headers, json.dumps(body).encode())


def _read(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"code": 1, "data": […], "paginator": {"next": …}}`; a refusal is a 200 with code 0."""
    document = parse_json(body)
    if find_text(document, "code") != "1":
        raise BadPayload("/code", "is not 1")
    following = find(document, "paginator", "next")
    return Page(split_texts(body, "data") if find(document, "data") else (), following or None)


def _delivery(source: Source, order: str, topic: str) -> Request:
    business = json.dumps(source.settings["business_id"])
    return plain_delivery(source, f'{{"event":"{topic}","businessId":{business},"data":{order}}}'.encode())


def _topics(order: Order, is_new: bool) -> tuple[str, ...]:
    if is_new and order.state == "open":
        return ("orderAdd",)
    return ("orderAdd", "orderUpdate") if is_new else ("orderUpdate",)


POLL = Poll(
    credentials=(("app_id", "business_id", "access_token"),),
    request=_request,
    read=_read,
    delivery=_delivery,
    topics=_topics,
)
