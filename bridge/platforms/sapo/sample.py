"""The sample order as Sapo Web would send it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import METHOD, only_id, sample_number, with_values, zulu_millis
from bridge.platforms.shared.shopify_like.sample import vietnamese_order


def order_document(now: datetime) -> dict[str, Json]:
    return vietnamese_order(now) | {
        "order_number": sample_number(now),
        "created_on": zulu_millis(now),
        "modified_on": zulu_millis(now),
        "cancelled_on": None,
        "status": "open",
        "fulfillment_status": None,
        "payment_gateway_names": [METHOD],
    }


SAMPLE = Sample(
    document=order_document,
    states={
        "order.paid": with_values(financial_status="paid"),
        "order.cancelled": lambda order: {**order, "status": "cancelled", "cancelled_on": order["modified_on"]},
        "order.fulfilled": with_values(fulfillment_status="fulfilled"),
        "order.deleted": only_id,
        "test": with_values(test=True),
    },
)
