"""The sample order as Shopify would send it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import EMAIL, METHOD, TOTAL, only_id, sample_id, sample_number, with_values
from bridge.platforms.shared.shopify_like.sample import western_lines, western_order


def order_document(now: datetime) -> dict[str, Json]:
    return western_order(now) | {
        "id": sample_id(now),
        "name": f"#{sample_number(now)}",
        "order_number": sample_number(now),
        "cancelled_at": None,
        "closed_at": None,
        "presentment_currency": "VND",
        "total_price": str(TOTAL),
        "current_total_price": str(TOTAL),
        "total_outstanding": str(TOTAL),
        "financial_status": "pending",
        "fulfillment_status": None,
        "payment_gateway_names": [METHOD],
        "phone": None,
        "email": EMAIL,
        "source_name": "web",
        "test": False,
        "line_items": western_lines(),
    }


SAMPLE = Sample(
    document=order_document,
    words={"test": "orders/create"},
    states={
        "order.paid": with_values(financial_status="paid", total_outstanding="0"),
        "order.cancelled": lambda order: {**order, "cancelled_at": order["updated_at"]},
        "order.fulfilled": with_values(fulfillment_status="fulfilled"),
        "order.deleted": only_id,
        "test": with_values(test=True),
    },
)
