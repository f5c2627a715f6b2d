"""What a delivery of Shoplazza means. The names of payment channels are not documented.

Sources: shoplazza.dev/reference/webhook-copy; public clients for the order (read 2026-11-23)

`X-Shoplazza-Test` is read as its twins' header is; neither it nor a link between an order and its parts is documented.
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json, Order, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.platforms.shared.shopify_like.shape import PHONES
from bridge.platforms.shared.shopify_like.twins import DECIDING, twin_key, twin_order, twin_reading
from bridge.platforms.shared.values import find_text, get_amount

TOPIC_HEADER = "X-Shoplazza-Topic"

NEEDS = Needs(
    always=("/id", "/currency", "/total_price"),
    deciding=(*DECIDING, "/payment_method", "/payment_line"),
    phones=PHONES,
)


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and the id that stays the same when a delivery is sent again; without it the body."""
    return twin_key(request, "X-Shoplazza-Shop-Domain", TOPIC_HEADER, "X-Shoplazza-Deduplication-ID")


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """
    return twin_reading(request, TOPIC_HEADER, received_at, _read_order, source, NEEDS)


def _read_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    places = (("payment_method",), ("payment_line", "payment_channel"), ("payment_line", "payment_method"))
    methods = [text for text in (find_text(document, *place) for place in places) if text]
    money = get_amount(document, "total_price"), (find_text(document, "currency") or "").upper()
    return twin_order(document, topic, order_id, source, money, methods)
