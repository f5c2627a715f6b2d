"""The sample order in the shape that Shopify made usual, for it and for its near-twins."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.platforms.shared.sample import (
    CITY,
    DISTRICT,
    EMAIL,
    FIRST_NAME,
    FULL_NAME,
    LAST_NAME,
    LINES,
    NOTE,
    STREET,
    TOTAL,
    VIETNAM,
    WARD,
    sample_id,
    sample_number,
    sample_phone,
)


def western_order(now: datetime) -> dict[str, Json]:
    """What Shopify, SHOPLINE and Shoplazza write alike: names in two parts, times with the shop's zone."""
    at = now.astimezone(VIETNAM).isoformat(timespec="seconds")
    address = {
        "first_name": FIRST_NAME,
        "last_name": LAST_NAME,
        "name": f"{FIRST_NAME} {LAST_NAME}",
        "phone": sample_phone(now),
        "address1": STREET,
        "address2": WARD,
        "city": CITY,
        "country": "Vietnam",
        "country_code": "VN",
    }
    return {
        "created_at": at,
        "updated_at": at,
        "currency": "VND",
        "note": NOTE,
        "tags": "COD",
        "customer": {"id": 1, "first_name": FIRST_NAME, "last_name": LAST_NAME, "phone": None},
        "shipping_address": address,
        "billing_address": address,
    }


def western_lines() -> list[dict[str, Json]]:
    """Prices are text."""
    return [
        {
            "title": line.title,
            "variant_title": line.variant,
            "quantity": line.quantity,
            "price": str(line.price),
            "sku": line.sku,
        }
        for line in LINES
    ]


def vietnamese_order(now: datetime) -> dict[str, Json]:
    """What Haravan and Sapo Web write alike: the whole name in `first_name`, amounts as numbers."""
    address = {
        "first_name": FULL_NAME,
        "last_name": None,
        "name": f" {FULL_NAME}",
        "phone": sample_phone(now),
        "address1": STREET,
        "ward": WARD,
        "district": DISTRICT,
        "province": CITY,
        "country": "Vietnam",
        "country_code": "VN",
    }
    return {
        "id": sample_id(now),
        "name": f"#{sample_number(now)}",
        "currency": "VND",
        "total_price": float(TOTAL),
        "financial_status": "pending",
        "email": EMAIL,
        "note": NOTE,
        "tags": None,
        "source_name": "web",
        "customer": {"id": 1, "first_name": FULL_NAME, "last_name": None, "phone": None},
        "shipping_address": address,
        "billing_address": address,
        "line_items": [
            {
                "title": line.title,
                "variant_title": line.variant or "Default Title",
                "quantity": line.quantity,
                "price": float(line.price),
                "sku": line.sku,
            }
            for line in LINES
        ],
    }
