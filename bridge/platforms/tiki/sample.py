"""The sample order as Tiki would deliver it: an event, and what its API answers about the order."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import (
    CITY,
    DISTRICT,
    FULL_NAME,
    LINES,
    STREET,
    TOTAL,
    VIETNAM,
    WARD,
    Line,
    sample_id,
    sample_phone,
)


def order_event(now: datetime) -> dict[str, Json]:
    code = sample_id(now)
    return {
        "id": f"11795810-0000-4000-8000-{code % 10**12:012d}",
        "sid": "0123456789ABCDEF0123456789ABCDEF01234567",
        "created_at": code,
        "payload": {"order_code": str(code), "status": "queueing"},
        "type": "ORDER_CREATED_SUCCESSFULLY",
        "version": "v1",
    }


def order_answers(now: datetime) -> dict[str, Json]:
    """What Tiki would answer when it is asked for that order, which its seller delivers."""
    code, at = sample_id(now), now.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
    place = {"street": STREET, "ward": WARD, "district": DISTRICT, "region": CITY}
    place |= {"full_name": FULL_NAME, "country": "Việt Nam", "country_id": "VN"}
    return {
        "order": {
            "id": code,
            "code": str(code),
            "fulfillment_type": "seller_delivery",
            "status": "queueing",
            "created_at": at,
            "updated_at": at,
            "invoice": {"grand_total": TOTAL, "collectible_amount": TOTAL},
            "items": [_item(code + position, line) for position, line in enumerate(LINES)],
            "shipping": {"address": {**place, "phone": sample_phone(now), "email": None}},
            "billing_address": place,
            "payment": {"method": "cod", "is_prepaid": False, "description": "Thanh toán tiền mặt khi nhận hàng"},
            "customer": {"id": 20001, "full_name": FULL_NAME},
        }
    }


def _item(item_id: int, line: Line) -> dict[str, Json]:
    return {
        "id": item_id,
        "product": {"name": line.title, "seller_product_code": line.sku},
        "price": line.price,
        "qty": line.quantity,
        "invoice": {"row_total": line.price * line.quantity},
    }


SAMPLE = Sample(document=order_event, fetched=order_answers)
