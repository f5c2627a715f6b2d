"""Shoplazza: orders in Shopify's shape with words of its own, signed with the app's client secret.

Pure. The names of payment channels are not documented.
Sources: shoplazza.dev/reference/webhook-copy, webhook-properties; public clients for the order (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json, Order, Platform, Reading, Request, Source
from bridge.lib import signing
from bridge.platforms._samples_abroad import shoplazza_order
from bridge.platforms.shared.twins import TOPICS, twin_key, twin_order, twin_reading
from bridge.platforms.shared.values import check_document, find_text, get_amount, hash_body

FAMILY = "x-shoplazza-"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Shoplazza signed exactly these bytes: HMAC-SHA256, base64.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    signing.verify(request.body, request.header(FAMILY + "hmac-sha256"), source.secrets)


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and the id that stays the same when a delivery is sent again; without it the body."""
    return twin_key(request, FAMILY, FAMILY + "deduplication-id")


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return twin_reading(request, FAMILY, received_at, _read_order, source)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Shoplazza would send with this body; the id follows from the body, so a resend repeats it."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Shoplazza-Topic", topic),
        ("X-Shoplazza-Shop-Domain", "example.myshoplaza.com"),
        ("X-Shoplazza-Deduplication-ID", hash_body(topic.encode() + body)[:32]),
        ("X-Shoplazza-Hmac-Sha256", signing.sign(body, secret.encode())),
    )


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    check_document(document, "shoplazza", "currency", "total_price")
    places = (("payment_method",), ("payment_line", "payment_channel"), ("payment_line", "payment_method"))
    methods = [text for text in (find_text(document, *place) for place in places) if text]
    money = get_amount(document, "total_price"), (find_text(document, "currency") or "").upper()
    return twin_order(document, topic, order_id, source, money, methods)


PLATFORM = Platform(
    name="shoplazza",
    title="Shoplazza",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=shoplazza_order,
)
