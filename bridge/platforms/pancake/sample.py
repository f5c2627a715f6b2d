"""The sample order as Pancake POS would send it."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import (
    CITY,
    DISTRICT,
    EMAIL,
    FULL_NAME,
    LINES,
    NOTE,
    STREET,
    TOTAL,
    WARD,
    Line,
    sample_id,
    sample_phone,
    with_values,
)


def order_document(now: datetime) -> dict[str, Json]:
    at, phone = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), sample_phone(now)
    return {
        "id": sample_id(now),
        "system_id": sample_id(now),
        "shop_id": 1,
        "event_type": "create",
        "status": 0,
        "inserted_at": at,
        "updated_at": at,
        "bill_full_name": FULL_NAME,
        "bill_phone_number": phone,
        "bill_email": EMAIL,
        "order_currency": "VND",
        "total_price": TOTAL,
        "total_price_after_sub_discount": TOTAL,
        "shipping_fee": 0,
        "cod": TOTAL,
        "money_to_collect": TOTAL,
        "prepaid": 0,
        "note": NOTE,
        "tags": [],
        "customer": {"name": FULL_NAME, "phone_numbers": [phone], "emails": []},
        "shipping_address": _address(phone),
        "items": [_item(line) for line in LINES],
        "order_sources_name": "Facebook",
        "marketplace_id": None,
    }


def _address(phone: str) -> dict[str, Json]:
    return {
        "full_name": FULL_NAME,
        "phone_number": phone,
        "address": STREET,
        "commune_name": WARD,
        "district_name": DISTRICT,
        "province_name": CITY,
    }


def _item(line: Line) -> dict[str, Json]:
    about = {"name": line.title, "retail_price": line.price, "display_id": line.sku}
    return {"quantity": line.quantity, "variation_info": about}


SAMPLE = Sample(
    document=order_document,
    words={"order.paid": "1"},
    states={"order.paid": with_values(cod=0, money_to_collect=0, prepaid=TOTAL)},
    named=lambda document, word: {**document, "status": int(word)},
)
