"""KiotViet Retail: batches of orders without a phone, one topic for new and changed, and a sender that gives up on 4xx.

Sources: KiotViet's public API documentation (webhooks, orders, customers) as its public mirrors keep it, and public
receivers' code, 2026-11-23. Not documented: the exact form of the signature (all that were seen are taken), the exact
word of `Action` (read by its beginning), when it sends again, and a zone of its times (the source's is taken).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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
    Reply,
    Request,
    Source,
)
from bridge.lib import signing
from bridge.lib.jsonschema import pointer
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples_vietnam import kiotviet_documents, kiotviet_update
from bridge.platforms.kiotviet.order import find_time, read_order, told_phone, unnamed_channel, with_told
from bridge.platforms.kiotviet.signature import is_signed
from bridge.platforms.shared.tokens import token_headers, verify_token
from bridge.platforms.shared.updates import topic_of_update
from bridge.platforms.shared.values import (
    check_document,
    find,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
    to_id,
)

UPDATE, DELETE = "order.update", "order.delete"
TOPICS = {UPDATE: "order.created", DELETE: "order.deleted"}

API, TOKENS = "https://public.kiotapi.com", "https://id.kiotviet.vn"
HEADER = "X-Hub-Signature"
CHANNELS = "channels"

Path = tuple[str | int, ...]


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if one of the source's secrets signed the request, or stands in its address as `?token=`.

    The digest is HMAC-SHA256 in hex or base64, with or without `sha1=` or `sha256=` before it; its key is the secret,
    the bytes that the secret is base64 of, or the base64 of the secret.
    Errors   BadSignature no_secret, missing_signature, missing_token, bad_signature, bad_token. Nothing else escapes.
    """
    secrets = signing.usable(source.secrets)
    given = request.header(HEADER)
    if given is not None and given.strip() and is_signed(request.body, given.strip(), secrets):
        return
    try:
        verify_token(request, source)
    except BadSignature as refusal:
        if any(name.lower() == HEADER.lower() for name, _ in request.headers):
            raise BadSignature("bad_signature" if given and given.strip() else "missing_signature") from None
        raise refusal from None


def dedup_key(request: Request, source: Source) -> str:
    """The delivery's own id and what it says, without the number of the attempt.

    That the id is one of the delivery, and not of the webhook, is not documented.
    """
    try:
        document = parse_json(request.body)
    except BadPayload:
        return join_key("body", hash_body(request.body))
    said = {**document, "Attempt": None} if isinstance(document, dict) else document
    return join_key(find_text(document, "Id") or "", hash_body(json.dumps(said, default=str, sort_keys=True).encode()))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The events of this delivery: one for each order in each of its notifications.

    Units    amounts in dong; times UTC
    Errors   BadPayload: not JSON, no notifications, an order without id or total, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    if find(document, "Notifications") is None and (name := find_text(document, "eventName")) is not None:
        return Reading(ignored="unknown_topic", platform_topic=name)  # KiotViet Hotel
    check_document(document, "kiotviet", "Notifications")
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}
    events = [_deleted(raw, place, received_at) for place in _places(document, DELETE)]
    events += [_updated(raw, place, source, received_at) for place in _places(document, UPDATE)]
    if not events:
        if any(_word(one) for one in document["Notifications"]):
            return Reading(ignored="no_order")
        return Reading(ignored="unknown_topic", platform_topic=find_text(document, "Notifications", 0, "Action"))
    return Reading(tuple(events))


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """For each order that is still open: itself, its customer where it tells no phone, the name of its channel."""
    document = get_object(parse_json(request.body))
    fetched = {name: parse_json(body) for name, body in request.fetched.items()}
    raw = {**document, "fetched": fetched}
    missing: dict[str, Fetch] = {}
    for place in _places(document, UPDATE):
        for each in _missing(raw, place, source):
            missing.setdefault(each.name, each)
    if not missing and _needs_channels(raw, source):
        missing[CHANNELS] = Fetch(
            CHANNELS, f"{_base(source)}/salechannel?pageSize=100", _headers(source), optional=True
        )
    if missing and not _credentials(source):
        raise CannotFetch("fetch_no_credentials")
    return tuple(missing.values())


def login(source: Source) -> Login:
    """Where KiotViet lends a token for a day. CannotFetch."""
    found = _credentials(source)
    if found is None:
        raise CannotFetch("fetch_no_credentials")
    form = {"scopes": "PublicApi.Access", "grant_type": "client_credentials", **found}
    base = str(source.settings.get("api_url") or TOKENS).rstrip("/")
    return Login(f"{base}/connect/token", tuple(form.items()))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that KiotViet would send. What happened is said in the body."""
    digest = signing.sign(body, signing.usable(source.secrets)[0].encode(), encoding="hex")
    return ("Content-Type", "application/json"), (HEADER, f"sha256={digest}")


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source)


def _word(notification: Json) -> str | None:
    """Which of our words the notification's `Action` begins with."""
    action = (find_text(notification, "Action") or "").lower()
    return next((word for word in TOPICS if action.startswith(word)), None)


