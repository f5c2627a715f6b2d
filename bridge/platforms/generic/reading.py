"""What a delivery holds: its key, and an event for each order in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Order, Reading, Request, Source
from bridge.platforms.generic.given import Given
from bridge.platforms.generic.order import meaning_in, read_order, read_order_id
from bridge.platforms.generic.presets import completed
from bridge.platforms.generic.signature import is_standard
from bridge.platforms.generic.topics import find_text, fixed_topic, topic_of, topic_of_state, topic_pointer, topic_word
from bridge.platforms.shared.bodies.documents import parse_documents
from bridge.platforms.shared.order_ids import plain_document, plain_id
from bridge.platforms.shared.states import meaning_of
from bridge.platforms.shared.values import get_object, hash_body, join_key


def dedup_key(request: Request, source: Source) -> str:
    """What the source's `dedup` names, with their topic; without it the webhook-id of the standard, else the body."""
    source, body = completed(source), hash_body(request.body)
    place = source.settings.get("dedup")
    if not place:
        webhook_id = request.header("webhook-id") if is_standard(source) else None
        return join_key("id", webhook_id) if webhook_id else join_key("body", body)
    try:
        documents = [Given(document, source) for document in parse_documents(request)]
        # With one id for all that happens to an order, the topic keeps its cancel from being a repeat.
        found = [(topic_word(request, given) or "", find_text(request, given, place)) for given in documents]
    except BadPayload:
        return join_key("body", body)
    if not all(value for _, value in found):
        return join_key("body", body)
    if len(found) > 1:
        return join_key("ids", hash_body(repr(found).encode("utf-8", "surrogatepass")))
    ((word, value),) = found
    return join_key("id", word, value or "")


def order_id(request: Request, source: Source) -> str | None:
    """The id of the one order in a JSON object."""
    document = plain_document(request)
    if document is None:
        return None
    try:
        return plain_id(Given(document, completed(source)).place("order.id").value)
    except BadPayload:
        return None


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The events of this delivery: one, or one for each entry of a list.

    Units    amounts in the order's currency, exact; times UTC, without a zone read in the source's
    Errors   BadPayload: neither JSON nor a form, no id or currency, or a value that cannot be read for sure
    """
    source, documents = completed(source), parse_documents(request)
    if len(documents) == 1:
        at = "/0" if request.body.lstrip()[:1] == b"[" else ""
        return _read_at(at, request, documents[0], source, received_at)
    found, failures = [], []
    for n, document in enumerate(documents):
        try:
            found.append(_read_at(f"/{n}", request, document, source, received_at))
        except BadPayload as error:
            failures.append(error)
    events = tuple(event for reading in found for event in reading.events)
    if failures and not events:
        raise failures[0]
    return Reading(events, failed=str(failures[0]) if failures else None) if events else found[0]


def _read_at(at: str, request: Request, document: Json, source: Source, received_at: datetime) -> Reading:
    try:
        return _read_document(request, get_object(document), source, received_at)
    except BadPayload as error:
        raise BadPayload(at + error.pointer, error.problem) from None


def _read_document(request: Request, document: Json, source: Source, received_at: datetime) -> Reading:
    given = Given(document, source)
    word = topic_word(request, given)
    topic = fixed_topic(source) if word is None else topic_of(word, source) or topic_of_state(meaning_in(given))
    if topic == "order.updated":
        topic = topic_of_state(given.around(lambda: meaning_in(given), None)) or topic
    if topic is None and word is None:
        raise BadPayload(topic_pointer(source), "is missing: what happened is not said")
    if topic is None:
        return Reading(ignored="unknown_topic", platform_topic=word)
    order_id = read_order_id(given)
    order = None if topic == "order.deleted" else read_order(given, topic, order_id)
    event = Event(
        topic="test" if order and order.test else topic,
        platform_topic=word or topic,
        occurred_at=given.needed(lambda: given.time("event.time"), None) or _updated_at(order) or received_at,
        order_id=order_id,
        order=order,
        raw=document,
        unknown_state=_unknown(order, source),
    )
    return Reading((replace(event, notes=tuple(dict.fromkeys(given.notes))),))


def _updated_at(order: Order | None) -> datetime | None:
    return order.updated_at if order else None


def _unknown(order: Order | None, source: Source) -> str | None:
    return order.status if order and meaning_of(order.status, source) is None else None
