"""Orders that changed, asked of Sapo Web's API.

Source: Sapo's public clients, for `modified_on_min` (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import Json, Source
from bridge.core.platform import ApiRequest, Poll
from bridge.platforms.shared.poll import (
    PAGE_SIZE,
    base_url,
    basic_auth,
    delivery_with,
    read_numbered,
    topics_of_state,
    zulu_seconds,
)


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    settings = source.settings
    query = {"modified_on_min": zulu_seconds(since), "status": "any", "limit": PAGE_SIZE, "page": page or 1}
    token = settings.get("access_token")
    login = {"X-Sapo-Access-Token": token} if token else basic_auth(settings["api_key"], settings["api_secret"])
    return ApiRequest("GET", f"{base_url(source)}/admin/orders.json?{urlencode(query)}", login)


POLL = Poll(
    credentials=(("api_url", "access_token"), ("api_url", "api_key", "api_secret")),
    request=_request,
    read=read_numbered,
    delivery=delivery_with("X-Sapo-Topic"),
    topics=topics_of_state,
)
