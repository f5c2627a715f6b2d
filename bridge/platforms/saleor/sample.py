"""The sample order as Saleor would send it for a subscription query."""

from __future__ import annotations

from datetime import datetime

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
    Change,
    Line,
    sample_id,
    sample_number,
    sample_phone,
)


def order_document(now: datetime) -> dict[str, Json]:
    address = {
        "firstName": FIRST_NAME,
        "lastName": LAST_NAME,
        "phone": sample_phone(now),
        "streetAddress1": STREET,
        "streetAddress2": WARD,
        "city": CITY,
        "country": {"code": "VN"},
    }
    order = {
        "id": f"order-{sample_id(now)}",
        "number": str(sample_number(now)),
        "created": now.isoformat(),
        "updatedAt": now.isoformat(),
        "status": "UNFULFILLED",
        "paymentStatus": "NOT_CHARGED",
        "userEmail": EMAIL,
        "customerNote": NOTE,
        "channel": {"slug": "default-channel"},
        "metadata": [{"key": "payment_method", "value": METHOD}],
        "billingAddress": address,
        "shippingAddress": address,
        "total": {"gross": {"amount": float(TOTAL), "currency": "VND"}},
        "lines": [_line(line) for line in LINES],
    }
    return {"order": order}


def _line(line: Line) -> dict[str, Json]:
    return {
        "productName": line.title,
        "quantity": line.quantity,
        "variant": {"sku": line.sku},
        "unitPrice": {"gross": {"amount": float(line.price)}},
    }


def _with_values(**values: Json) -> Change:
    return lambda document: {"order": {**document["order"], **values}}


SAMPLE = Sample(
    document=order_document,
    states={
        "order.paid": _with_values(paymentStatus="FULLY_CHARGED"),
        "order.cancelled": _with_values(status="CANCELED"),
        "order.fulfilled": _with_values(status="FULFILLED"),
        "order.deleted": lambda document: {"order": {"id": document["order"]["id"]}},
    },
)
