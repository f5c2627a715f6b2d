"""The sample order as Vietnamese platforms would write it: the one of Haravan, in their words."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.core.model import Json
from bridge.platforms._samples import VIETNAM, haravan_order


def sapo_order(now: datetime) -> Json:
    order = haravan_order(now)
    same = ("id", "name", "currency", "email", "note", "tags", "source_name", "customer", "line_items")
    return {name: order[name] for name in same} | {
        "order_number": int(order["name"].removeprefix("#")),
        "created_on": order["created_at"],
        "modified_on": order["updated_at"],
        "cancelled_on": None,
        "status": "open",
        "total_price": order["total_price"],
        "financial_status": "pending",
        "fulfillment_status": None,
        "payment_gateway_names": [order["gateway"]],
        "shipping_address": order["shipping_address"],
        "billing_address": order["billing_address"],
    }


def nhanh_order(now: datetime) -> Json:
    order = haravan_order(now)
    at, to = int(now.timestamp()), order["shipping_address"]
    return {
        "event": "orderAdd",
        "businessId": 10000,
        "data": {
            "info": {
                "id": order["id"],
                "type": 1,
                "status": 54,
                "createdAt": at,
                "updatedAt": at,
                "description": order["note"],
                "tags": [],
            },
            "channel": {"appOrderId": order["name"].removeprefix("#"), "saleChannel": 2},
            "shippingAddress": {
                "name": to["first_name"],
                "mobile": to["phone"],
                "email": order["email"],
                "address": ", ".join((to["address1"], to["ward"], to["province"])),
            },
            "products": [
                {"code": line["sku"], "name": line["title"], "quantity": line["quantity"], "price": int(line["price"])}
                for line in order["line_items"]
            ],
            "payment": {"codAmount": int(order["total_price"]), "deposit": {"amount": 0}, "transfer": {"amount": 0}},
        },
    }


def pancake_order(now: datetime) -> Json:
    order = haravan_order(now)
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    to, total = order["shipping_address"], int(order["total_price"])
    return {
        "id": order["id"],
        "system_id": order["id"],
        "shop_id": 1,
        "event_type": "create",
        "status": 0,
        "inserted_at": at,
        "updated_at": at,
        "bill_full_name": to["first_name"],
        "bill_phone_number": to["phone"],
        "bill_email": order["email"],
        "order_currency": "VND",
        "total_price": total,
        "total_price_after_sub_discount": total,
        "shipping_fee": 0,
        "cod": total,
        "money_to_collect": total,
        "prepaid": 0,
        "note": order["note"],
        "tags": [],
        "customer": {"name": to["first_name"], "phone_numbers": [to["phone"]], "emails": []},
        "shipping_address": {
            "full_name": to["first_name"],
            "phone_number": to["phone"],
            "address": to["address1"],
            "commune_name": to["ward"],
            "district_name": to["district"],
            "province_name": to["province"],
        },
        "items": [
            {
                "quantity": line["quantity"],
                "variation_info": {
                    "name": line["title"],
                    "retail_price": int(line["price"]),
                    "display_id": line["sku"],
                },
            }
            for line in order["line_items"]
        ],
        "order_sources_name": "Facebook",
        "marketplace_id": None,
    }


def tiktok_shop_order(now: datetime) -> Json:
    at = int(now.timestamp())
    return {
        "type": 1,
        "tts_notification_id": f"7{haravan_order(now)['id']:018d}",
        "shop_id": "7490000000000000001",
        "timestamp": at,
        "data": {
            "order_id": f"5{haravan_order(now)['id']:017d}",
            "order_status": "AWAITING_SHIPMENT",
            "is_on_hold_order": False,
            "update_time": at,
        },
    }


def lazada_order(now: datetime) -> Json:
    order_id = haravan_order(now)["id"]
    return {
        "seller_id": "1000000001",
        "message_type": 0,
        "data": {
            "order_status": "pending",
            "trade_order_id": str(order_id),
            "trade_order_line_id": f"{order_id}1",
            "status_update_time": int(now.timestamp()),
        },
        "timestamp": int(now.timestamp() * 1000),
        "site": "lazada_vn",
    }


def shopee_order(now: datetime) -> Json:
    at = int(now.timestamp())
    return {
        "code": 3,
        "shop_id": 100000001,
        "timestamp": at,
        "data": {
            "ordersn": f"{now.astimezone(UTC):%y%m%d}{haravan_order(now)['id'] % 10**8:08d}",
            "status": "READY_TO_SHIP",
            "update_time": at,
            "completed_scenario": "",
            "items": [],
        },
    }


def kiotviet_update(now: datetime) -> Json:
    order = haravan_order(now)
    at = now.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
    return {
        "Id": f"{order['id']:032x}",
        "Attempt": 1,
        "Notifications": [
            {
                "Action": "order.update",
                "Data": [
                    {
                        "Id": order["id"],
                        "Code": f"DH{order['id']}",
                        "PurchaseDate": at,
                        "ModifiedDate": at,
                        "BranchId": 1,
                        "CustomerId": 20001,
                        "CustomerCode": "KH020001",
                        "CustomerName": order["shipping_address"]["first_name"],
                        "Total": order["total_price"],
                        "TotalPayment": 0.0,
                        "Status": 1,
                        "StatusValue": "Phiếu tạm",
                        "Description": order["note"],
                        "UsingCod": True,
                        "OrderDetails": [
                            {
                                "ProductCode": line["sku"],
                                "ProductName": line["title"],
                                "Quantity": line["quantity"],
                                "Price": line["price"],
                            }
                            for line in order["line_items"]
                        ],
                    }
                ],
            }
        ],
    }


def kiotviet_documents(now: datetime) -> dict[str, Json]:
    """What the shop would answer when it is asked for that order."""
    update, to = kiotviet_update(now)["Notifications"][0]["Data"][0], haravan_order(now)["shipping_address"]
    document = {name[:1].lower() + name[1:]: value for name, value in update.items() if name != "OrderDetails"}
    lines = [{name[:1].lower() + name[1:]: value for name, value in line.items()} for line in update["OrderDetails"]]
    delivery = {
        "receiver": to["first_name"],
        "contactNumber": to["phone"],
        "address": to["address1"],
        "locationName": f"{to['province']} - {to['district']}",
        "wardName": to["ward"],
    }
    return {f"order:{update['Id']}": {**document, "orderDetails": lines, "orderDelivery": delivery}}


def tiki_event(now: datetime) -> Json:
    code = str(haravan_order(now)["id"])
    return {
        "id": f"11795810-0000-4000-8000-{int(code) % 10**12:012d}",
        "sid": "0123456789ABCDEF0123456789ABCDEF01234567",
        "created_at": int(now.timestamp() * 1000),
        "payload": {"order_code": code, "status": "queueing"},
        "type": "ORDER_CREATED_SUCCESSFULLY",
        "version": "v1",
    }


def tiki_documents(now: datetime) -> dict[str, Json]:
    """What Tiki would answer when it is asked for that order, which its seller delivers."""
    order, at = haravan_order(now), now.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
    to, total = order["shipping_address"], int(order["total_price"])
    place = {"street": to["address1"], "ward": to["ward"], "district": to["district"], "region": to["province"]}
    place |= {"full_name": to["first_name"], "country": "Việt Nam", "country_id": "VN"}
    items = [
        {
            "id": order["id"] + position,
            "product": {"name": line["title"], "seller_product_code": line["sku"]},
            "price": int(line["price"]),
            "qty": line["quantity"],
            "invoice": {"row_total": int(line["price"]) * line["quantity"]},
        }
        for position, line in enumerate(order["line_items"])
    ]
    return {
        "order": {
            "id": order["id"],
            "code": str(order["id"]),
            "fulfillment_type": "seller_delivery",
            "status": "queueing",
            "created_at": at,
            "updated_at": at,
            "invoice": {"grand_total": total, "collectible_amount": total},
            "items": items,
            "shipping": {"address": {**place, "phone": to["phone"], "email": None}},
            "billing_address": place,
            "payment": {"method": "cod", "is_prepaid": False, "description": "Thanh toán tiền mặt khi nhận hàng"},
            "customer": {"id": 20001, "full_name": to["first_name"]},
        }
    }
