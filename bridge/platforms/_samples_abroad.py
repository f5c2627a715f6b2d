"""The sample order as platforms from abroad would write it: the one of Shopify, in their words."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from bridge.core.model import Json
from bridge.platforms._samples import shopify_order

_SAME = ("currency", "note", "tags", "created_at", "updated_at", "shipping_address", "billing_address", "customer")


def shoplazza_order(now: datetime) -> Json:
    order = shopify_order(now)
    return {name: order[name] for name in _SAME} | {
        "id": f"100001-{order['id']}",
        "number": str(order["order_number"]),
        "placed_at": order["created_at"],
        "canceled_at": None,
        "status": "placed",
        "financial_status": "waiting",
        "fulfillment_status": "initialled",
        "total_price": order["total_price"],
        "payment_method": "cod",
        "payment_line": {"payment_channel": "cod", "payment_method": "offline"},
        "line_items": [{"product_title": line.pop("title"), **line} for line in order["line_items"]],
    }


def shopline_order(now: datetime) -> Json:
    order = shopify_order(now)
    return {name: order[name] for name in _SAME} | {
        "id": str(order["id"]),
        "name": order["name"],
        "cancelled_at": None,
        "status": "open",
        "financial_status": "unpaid",
        "fulfillment_status": "unshipped",
        "current_total_price": order["total_price"],
        "payment_gateway_names": order["payment_gateway_names"],
        "source_name": "web",
        "line_items": order["line_items"],
    }


def saleor_order(now: datetime) -> Json:
    order = shopify_order(now)
    to = order["shipping_address"]
    address = {
        "firstName": to["first_name"],
        "lastName": to["last_name"],
        "phone": to["phone"],
        "streetAddress1": to["address1"],
        "streetAddress2": to["address2"],
        "city": to["city"],
        "country": {"code": "VN"},
    }
    return {
        "order": {
            "id": f"order-{order['id']}",
            "number": str(order["order_number"]),
            "created": now.isoformat(),
            "updatedAt": now.isoformat(),
            "status": "UNFULFILLED",
            "paymentStatus": "NOT_CHARGED",
            "userEmail": order["email"],
            "customerNote": order["note"],
            "channel": {"slug": "default-channel"},
            "metadata": [{"key": "payment_method", "value": order["payment_gateway_names"][0]}],
            "billingAddress": address,
            "shippingAddress": address,
            "total": {"gross": {"amount": 650000.0, "currency": "VND"}},
            "lines": [
                {
                    "productName": line["title"],
                    "quantity": line["quantity"],
                    "variant": {"sku": line["sku"]},
                    "unitPrice": {"gross": {"amount": float(line["price"])}},
                }
                for line in order["line_items"]
            ],
        }
    }


def bigcommerce_event(now: datetime) -> Json:
    order = shopify_order(now)
    return {
        "scope": "store/order/created",
        "store_id": "1000001",
        "data": {"type": "order", "id": order["id"]},
        "hash": f"{order['id']:040x}",
        "created_at": int(now.timestamp()),
        "producer": "stores/abc123",
    }


def bigcommerce_documents(now: datetime) -> dict[str, Json]:
    """What the shop would answer when it is asked for that order."""
    order = shopify_order(now)
    to, at = order["shipping_address"], format_datetime(now.replace(microsecond=0))
    address = {
        "first_name": to["first_name"],
        "last_name": to["last_name"],
        "street_1": to["address1"],
        "street_2": to["address2"],
        "city": to["city"],
        "state": "",
        "zip": "",
        "country": "Vietnam",
        "country_iso2": "VN",
        "phone": to["phone"],
        "email": order["email"],
    }
    return {
        "order": {
            "id": order["id"],
            "customer_id": 0,
            "date_created": at,
            "date_modified": at,
            "status_id": 11,
            "status": "Awaiting Fulfillment",
            "total_inc_tax": f"{order['total_price']}.0000",
            "payment_method": "Cash on Delivery",
            "payment_status": "",
            "currency_code": "VND",
            "billing_address": address,
            "customer_message": order["note"],
            "order_source": "www",
            "is_deleted": False,
        },
        "shipping_addresses": [address],
        "products": [
            {
                "name": line["title"],
                "quantity": line["quantity"],
                "price_inc_tax": f"{line['price']}.0000",
                "total_inc_tax": f"{int(line['price']) * line['quantity']}.0000",
                "sku": line["sku"],
                "product_options": [],
            }
            for line in order["line_items"]
        ],
    }
