"""The events of Tiki's queue.

Sources: open.tiki.vn event-queue-api; public clients for the bodies of events/pull (read 2026-11-23)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from bridge.core.model import BadPayload, Json, Source
from bridge.core.platform import ApiRequest, Page, Poll
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.poll import base_url, split_texts
from bridge.platforms.shared.values import get_id, get_object
from bridge.platforms.tiki.api import API


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    """Whoever sends this adds the token. Naming up to where the queue is read takes the events before it out: there is
    no other acknowledgement."""
    queue = quote(str(source.settings["queue"]), safe="")
    url = f"{base_url(source, API)}/integration/v1/queues/{queue}/events/pull"
    return ApiRequest("POST", url, {"Content-Type": "application/json"}, json.dumps({"ack_id": page}).encode())


def _read(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    """`{"events": […], "ack_id": "…"}`, oldest first; a queue without news may say null for both."""
    document = get_object(parse_json(body))
    if "events" not in document:
        raise BadPayload("/events", "is missing")
    texts = split_texts(body, "events") if document["events"] is not None else ()
    if not texts and document.get("ack_id") is None:
        return Page((), page)
    return Page(texts, get_id(document, "ack_id"))


POLL = Poll(
    credentials=(("client_id", "client_secret", "queue"),),
    request=_request,
    read=_read,
    yields="events",
    every=timedelta(minutes=1),
)
