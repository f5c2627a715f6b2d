"""The sample order as Shoplazza would send it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import TOTAL, VIETNAM, only_id, sample_id, sample_number, with_values
from bridge.platforms.shared.shopify_like.sample import western_lines, western_order


def order_document(now: datetime) -> dict[str, Json]:
    return western_order(now) | {
        "id": f"100001-{sample_id(now)}",
        "number": str(sample_number(now)),
        "placed_at": now.astimezone(VIETNAM).isoformat(timespec="seconds"),
        "canceled_at": None,
        "status": "placed",
        "financial_status": "waiting",
        "fulfillment_status": "initialled",
        "total_price": str(TOTAL),
        "payment_method": "cod",
        "payment_line": {"payment_channel": "cod", "payment_method": "offline"},
        "line_items": [{"product_title": line.pop("title"), **line} for line in western_lines()],
    }


SAMPLE = Sample(
    document=order_document,
    states={
        "order.paid": with_values(financial_status="paid"),
        "order.cancelled": with_values(status="cancelled", financial_status="cancelled"),
        "order.fulfilled": with_values(fulfillment_status="shipped"),
        "order.deleted": only_id,
        "test": with_values(test=True),
    },
)
