"""What a delivery of KiotViet means: one event for each order in each of its notifications.

Source: KiotViet's public API documentation, webhooks, as its public mirrors keep it (read 2026-11-23)
"""

from __future__ import annotations

import json
from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Reading, Request, Source
from bridge.lib.strictjson import parse_json
from bridge.platforms.kiotviet.api import missing_documents
from bridge.platforms.kiotviet.notifications import (
    DELETE,
    TOPICS,
    UPDATE,
    action_of,
    order_at,
    order_places,
    read_notified,
)
from bridge.platforms.kiotviet.order import unknown_state
from bridge.platforms.shared.around import Path
from bridge.platforms.shared.states import with_taught_state
from bridge.platforms.shared.updates import topics_of_update
from bridge.platforms.shared.values import (
    find,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
    to_id,
)


def dedup_key(request: Request, source: Source) -> str:
    """The delivery's own id and its content, without the number of the attempt.

    That the id is one of the delivery, and not of the webhook, is not documented.
    """
    try:
        document = parse_json(request.body)
    except BadPayload:
        return join_key("body", hash_body(request.body))
    content = {**document, "Attempt": None} if isinstance(document, dict) else document
    text = json.dumps(content, default=str, sort_keys=True)
    return join_key(find_text(document, "Id") or "", hash_body(text.encode()))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The events of this delivery: one for each order in each of its notifications.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no notifications, an order without id or total, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    if find(document, "Notifications") is None and (name := find_text(document, "eventName")) is not None:
        return Reading(ignored="unknown_topic", platform_topic=name)  # KiotViet Hotel
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}

    deleted, updated = tuple(order_places(raw, DELETE)), tuple(order_places(raw, UPDATE))

    def read_at(place: Path) -> tuple[Event, ...]:
        return (_deleted(raw, place, received_at) if place in deleted else _updated(raw, place, source, received_at),)

    found = read_notified(raw, (*deleted, *updated), read_at)
    if not found.events:
        if any(action_of(one) for one in raw["Notifications"]):
            return Reading(ignored="no_order")
        return Reading(ignored="unknown_topic", platform_topic=find_text(raw, "Notifications", 0, "Action"))
    return Reading(found.events, failed=found.failed)


def _deleted(raw: Json, place: Path, received_at: datetime) -> Event:
    named = find(raw, *place)
    order_id = get_id(raw, *place, "Id") if isinstance(named, dict) else to_id(named, place)
    return Event(TOPICS[DELETE], DELETE, received_at, order_id, None, raw)


def _updated(raw: Json, place: Path, source: Source, received_at: datetime) -> Event:
    order_id = get_id(raw, *place, "Id")
    order = with_taught_state(order_at(raw, place, order_id, source), source)
    topic, later = topics_of_update(order, is_new=True)
    return Event(
        topic=topic,
        platform_topic=UPDATE,
        occurred_at=order.updated_at or received_at,
        order_id=order_id,
        order=order,
        raw=raw,
        incomplete=bool(missing_documents(raw, place, source)),
        later_topic=later,
        unknown_state=unknown_state(order, source),
    )
