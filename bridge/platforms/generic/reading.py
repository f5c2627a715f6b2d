"""What a delivery says: its topic, its key, and the event with the order."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import TOPICS as OUR_TOPICS
from bridge.core.model import BadPayload, Event, Json, Order, Reading, Request, Source
from bridge.lib import jsonschema as schema
from bridge.platforms.generic.body import parse_body
from bridge.platforms.generic.order import read_order, read_order_id, read_time
from bridge.platforms.generic.paths import find_field, find_place
from bridge.platforms.generic.signature import is_standard
from bridge.platforms.shared.values import check_document, hash_body, join_key, to_text

TOPICS = {topic: topic for topic in OUR_TOPICS}
DEFAULT_TOPIC = "order.created"


def dedup_key(request: Request, source: Source) -> str:
    """What the source's `dedup` names, with their topic; without it the webhook-id of the standard, else the body."""
    body = hash_body(request.body)
    place = source.settings.get("dedup")
    if not place:
        webhook_id = request.header("webhook-id") if is_standard(source) else None
        return join_key("id", webhook_id) if webhook_id else join_key("body", body)
    try:
        document = parse_body(request)
        # With one id for all that happens to an order, the topic keeps its cancel from being a repeat.
        word = _topic_word(request, document, source) or ""
        value = _find_text(request, document, place)
    except BadPayload:
        return join_key("body", body)
    return join_key("id", word, value) if value else join_key("body", body)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the order's currency, exact; times UTC, without a zone read in the source's
    Errors   BadPayload: neither JSON nor a form, no id, total or currency, or a value that cannot be read for sure
    """
    document = parse_body(request)
    word = _topic_word(request, document, source)
    topics = source.settings.get("topics", {})
    topic = _fixed_topic(source) if word is None else topics.get(word, word)
    if topic is None:
        raise BadPayload(_topic_pointer(source), "is missing: what happened is not said")
    if topic not in OUR_TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=topic)
    order_id = read_order_id(document, source)
    if not source.settings.get("fields"):
        check_document(document, "generic")
    order = None if topic == "order.deleted" else read_order(document, topic, order_id, source)
    event = Event(
        topic="test" if order and order.test else topic,
        platform_topic=word or topic,
        occurred_at=read_time(document, "event.time", source) or _updated_at(order) or received_at,
        order_id=order_id,
        order=order,
        raw=document,
    )
    return Reading((event,))


def _topic_word(request: Request, document: Json, source: Source) -> str | None:
    """Their word for what happened, from `fields.topic`, or from the path or header that `topic` names."""
    place = source.settings.get("topic")
    fields = source.settings.get("fields", {})
    if place and place not in OUR_TOPICS:
        return _find_text(request, document, place)
    if fields and "topic" not in fields:
        return None
    return to_text(find_field(document, "topic", fields).value)


def _fixed_topic(source: Source) -> str | None:
    """The topic of a document that names none: `topic` if it is one of ours, or created where none is looked for."""
    place = source.settings.get("topic")
    if place in OUR_TOPICS:
        return str(place)
    looked_for = place or "topic" in source.settings.get("fields", {})
    return None if looked_for else DEFAULT_TOPIC


def _topic_pointer(source: Source) -> str:
    place = source.settings.get("topic") or source.settings.get("fields", {}).get("topic", "topic")
    return schema.pointer(find_place({}, place).path)


def _find_text(request: Request, document: Json, place: str) -> str | None:
    """The text at a path, or of a header: "header:X-Event", or a name that the document does not have."""
    if place.lower().startswith("header:"):
        return to_text(request.header(place[len("header:") :].strip()))
    return to_text(find_place(document, place).value) or to_text(request.header(place))


def _updated_at(order: Order | None) -> datetime | None:
    return order.updated_at if order else None
