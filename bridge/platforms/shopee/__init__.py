"""Shopee: verified, kept and explained. A delivery names an order and its status; nobody can be called from it.

Pure. Shopee masks the buyer's number, and its terms forbid to contact buyers with what it tells. It wants an empty
answer with a 2xx. Sources: Shopee Open Platform, Push Mechanism and Terms of Service clause (c); public receivers for
the other two signed texts (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bridge.core.model import BadPayload, BadSignature, Json, Platform, Reading, Request, Source
from bridge.lib import signing
from bridge.lib.strictjson import parse_json
from bridge.platforms._samples_vietnam import shopee_order
from bridge.platforms.shared.thin import thin_event
from bridge.platforms.shared.values import check_document, find, find_text, get_object, hash_body, join_key

ORDER_STATUS = "3"  # the other codes tell of parcels, authorisation and chats

# Created is what Shopee hands over to be shipped; an unpaid order may never be.
TOPICS = {
    "UNPAID": "order.updated",
    "READY_TO_SHIP": "order.created",
    "PROCESSED": "order.updated",
    "SHIPPED": "order.fulfilled",
    "TO_CONFIRM_RECEIVE": "order.fulfilled",
    "COMPLETED": "order.fulfilled",
    "IN_CANCEL": "order.updated",
    "CANCELLED": "order.cancelled",
}


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Shopee signed exactly these bytes behind the address: HMAC-SHA256, hex, in Authorization.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    Source   Shopee's page signs the registered address, |, and the body. Some receivers see the address without its
             scheme, others the body alone. Each proves the key.
    """
    secrets, signature = signing.usable(source.secrets), request.header("authorization")
    for content in _signed(request, source):
        try:
            signing.verify(content, signature, secrets, encoding="hex")
        except BadSignature as refusal:
            if refusal.reason != "bad_signature":
                raise
        else:
            return
    raise BadSignature("bad_signature")


def dedup_key(request: Request, source: Source) -> str:
    """Shop, code, order, status and its time: Shopee names no delivery."""
    try:
        document = get_object(parse_json(request.body))
    except BadPayload:
        return join_key(hash_body(request.body))
    paths = (("data", "ordersn"), ("data", "status"))
    order_id, status = (find_text(document, *path) for path in paths)
    at = find_text(document, "data", "update_time") or find_text(document, "timestamp")
    if not order_id or not status or not at:
        return join_key(hash_body(request.body))
    return join_key(find_text(document, "shop_id") or "", find_text(document, "code") or "", order_id, status, at)


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, without an order: Shopee tells only its number and status.

    Errors   BadPayload: not JSON, no code, no order or status, or a value of the wrong kind
    """
    if not request.body:
        return Reading(ignored="no_order")  # what the button Verify sends
    document: Json = get_object(parse_json(request.body))
    check_document(document, "shopee", "code")
    if (kind := find_text(document, "code")) != ORDER_STATUS:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    if not find(document, "data"):
        return Reading(ignored="no_order")
    times = (("data", "update_time"), ("timestamp",))
    event = thin_event(document, TOPICS, ("data", "ordersn"), ("data", "status"), times, received_at)
    return Reading((event,))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Shopee would send with this body to the source's `callback_url`; without it, the body alone."""
    secret, address = signing.usable(source.secrets)[0], source.settings.get("callback_url")
    content = f"{address}|".encode() + body if address else body
    return (
        ("Content-Type", "application/json"),
        ("Authorization", signing.sign(content, secret.encode(), encoding="hex")),
    )


def _signed(request: Request, source: Source) -> Iterator[bytes]:
    """What Shopee may have signed: behind a proxy the setting alone knows the address as it was registered."""
    named = source.settings.get("callback_url")
    seen = f"https://{request.header('host') or ''}{request.path}" + (f"?{request.query}" if request.query else "")
    address = str(named or seen)
    for text in (address, address.partition("://")[2]):
        yield f"{text}|".encode("utf-8", "surrogatepass") + request.body
    # Never an address before a body, taken for a body.
    if request.body[:1] == b"{":
        yield request.body


PLATFORM = Platform(
    name="shopee",
    title="Shopee",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=shopee_order,
)
