"""The sample order as platforms from abroad would write it: the one of Shopify, in their words."""

from __future__ import annotations

from datetime import datetime

from bridge.model import Json
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
