"""The sample order as EasyStore would send it."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.easystore.reading import OF_AN_ORDER
from bridge.platforms.shared.sample import LINES, METHOD, NOTE, TOTAL, only_id, sample_id, sample_number, with_values
from bridge.platforms.shared.shopify_like.sample import western_order


def order_document(now: datetime) -> dict[str, Json]:
    order = western_order(now)
    at = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    lines = [
        {"title": line.title, "variant_title": line.variant, "quantity": line.quantity, "price": f"{line.price}.00"}
        for line in LINES
    ]
    return {
        "id": sample_id(now),
        "order_number": f"#{sample_number(now)}",
        "status": "open",
        "currency_code": "VND",
        "total_price": f"{TOTAL}.00",
        "total_paid_amount": "0.00",
        "amount_due": f"{TOTAL}.00",
        "financial_status": "unpaid",
        "fulfillment_status": "unfulfilled",
        "is_cancelled": False,
        "source_type": "web",
        "remark": NOTE,
        "created_at": at,
        "updated_at": at,
        "transactions": [{"gateway_title": METHOD, "gateway_type": "offline", "amount": f"{TOTAL}.00"}],
        **{name: order[name] for name in ("customer", "shipping_address", "billing_address")},
        "line_items": lines,
    }


def named(document: dict[str, Json], word: str) -> dict[str, Json]:
    """A fulfilment and a refund name their order."""
    return {"id": document["id"] + 1, "order_id": document["id"]} if word in OF_AN_ORDER else document


SAMPLE = Sample(
    document=order_document,
    states={
        "order.paid": with_values(financial_status="paid"),
        "order.cancelled": with_values(is_cancelled=True, status="cancelled"),
        "order.fulfilled": with_values(fulfillment_status="fulfilled"),
        "order.deleted": only_id,
    },
    words={"order.fulfilled": "order/update"},
    named=named,
)
