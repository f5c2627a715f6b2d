"""What a delivery of SHOPLINE means.

Source: developer.shopline.com docs/webhook, docs/admin-rest-api/order (read 2026-11-23)

`X-Shopline-Test` is read as its twins' header is; the documentation lists the headers of a delivery without it. Not
documented: a link between an order and the one it was split from.
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json, Order, Reading, Request, Source
from bridge.platforms.shared.shopify_like.money import find_total
from bridge.platforms.shared.shopify_like.twins import twin_key, twin_order, twin_reading
from bridge.platforms.shared.values import check_document, find, find_text, to_text

TOPIC_HEADER = "X-Shopline-Topic"


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and the id that stays the same when a delivery is sent again; without it the body."""
    return twin_key(request, "X-Shopline-Shop-Domain", TOPIC_HEADER, "X-Shopline-Webhook-Id")


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the buyer's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return twin_reading(request, TOPIC_HEADER, received_at, _read_order, source)


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    check_document(document, "shopline", "currency")
    return twin_order(document, topic, order_id, source, find_total(document), _methods(document))


def _methods(document: Json) -> list[str]:
    names, details = find(document, "payment_gateway_names"), find(document, "payment_details")
    texts = [to_text(name) for name in (names if isinstance(names, list) else [])]
    for detail in details if isinstance(details, list) else []:
        texts += [find_text(detail, name) for name in ("pay_channel", "pay_channel_name", "payment_method")]
    return [text for text in texts if text]
