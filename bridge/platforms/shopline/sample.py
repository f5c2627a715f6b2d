"""The sample order as SHOPLINE would send it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import METHOD, TOTAL, only_id, sample_id, sample_number, with_values
from bridge.platforms.shared.shopify_like.sample import western_lines, western_order


def order_document(now: datetime) -> dict[str, Json]:
    return western_order(now) | {
        "id": str(sample_id(now)),
        "name": f"#{sample_number(now)}",
        "cancelled_at": None,
        "status": "open",
        "financial_status": "unpaid",
        "fulfillment_status": "unshipped",
        "current_total_price": str(TOTAL),
        "payment_gateway_names": [METHOD],
        "source_name": "web",
        "line_items": western_lines(),
    }


SAMPLE = Sample(
    document=order_document,
    states={
        "order.paid": with_values(financial_status="paid"),
        "order.cancelled": lambda order: {**order, "cancelled_at": order["updated_at"]},
        "order.fulfilled": with_values(fulfillment_status="shipped"),
        "order.deleted": only_id,
        "test": with_values(test=True),
    },
)
