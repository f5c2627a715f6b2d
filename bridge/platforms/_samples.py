"""A cash-on-delivery order of a Vietnamese shop, made just now, as each platform would write it.

The numbers follow from the moment, so that two samples are two orders; people and phones are invented.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from bridge.core.model import Json

FIRST_NAME, LAST_NAME = "Thị Mẫu", "Nguyễn"
STREET, WARD, DISTRICT, CITY = "1 Đường Thử Nghiệm", "Phường Mẫu", "Quận Mẫu", "Hà Nội"
NOTE, METHOD = "Gọi trước khi giao", "Thanh toán khi nhận hàng (COD)"
EMAIL = "khach@example.test"
VIETNAM = timezone(timedelta(hours=7))


def shopify_order(now: datetime) -> Json:
    at = now.astimezone(VIETNAM).isoformat(timespec="seconds")
    address = {
        "first_name": FIRST_NAME,
        "last_name": LAST_NAME,
        "name": f"{FIRST_NAME} {LAST_NAME}",
        "phone": _phone(now),
        "address1": STREET,
        "address2": WARD,
        "city": CITY,
        "country": "Vietnam",
        "country_code": "VN",
    }
    return {
        "id": _millis(now),
        "name": f"#{_number(now)}",
        "order_number": _number(now),
        "created_at": at,
        "updated_at": at,
        "cancelled_at": None,
        "closed_at": None,
        "currency": "VND",
        "presentment_currency": "VND",
        "total_price": "650000",
        "current_total_price": "650000",
        "total_outstanding": "650000",
        "financial_status": "pending",
        "fulfillment_status": None,
        "payment_gateway_names": [METHOD],
        "phone": None,
        "email": EMAIL,
        "note": NOTE,
        "tags": "COD",
        "source_name": "web",
        "test": False,
        "customer": {"id": 1, "first_name": FIRST_NAME, "last_name": LAST_NAME, "phone": None},
        "shipping_address": address,
        "billing_address": address,
        "line_items": [
            {
                "title": "Áo thun cổ tròn",
                "variant_title": "Trắng / M",
                "quantity": 2,
                "price": "150000",
                "sku": "AT-01",
            },
            {"title": "Quần jean", "variant_title": None, "quantity": 1, "price": "350000", "sku": "QJ-02"},
        ],
    }


def haravan_order(now: datetime) -> Json:
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    name = f"{LAST_NAME} {FIRST_NAME}"
    address = {
        "first_name": name,
        "last_name": None,
        "name": f" {name}",
        "phone": _phone(now),
        "address1": STREET,
        "ward": WARD,
        "district": DISTRICT,
        "province": CITY,
        "country": "Vietnam",
        "country_code": "VN",
    }
    return {
        "id": _millis(now),
        "name": f"#{_number(now)}",
        "order_number": f"#{_number(now)}",
        "created_at": at,
        "updated_at": at,
        "cancelled_at": None,
        "currency": "VND",
        "total_price": 650000.0,
        "financial_status": "pending",
        "fulfillment_status": "notfulfilled",
        "cancelled_status": "uncancelled",
        "closed_status": "unclosed",
        "confirmed_status": "unconfirmed",
        "gateway": METHOD,
        "gateway_code": "COD",
        "email": EMAIL,
        "note": NOTE,
        "tags": None,
        "source_name": "web",
        "customer": {"id": 1, "first_name": name, "last_name": None, "phone": None},
        "shipping_address": address,
        "billing_address": address,
        "line_items": [
            {
                "title": "Áo thun cổ tròn",
                "variant_title": "Trắng / M",
                "quantity": 2,
                "price": 150000.0,
                "sku": "AT-01",
            },
            {"title": "Quần jean", "variant_title": "Default Title", "quantity": 1, "price": 350000.0, "sku": "QJ-02"},
        ],
    }


def woocommerce_order(now: datetime) -> Json:
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
        "phone": _phone(now),
    }
    return {
        "id": _millis(now),
        "number": str(_number(now)),
        "status": "processing",
        "currency": "VND",
        "total": "650000",
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
        "line_items": [
            {"name": "Áo thun cổ tròn", "quantity": 2, "price": 150000, "total": "300000", "sku": "AT-01"},
            {"name": "Quần jean", "quantity": 1, "price": 350000, "total": "350000", "sku": "QJ-02"},
        ],
    }


def generic_order(now: datetime) -> Json:
    at = now.astimezone(VIETNAM).isoformat(timespec="seconds")
    return {
        "topic": "order.created",
        "order": {
            "id": str(_millis(now)),
            "number": str(_number(now)),
            "created_at": at,
            "updated_at": at,
            "currency": "VND",
            "total": 650000,
            "phone": _phone(now),
            "note": NOTE,
            "payment": {"cod": True, "method": METHOD},
        },
        "customer": {"name": f"{LAST_NAME} {FIRST_NAME}", "email": EMAIL},
        "shipping": {"address1": STREET, "ward": WARD, "district": DISTRICT, "city": CITY},
        "items": [
            {"title": "Áo thun cổ tròn", "quantity": 2, "price": 150000},
            {"title": "Quần jean", "quantity": 1, "price": 350000},
        ],
    }


def _millis(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _number(now: datetime) -> int:
    return 1_000_000 + _millis(now) % 9_000_000


def _phone(now: datetime) -> str:
    return f"0900 000 {_millis(now) % 1000:03d}"