def _places(document: Json, word: str) -> Iterator[Path]:
    """Where the orders of these notifications stand."""
    notifications = find(document, "Notifications")
    for n, one in enumerate(notifications if isinstance(notifications, list) else []):
        if _word(one) != word:
            continue
        for key in ("Data", "RemoveId"):
            found = find(one, key)
            for position in range(len(found) if isinstance(found, list) else 0):
                yield "Notifications", n, key, position


def _deleted(raw: Json, place: Path, received_at: datetime) -> Event:
    named = find(raw, *place)
    order_id = get_id(raw, *place, "Id") if isinstance(named, dict) else to_id(named, place)
    return Event(TOPICS[DELETE], DELETE, received_at, order_id, None, raw)


def _updated(raw: Json, place: Path, source: Source, received_at: datetime) -> Event:
    order_id = get_id(raw, *place, "Id")
    order = _order(raw, place, order_id, source)
    later = topic_of_update(order, is_new=False)
    is_open = later in ("order.updated", "order.paid")
    return Event(
        topic="order.created" if is_open else later,
        platform_topic=UPDATE,
        occurred_at=order.updated_at or received_at,
        order_id=order_id,
        order=order,
        raw=raw,
        incomplete=bool(_missing(raw, place, source)),
        later_topic=later if is_open else None,
    )


def _order(raw: Json, place: Path, order_id: str, source: Source) -> Order:
    told = find(raw, "fetched", f"order:{order_id}")
    customer = find(raw, "fetched", f"customer:{_customer_of(raw, place, told)}")
    try:
        return read_order(raw, place, told, customer, find(raw, "fetched", CHANNELS), source)
    except BadPayload as error:
        raise BadPayload(pointer(place) + error.pointer, error.problem) from None


def _customer_of(raw: Json, place: Path, told: Json) -> str | None:
    return find_text(raw, *place, "CustomerId") or find_text(told, "customerId")


def _missing(raw: Json, place: Path, source: Source) -> Iterator[Fetch] | tuple[Fetch, ...]:
    order_id = get_id(raw, *place, "Id")
    fetched: Mapping[str, Json] = find(raw, "fetched") or {}
    order = _order(raw, place, order_id, source)
    if order.state != "open":
        return ()  # nobody is rung, and what happened is known
    base, headers = _base(source), _headers(source)
    name = f"order:{order_id}"
    if name not in fetched:
        since = find_time(find(raw, *place), "ModifiedDate", ZoneInfo(source.timezone))
        check = partial(_check_order, order_id, since, source)
        return (Fetch(name, f"{base}/orders/{quote(order_id, safe='')}", headers, check),)
    customer = _customer_of(raw, place, fetched[name])
    if told_phone(fetched[name]) or customer is None or f"customer:{customer}" in fetched:
        return ()
    url = f"{base}/customers/{quote(customer, safe='')}"
    return (Fetch(f"customer:{customer}", url, headers, partial(_check_customer, customer), optional=True),)


def _needs_channels(raw: Json, source: Source) -> bool:
    """Whether an open order names its channel by number alone. Without the list of them it is decided all the same."""
    fetched: Mapping[str, Json] = find(raw, "fetched") or {}
    return CHANNELS not in fetched and any(
        unnamed_channel(with_told(find(raw, *place), fetched.get(f"order:{order_id}"))) is not None
        for place in _places(raw, UPDATE)
        if _order(raw, place, order_id := get_id(raw, *place, "Id"), source).state == "open"
    )


def _base(source: Source) -> str:
    return str(source.settings.get("api_url") or API).rstrip("/")


def _headers(source: Source) -> tuple[tuple[str, str], ...]:
    return (("Retailer", str(source.settings.get("retailer", ""))),)


def _check_order(order_id: str, since: datetime | None, source: Source, body: bytes) -> str | None:
    """Whether this is the order, and not older than what the delivery said of it."""
    told = parse_json(body)
    if find_text(told, "id") != order_id:
        return "fetch_bad_answer"
    changed = find_time(told, "modifiedDate", ZoneInfo(source.timezone))
    # The two are written with different digits after the second.
    is_older = (
        since is not None and changed is not None and changed.replace(microsecond=0) < since.replace(microsecond=0)
    )
    return "fetch_stale" if is_older else None


def _check_customer(customer: str, body: bytes) -> str | None:
    return None if find_text(parse_json(body), "id") == customer else "fetch_bad_answer"


def _credentials(source: Source) -> dict[str, str] | None:
    names = ("client_id", "client_secret")
    found = {name: str(source.settings.get(name) or "") for name in names}
    return found if all(found.values()) and source.settings.get("retailer") else None


PLATFORM = Platform(
    name="kiotviet",
    title="KiotViet",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=kiotviet_update,
    secret_headers=secret_headers,
    # KiotViet stops for good after a 4xx, so a refusal looks like any answer; it is counted.
    refusal=Reply(),
    api=Api(
        credentials=("retailer", "client_id", "client_secret"),
        wanted=wanted,
        sample=kiotviet_documents,
        login=login,
        seconds_between=0.5,
    ),
)
