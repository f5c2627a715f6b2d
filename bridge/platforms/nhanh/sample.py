"""The sample order as Nhanh.vn would send it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import (
    CITY,
    EMAIL,
    FULL_NAME,
    LINES,
    NOTE,
    STREET,
    TOTAL,
    WARD,
    Change,
    sample_id,
    sample_number,
    sample_phone,
    with_word,
)


def order_document(now: datetime) -> dict[str, Json]:
    at = int(now.timestamp())
    return {
        "event": "orderAdd",
        "businessId": 10000,
        "data": {
            "info": {
                "id": sample_id(now),
                "type": 1,
                "status": 54,
                "createdAt": at,
                "updatedAt": at,
                "description": NOTE,
                "tags": [],
            },
            "channel": {"appOrderId": str(sample_number(now)), "saleChannel": 2},
            "shippingAddress": {
                "name": FULL_NAME,
                "mobile": sample_phone(now),
                "email": EMAIL,
                "address": ", ".join((STREET, WARD, CITY)),
            },
            "products": [
                {"code": line.sku, "name": line.title, "quantity": line.quantity, "price": line.price} for line in LINES
            ],
            "payment": {"codAmount": TOTAL, "deposit": {"amount": 0}, "transfer": {"amount": 0}},
        },
    }


def _with_parts(**parts: dict[str, Json]) -> Change:
    """The order with these values in these parts of it."""
    return lambda document: {
        **document,
        "data": {**document["data"], **{name: {**document["data"][name], **part} for name, part in parts.items()}},
    }


SAMPLE = Sample(
    document=order_document,
    words={"order.paid": "orderUpdate", "order.cancelled": "orderUpdate", "order.fulfilled": "orderUpdate"},
    states={
        "order.updated": _with_parts(info={"status": 56}),
        "order.paid": _with_parts(info={"status": 56}, payment={"codAmount": 0, "transfer": {"amount": TOTAL}}),
        "order.cancelled": _with_parts(info={"status": 63}),
        "order.fulfilled": _with_parts(info={"status": 60}),
        "order.deleted": lambda order: {**order, "data": [order["data"]["info"]["id"]]},
    },
    named=with_word("event"),
)
