"""Tiki: no webhook, but a queue of events that is pulled; each names an order, and its API tells the rest.

Sources: open.tiki.vn event-queue-api, guides/event-queues, tiki-theory/event-type, order-api-v2,
oauth-2-0/auth-flows/client-credentials, commons/common-exceptions; public clients for the events as they come
(read 2026-11-23). Not documented: how soon after an event the API shows its change, and what a pull without
`ack_id` gives once something was taken. So a place in the queue is given up only where Tiki refuses it.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bridge.core.model import (
    Api,
    BadPayload,
    BadSignature,
    CannotFetch,
    Event,
    Fetch,
    Json,
    Login,
    Order,
    Platform,
    Reading,
    Request,
    Source,
)
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples_vietnam import tiki_documents, tiki_event
from bridge.platforms.shared.loose import EPOCH, parse_time
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.values import check_document, find, find_text, get_id, get_object, hash_body, join_key
from bridge.platforms.tiki.order import STATES, read_order

CREATED, STATUS = "ORDER_CREATED_SUCCESSFULLY", "ORDER_STATUS_UPDATED"
TOPICS = {CREATED: "order.created", STATUS: "order.updated"}

API = "https://api.tiki.vn"

_STATE_TOPICS = {
    "cancelled": "order.cancelled",
    "refunded": "order.cancelled",
    "fulfilled": "order.fulfilled",
    "completed": "order.fulfilled",
}


def verify(request: Request, source: Source, now: datetime) -> None:
    """Tiki sends nothing: whoever sends is not Tiki. BadSignature no_webhook."""
    raise BadSignature("no_webhook")


def dedup_key(request: Request, source: Source) -> str:
    """The event's id, which the queue repeats when it tells the event again."""
    try:
        event_id = find_text(parse_json(request.body), "id")
    except BadPayload:
        event_id = None
    return join_key("id", event_id) if event_id else join_key("body", hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event, with the order as Tiki told it when it was asked.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no type, no order code, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    kind = find_text(document, "type")
    if kind is None:
        raise BadPayload("/type", "is missing")
    if kind not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    check_document(document, "tiki", "payload")
    own, seller = str(source.settings.get("sid") or ""), find_text(document, "sid")
    if own and seller != own:
        return Reading(ignored="other_seller")
    code = get_id(document, "payload", "order_code")
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}
    order = read_order(raw, source) if "order" in request.fetched else None
    at = _event_time(document, source) or received_at
    return Reading((Event(_topic(document, kind, order), kind, at, code, order, raw, incomplete=order is None),))


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """The order of this event, until it is there. CannotFetch, BadPayload."""
    events = read(request, source, EPOCH).events
    if not events or not events[0].incomplete:
        return ()
    if _lacks_credentials(source):
        raise CannotFetch("fetch_no_credentials")
    url = f"{base_url(source, API)}/integration/v2/orders/{quote(events[0].order_id, safe='')}"
    return (Fetch("order", url, check=partial(_check_order, events[0].raw)),)


def login(source: Source) -> Login:
    """Where Tiki lends an in-house app its token. There is no refresh token. CannotFetch."""
    if _lacks_credentials(source):
        raise CannotFetch("fetch_no_credentials")
    pair = f"{source.settings['client_id']}:{source.settings['client_secret']}"
    basic = (("Authorization", f"Basic {b64encode(pair.encode()).decode()}"),)
    return Login(f"{base_url(source, API)}/sc/oauth2/token", (("grant_type", "client_credentials"),), basic)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """Tiki signs nothing. BadSignature no_webhook."""
    raise BadSignature("no_webhook")


def _lacks_credentials(source: Source) -> bool:
    return not (source.settings.get("client_id") and source.settings.get("client_secret"))


def _check_order(event: Json, body: bytes) -> str | None:
    """Whether this is the event's order, and not open still where the event says that it has ended."""
    told = parse_json(body)
    if find_text(told, "code") != find_text(event, "payload", "order_code"):
        return "fetch_bad_answer"
    ended = _state(find_text(event, "payload", "status")) in _STATE_TOPICS
    return "fetch_stale" if ended and _state(find_text(told, "status")) not in _STATE_TOPICS else None


def _state(status: str | None) -> str:
    return STATES.get(status or "", "open")


def _topic(event: Json, kind: str, order: Order | None) -> str:
    """What happened, by the order as it is now, or by the event alone where Tiki has not told."""
    state = order.state if order else _state(find_text(event, "payload", "status"))
    if state in _STATE_TOPICS:
        return _STATE_TOPICS[state]
    if kind == CREATED:
        return TOPICS[CREATED]
    return "order.paid" if order and order.payment.paid else TOPICS[STATUS]


def _event_time(event: Json, source: Source) -> datetime | None:
    """`created_at` is milliseconds since 1970, as they were seen."""
    at = find(event, "created_at")
    try:
        return None if at is None else parse_time(at, ZoneInfo(source.timezone))
    except ValueError:
        raise BadPayload("/created_at", "is not a time: milliseconds since 1970") from None


PLATFORM = Platform(
    name="tiki",
    title="Tiki",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=tiki_event,
    api=Api(credentials=("client_id", "client_secret"), wanted=wanted, sample=tiki_documents, login=login),
)
