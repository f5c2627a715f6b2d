"""The sample order as Haravan would send it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.haravan.reading import TEST_HEADER
from bridge.platforms.shared.sample import METHOD, only_id, with_values, zulu_millis
from bridge.platforms.shared.shopify_like.sample import vietnamese_order


def order_document(now: datetime) -> dict[str, Json]:
    order = vietnamese_order(now)
    return order | {
        "order_number": order["name"],
        "created_at": zulu_millis(now),
        "updated_at": zulu_millis(now),
        "cancelled_at": None,
        "fulfillment_status": "notfulfilled",
        "cancelled_status": "uncancelled",
        "closed_status": "unclosed",
        "confirmed_status": "unconfirmed",
        "gateway": METHOD,
        "gateway_code": "COD",
    }


SAMPLE = Sample(
    document=order_document,
    test_headers=((TEST_HEADER, "true"),),
    states={
        "order.paid": with_values(financial_status="paid"),
        "order.cancelled": lambda order: {
            **order,
            "cancelled_at": order["updated_at"],
            "cancelled_status": "cancelled",
        },
        "order.fulfilled": with_values(fulfillment_status="fulfilled"),
        "order.deleted": only_id,
    },
)
