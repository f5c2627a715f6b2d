"""Orders that changed, asked of Haravan's API.

Source: docs.haravan.com omni-apis/orders (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from bridge.core.model import Json, Source
from bridge.core.platform import ApiRequest, Poll
from bridge.platforms.shared.poll import (
    PAGE_SIZE,
    base_url,
    delivery_with,
    read_numbered,
    topics_of_state,
    zulu_seconds,
)

API = "https://apis.haravan.com"


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    query = {
        "updated_at_min": zulu_seconds(since),
        "order": "updated_at asc",
        "status": "any",
        "limit": PAGE_SIZE,
        "page": page or 1,
    }
    url = f"{base_url(source, API)}/com/orders.json?{urlencode(query)}"
    return ApiRequest("GET", url, {"Authorization": f"Bearer {source.settings['access_token']}"})


POLL = Poll(
    credentials=(("access_token",),),
    request=_request,
    read=read_numbered,
    delivery=delivery_with("X-Haravan-Topic"),
    topics=topics_of_state,
)
