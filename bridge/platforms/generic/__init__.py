"""Any shop that can send a signed HTTP request: the source's settings say how it signs and where its fields are.

Pure. Three schemes (Standard Webhooks, HMAC in a header, static token), JSON or a form. Without `fields` the document
is read in our own names: {"topic": …, "order": {…}, "customer": {…}, "items": […]}, or flat {"id": …, "total": …}.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl

from bridge.core.model import TOPICS as OUR_TOPICS
from bridge.core.model import (
    BadPayload,
    BadSignature,
    Event,
    Json,
    Order,
    Platform,
    Reading,
    Request,
    Source,
)
from bridge.lib import jsonschema as schema
from bridge.lib import signing
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples import generic_order
from bridge.platforms.generic.order import read_order, read_order_id, read_time
from bridge.platforms.shared.paths import find_field, find_place
from bridge.platforms.shared.tokens import token_header, token_headers, verify_token
from bridge.platforms.shared.values import check_document, get_object, hash_body, join_key, to_text

TOPICS = {topic: topic for topic in OUR_TOPICS}
DEFAULT_TOPIC = "order.created"
SIGNATURE_HEADER = "X-Signature"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the request proves, in the source's scheme, that its sender knows one of the secrets.

    Errors   BadSignature no_secret, missing_signature, bad_signature, bad_timestamp, stale_timestamp,
             missing_token, bad_token, unknown_hash, unknown_scheme. Nothing else escapes.
    """
    settings = source.settings
    match settings.get("scheme", "standard"):
        case "standard":
            signing.verify_standard(request, source.secrets, now)
        case "hmac":
            given = request.header(settings.get("header", SIGNATURE_HEADER))
            prefix = settings.get("prefix", "")
            if given and not given.strip().startswith(prefix):
                raise BadSignature("bad_signature")
            signing.verify(
                request.body,
                given.strip()[len(prefix) :] if given else None,
                source.secrets,
                algorithm=settings.get("hash", "sha256"),
                encoding=settings.get("encoding", "hex"),
            )
        case "token":
            verify_token(request, source)
        case _:
            raise BadSignature("unknown_scheme")


def dedup_key(request: Request, source: Source) -> str:
    """What the source's `dedup` names, with their topic; without it the webhook-id of the standard, else the body."""
    body = hash_body(request.body)
    place = source.settings.get("dedup")
    if not place:
        webhook_id = request.header("webhook-id") if _is_standard(source) else None
        return join_key("id", webhook_id) if webhook_id else join_key("body", body)
    try:
        document = _parse_body(request)
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
    document = _parse_body(request)
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


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that a shop of this source would send. The topic is in the body, so it signs nothing here."""
    secret = signing.usable(source.secrets)[0]
    settings = source.settings
    kind = ("Content-Type", "application/json")
    match settings.get("scheme", "standard"):
        case "hmac":
            algorithm, encoding = settings.get("hash", "sha256"), settings.get("encoding", "hex")
            signature = signing.sign(body, secret.encode(), algorithm=algorithm, encoding=encoding)
            return kind, (settings.get("header", SIGNATURE_HEADER), settings.get("prefix", "") + signature)
        case "token":
            return kind, (token_header(source), secret)
    return kind, *signing.sign_standard(body, f"msg_{hash_body(body)[:27]}", secret, now)


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    if source.settings.get("scheme") != "token":
        return frozenset()
    return token_headers(source)


def _parse_body(request: Request) -> dict[str, Json]:
    kind = (request.header("content-type") or "").lower()
    if not kind.startswith("application/x-www-form-urlencoded") or request.body.lstrip()[:1] == b"{":
        return get_object(parse_json(request.body))
    try:
        text = request.body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError:
        raise BadPayload("", "is not a form in UTF-8") from None
    found = {name.replace("\x00", ""): value.replace("\x00", "") for name, value in pairs}
    if len(found) != len(pairs):
        raise BadPayload("", "names a field twice in one form")
    return found


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


def _is_standard(source: Source) -> bool:
    return bool(source.settings.get("scheme", "standard") == "standard")


def _updated_at(order: Order | None) -> datetime | None:
    return order.updated_at if order else None


PLATFORM = Platform(
    name="generic",
    title="Any shop with webhooks",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=generic_order,
    secret_headers=secret_headers,
)
