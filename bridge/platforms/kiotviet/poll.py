"""Orders that changed, asked of KiotViet's API.

Source: KiotViet's public API documentation 2.5.1 as public mirrors keep it (read 2026-11-23)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bridge.core.model import Json, Request, Source
from bridge.core.platform import ApiRequest, Page, Poll, plain_delivery
from bridge.lib.strictjson import parse_json
from bridge.platforms.kiotviet.api import API
from bridge.platforms.kiotviet.notifications import UPDATE
from bridge.platforms.shared.poll import base_url, split_texts
from bridge.platforms.shared.texts import members
from bridge.platforms.shared.values import find_text

PAGE_SIZE = 100


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    """Whoever sends this adds the token. Times are the shop's own, without a zone."""
    at = since.astimezone(ZoneInfo(source.timezone)).strftime("%Y-%m-%dT%H:%M:%S")
    query = {
        "lastModifiedFrom": at,
        "orderBy": "id",
        "orderDirection": "Asc",
        "pageSize": PAGE_SIZE,
        "currentItem": page or 0,
    }
    url = f"{base_url(source, API)}/orders?{urlencode(query)}"
    return ApiRequest("GET", url, {"Retailer": str(source.settings["retailer"])})


def _read(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"total": …, "data": […]}`; a page begins at an item's number."""
    orders, start = split_texts(body, "data"), page or 0
    total = find_text(parse_json(body), "total") or ""
    end = start + len(orders)
    more = end < int(total) if re.fullmatch("[0-9]{1,9}", total) else len(orders) == PAGE_SIZE
    return Page(orders, end if more and orders else None)


def _delivery(source: Source, order: str, topic: str) -> Request:
    """The order's own members under the webhook's names; its lines and delivery are fetched as after a webhook."""
    decoder = json.JSONDecoder()
    found = [(name, order[at : decoder.raw_decode(order, at)[1]]) for name, at in members(order, 0)]
    renamed = ",".join(f"{json.dumps(name[:1].upper() + name[1:])}:{value}" for name, value in found)
    return plain_delivery(source, f'{{"Notifications":[{{"Action":"{topic}","Data":[{{{renamed}}}]}}]}}'.encode())


POLL = Poll(
    credentials=(("retailer", "client_id", "client_secret"),),
    request=_request,
    read=_read,
    delivery=_delivery,
    topics=lambda order, is_new: (UPDATE,),
    has_created_topic=False,
)
