"""BigCommerce: Standard Webhooks that name an order; what it holds is asked of the shop's API.

Sources: https://docs.bigcommerce.com (webhooks: overview, events; REST management API, orders v2), 2026-11-23.
Not documented: how soon after an event the API shows its change. So an order that is older than its event is asked
for again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from bridge.core.model import (
    Api,
    BadPayload,
    BadSignature,
    CannotFetch,
    Event,
    Fetch,
    Json,
    Order,
    Platform,
    Reading,
    Request,
    Source,
)
from bridge.lib import signing
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples_abroad import bigcommerce_documents, bigcommerce_event
from bridge.platforms.bigcommerce.order import DONE, ENDED, STATES, find_time, read_order
from bridge.platforms.shared.loose import EPOCH
from bridge.platforms.shared.tokens import token_headers, verify_token
from bridge.platforms.shared.values import (
    check_document,
    find_amount,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
)

CREATED, STATUS = "store/order/created", "store/order/statusUpdated"
TOPICS = {
    CREATED: "order.created",
    "store/order/updated": "order.updated",
    STATUS: "order.updated",
    "store/order/refund/created": "order.updated",
    "store/order/archived": "order.deleted",
}

API = "https://api.bigcommerce.com"

# Two clocks of BigCommerce: one of the event, one of the order.
SKEW = timedelta(seconds=30)


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if one of the source's secrets signed the request, or stands in its token header.

    A webhook made with headers of its own, before BigCommerce signed, carries only such a token.
    Errors   BadSignature no_secret, missing_signature, missing_token, bad_signature, bad_token, bad_timestamp,
             stale_timestamp, wrong_shop. Nothing else escapes.
    """
    if any(name.lower() == "webhook-signature" for name, _ in request.headers):
        signing.verify_standard(request, [_standard(secret) for secret in signing.usable(source.secrets)], now)
    else:
        verify_token(request, source)
    try:
        producer = find_text(parse_json(request.body), "producer")
    except BadPayload:
        return
    shop = source.settings.get("store_hash")
    if shop and producer and producer != f"stores/{shop}":
        raise BadSignature("wrong_shop")


def dedup_key(request: Request, source: Source) -> str:
    """`webhook-id`, which a resend repeats; without it what happened to the order, and when."""
    webhook_id = request.header("webhook-id")
    if webhook_id and webhook_id.strip():
        return join_key("id", webhook_id.strip())
    try:
        document = parse_json(request.body)
    except BadPayload:
        return join_key("body", hash_body(request.body))
    names = (("producer",), ("scope",), ("data", "id"), ("created_at",), ("hash",))
    return join_key(*(find_text(document, *name) or "" for name in names))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, with the order as the shop told it when it was asked.

    Units    amounts exact, in the currency of the order; times UTC
    Errors   BadPayload: not JSON, no scope, no order id, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    scope = find_text(document, "scope")
    if scope is None:
        raise BadPayload("/scope", "is missing")
    if scope not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=scope)
    check_document(document, "bigcommerce", "data")
    order_id = get_id(document, "data", "id")
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}
    order = read_order(raw, source) if "order" in request.fetched else None
    missing = TOPICS[scope] != "order.deleted" and _missing(request.fetched, order)
    topic = _topic(document, scope, order)
    at = _event_time(document) or received_at
    return Reading((Event(topic, scope, at, order_id, order, raw, incomplete=bool(missing)),))


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """What the shop must still tell of this order: the order, then its addresses and products."""
    document = get_object(parse_json(request.body))
    scope = find_text(document, "scope") or ""
    if TOPICS.get(scope, "order.deleted") == "order.deleted":
        return ()
    order_id = get_id(document, "data", "id")
    known = {"fetched": {"order": parse_json(request.fetched["order"])}} if "order" in request.fetched else None
    missing = _missing(request.fetched, read_order(known, source) if known else None)
    if not missing:
        return ()
    shop, token = source.settings.get("store_hash"), source.settings.get("access_token")
    if not shop or not token:
        raise CannotFetch("fetch_no_credentials")
    base = str(source.settings.get("api_url") or API).rstrip("/")
    order_url = f"{base}/stores/{quote(str(shop), safe='')}/v2/orders/{quote(order_id, safe='')}"
    every = {
        "order": Fetch("order", order_url, check=partial(_check_order, document)),
        "shipping_addresses": Fetch(
            "shipping_addresses", f"{order_url}/shipping_addresses?limit=50", check=_check_list, optional=True
        ),
        "products": Fetch("products", f"{order_url}/products?limit=250", check=_check_list, optional=True),
    }
    headers = (("X-Auth-Token", str(token)),)
    return tuple(Fetch(one.name, one.url, headers, one.check, one.optional) for one in map(every.__getitem__, missing))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that BigCommerce would send. What happened is said in the body."""
    secret = _standard(signing.usable(source.secrets)[0])
    return ("Content-Type", "application/json"), *signing.sign_standard(
        body, f"msg_{hash_body(body)[:24]}", secret, now
    )


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source)


def _standard(secret: str) -> str:
    """The client secret in the writing of Standard Webhooks: its bytes as they are, are the key."""
    return "whsec_" + base64.b64encode(secret.encode()).decode()


def _missing(fetched: Mapping[str, bytes], order: Order | None) -> tuple[str, ...]:
    if order is None:
        return ("order",)
    # An order that nobody has placed yet rings nobody.
    names = () if order.state in ("draft", "deleted") else ("shipping_addresses", "products")
    return tuple(name for name in names if name not in fetched)


def _check_order(event: Json, body: bytes) -> str | None:
    """Whether this is the event's order, and not older than the event."""
    order = parse_json(body)
    if find_text(order, "id") != find_text(event, "data", "id"):
        return "fetch_bad_answer"
    at, changed = _event_time(event), find_time(order, "date_modified")
    if at is None or changed is None:
        return None
    previous = find_text(event, "data", "status", "previous_status_id")
    new = find_text(event, "data", "status", "new_status_id")
    is_before = previous != new and previous is not None and find_text(order, "status_id") == previous and changed <= at
    return "fetch_stale" if is_before or changed < at - SKEW else None


def _check_list(body: bytes) -> str | None:
    return None if isinstance(parse_json(body), list) else "fetch_bad_answer"


def _topic(document: Json, scope: str, order: Order | None) -> str:
    """What happened, by the order as it is now, or by the event alone where the shop has not told."""
    told = find_text(document, "data", "status", "new_status_id")
    state = order.state if order else STATES.get(told or "", "open")
    is_new = scope == CREATED or (find_text(document, "data", "status", "previous_status_id") == "0")
    if TOPICS[scope] == "order.deleted" or state == "deleted":
        return "order.deleted"
    if state in ENDED:
        return "order.cancelled"
    if state in DONE:
        return "order.fulfilled"
    if is_new:
        return "order.created"
    return "order.paid" if order and order.payment.paid else "order.updated"


def _event_time(document: Json) -> datetime | None:
    seconds = find_amount(document, "created_at")
    if seconds is None or not 0 < seconds < 10**11:
        return None
    return EPOCH + timedelta(seconds=int(seconds))


PLATFORM = Platform(
    name="bigcommerce",
    title="BigCommerce",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=bigcommerce_event,
    secret_headers=secret_headers,
    api=Api(
        credentials=("store_hash", "access_token"), wanted=wanted, sample=bigcommerce_documents, seconds_between=0.2
    ),
)
