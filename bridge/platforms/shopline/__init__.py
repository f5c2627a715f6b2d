"""SHOPLINE (developer.shopline.com): orders in Shopify's shape with words of its own.

Pure. Not the SHOPLINE of Hong Kong and Taiwan, which is another product under the same name.
Sources: developer.shopline.com docs/webhook, docs/admin-rest-api/order (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Json, Order, Platform, Reading, Request, Source
from bridge.lib import signing
from bridge.platforms._samples_abroad import shopline_order
from bridge.platforms.shared.shopify_money import find_total
from bridge.platforms.shared.twins import TOPICS, twin_key, twin_order, twin_reading
from bridge.platforms.shared.values import check_document, find, find_text, hash_body, to_text

FAMILY = "x-shopline-"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if SHOPLINE signed exactly these bytes: HMAC-SHA256.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    Source   the documented example is base64; SHOPLINE's own Go library is tested with hex. Both prove the secret.
    """
    signature = request.header(FAMILY + "hmac-sha256")
    try:
        signing.verify(request.body, signature, source.secrets)
    except BadSignature as refusal:
        if refusal.reason != "bad_signature":
            raise
        signing.verify(request.body, signature, source.secrets, encoding="hex")


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and the id that stays the same when a delivery is sent again; without it the body."""
    return twin_key(request, FAMILY, FAMILY + "webhook-id")


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the buyer's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return twin_reading(request, FAMILY, received_at, _read_order, source)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that SHOPLINE would send with this body; the id follows from the body, so a resend repeats it."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Shopline-Topic", topic),
        ("X-Shopline-Shop-Domain", "example.myshopline.com"),
        ("X-Shopline-Webhook-Id", hash_body(topic.encode() + body)[:32]),
        ("X-Shopline-Hmac-Sha256", signing.sign(body, secret.encode())),
    )


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    check_document(document, "shopline", "currency")
    return twin_order(document, topic, order_id, source, find_total(document), _methods(document))


def _methods(document: Json) -> list[str]:
    names, details = find(document, "payment_gateway_names"), find(document, "payment_details")
    texts = [to_text(name) for name in (names if isinstance(names, list) else [])]
    for detail in details if isinstance(details, list) else []:
        texts += [find_text(detail, name) for name in ("pay_channel", "pay_channel_name", "payment_method")]
    return [text for text in texts if text]


PLATFORM = Platform(
    name="shopline",
    title="SHOPLINE",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    sign=sign,
    sample=shopline_order,
)
