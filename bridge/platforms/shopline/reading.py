"""What a delivery of SHOPLINE means.

Source: developer.shopline.com docs/webhook, docs/admin-rest-api/order (read 2026-11-23)

`X-Shopline-Test` is read as its twins' header is; the documentation lists the headers of a delivery without it. Not
documented: a link between an order and the one it was split from.
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json, Order, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.platforms.shared.shopify_like.money import find_total
from bridge.platforms.shared.shopify_like.shape import PHONES
from bridge.platforms.shared.shopify_like.twins import DECIDING, twin_key, twin_order, twin_reading
from bridge.platforms.shared.values import each_line, find_text, find_texts

TOPIC_HEADER = "X-Shopline-Topic"

NEEDS = Needs(
    always=("/id", "/currency"),
    deciding=(
        *DECIDING,
        *("/current_total_price", "/total_price_set", "/current_total_price_set", "/presentment_currency"),
        *("/total_outstanding", "/payment_gateway_names", "/payment_details"),
    ),
    phones=PHONES,
)


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and the id that stays the same when a delivery is sent again; without it the body."""
    return twin_key(request, "X-Shopline-Shop-Domain", TOPIC_HEADER, "X-Shopline-Webhook-Id")


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the buyer's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return twin_reading(request, TOPIC_HEADER, received_at, _read_order, source, NEEDS)


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    return twin_order(document, topic, order_id, source, find_total(document), _methods(document))


def _methods(document: Json) -> list[str]:
    texts: list[str | None] = [*find_texts(document, "payment_gateway_names")]
    for _, detail in each_line(document, "payment_details"):
        texts += [find_text(detail, name) for name in ("pay_channel", "pay_channel_name", "payment_method")]
    return [text for text in texts if text]
