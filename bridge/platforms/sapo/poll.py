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
    query = {"modified_on_min": zulu_seconds(since), "status": "any", "limit": PAGE_SIZE, "page": page or 1}
    return ApiRequest("GET", f"{base_url(source)}/admin/orders.json?{urlencode(query)}", login_headers(source))


def login_headers(source: Source) -> dict[str, str]:
    """Of an app's token, or of a private app's key and secret."""
    token = source.settings.get("access_token")
    if token:
        return {"X-Sapo-Access-Token": str(token)}
    return basic_auth(source.settings["api_key"], source.settings["api_secret"])


POLL = Poll(
    credentials=(("api_url", "access_token"), ("api_url", "api_key", "api_secret")),
    request=_request,
    read=read_numbered,
    delivery=delivery_with("X-Sapo-Topic"),
    topics=topics_of_state,
)
