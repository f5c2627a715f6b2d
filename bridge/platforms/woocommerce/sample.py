"""The sample order as WooCommerce would send it."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import (
    CITY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LINES,
    METHOD,
    NOTE,
    STREET,
    TOTAL,
    WARD,
    Line,
    only_id,
    sample_id,
    sample_number,
    sample_phone,
    with_values,
)


def order_document(now: datetime) -> dict[str, Json]:
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    person = {
        "first_name": FIRST_NAME,
        "last_name": LAST_NAME,
        "company": "",
        "address_1": STREET,
        "address_2": WARD,
        "city": CITY,
        "state": "",
        "postcode": "",
        "country": "VN",
        "phone": sample_phone(now),
    }
    return {
        "id": sample_id(now),
        "number": str(sample_number(now)),
        "status": "processing",
        "currency": "VND",
        "total": str(TOTAL),
        "customer_id": 0,
        "customer_note": NOTE,
        "created_via": "checkout",
        "date_created_gmt": at,
        "date_modified_gmt": at,
        "date_paid_gmt": None,
        "payment_method": "cod",
        "payment_method_title": METHOD,
        "billing": {**person, "email": EMAIL},
        "shipping": person,
        "meta_data": [],
        "line_items": [_line_item(line) for line in LINES],
    }


def _line_item(line: Line) -> dict[str, Json]:
    return {
        "name": line.title,
        "quantity": line.quantity,
        "price": line.price,
        "total": str(line.price * line.quantity),
        "sku": line.sku,
    }


SAMPLE = Sample(
    document=order_document,
    words={
        "order.paid": "order.updated",
        "order.cancelled": "order.updated",
        "order.fulfilled": "order.updated",
    },
    states={
        "order.paid": lambda order: {**order, "date_paid_gmt": order["date_modified_gmt"]},
        "order.cancelled": with_values(status="cancelled"),
        "order.fulfilled": with_values(status="completed"),
        "order.deleted": only_id,
    },
)
