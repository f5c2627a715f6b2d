"""The sample order as KiotViet would send it: a batch of one, and what its API answers about the order."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json
from bridge.core.platform import Sample
from bridge.platforms.shared.sample import (
    CITY,
    DISTRICT,
    FULL_NAME,
    LINES,
    NOTE,
    STREET,
    TOTAL,
    VIETNAM,
    WARD,
    Change,
    Line,
    sample_id,
    sample_phone,
)


def order_batch(now: datetime) -> dict[str, Json]:
    return {
        "Id": f"{sample_id(now):032x}",
        "Attempt": 1,
        "Notifications": [{"Action": "order.update", "Data": [_order(now)]}],
    }


def order_answers(now: datetime) -> dict[str, Json]:
    """What the shop would answer when it is asked for that order."""
    order = {name[:1].lower() + name[1:]: value for name, value in _order(now).items() if name != "OrderDetails"}
    lines = [{name[:1].lower() + name[1:]: value for name, value in _line(line).items()} for line in LINES]
    delivery = {
        "receiver": FULL_NAME,
        "contactNumber": sample_phone(now),
        "address": STREET,
        "locationName": f"{CITY} - {DISTRICT}",
        "wardName": WARD,
    }
    return {f"order:{sample_id(now)}": {**order, "orderDetails": lines, "orderDelivery": delivery}}


def _order(now: datetime) -> dict[str, Json]:
    at = now.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
    return {
        "Id": sample_id(now),
        "Code": f"DH{sample_id(now)}",
        "PurchaseDate": at,
        "ModifiedDate": at,
        "BranchId": 1,
        "CustomerId": 20001,
        "CustomerCode": "KH020001",
        "CustomerName": FULL_NAME,
        "Total": float(TOTAL),
        "TotalPayment": 0.0,
        "Status": 1,
        "StatusValue": "Phiếu tạm",
        "Description": NOTE,
        "UsingCod": True,
        "OrderDetails": [_line(line) for line in LINES],
    }


def _line(line: Line) -> dict[str, Json]:
    return {
        "ProductCode": line.sku,
        "ProductName": line.title,
        "Quantity": line.quantity,
        "Price": float(line.price),
    }


def _with_values(**values: Json) -> Change:
    """The delivery with these values in its one order."""

    def change(document: dict[str, Json]) -> dict[str, Json]:
        notification = document["Notifications"][0]
        return {**document, "Notifications": [{**notification, "Data": [{**notification["Data"][0], **values}]}]}

    return change


def _deleted(document: dict[str, Json]) -> dict[str, Json]:
    order_id = document["Notifications"][0]["Data"][0]["Id"]
    return {**document, "Notifications": [{"Action": "order.delete", "RemoveId": [order_id]}]}


SAMPLE = Sample(
    document=order_batch,
    words={f"order.{word}": "order.update" for word in ("updated", "paid", "cancelled", "fulfilled")},
    states={
        "order.updated": _with_values(Status=5, StatusValue="Đã xác nhận"),
        "order.paid": _with_values(TotalPayment=TOTAL),
        "order.cancelled": _with_values(Status=4, StatusValue="Đã hủy"),
        "order.fulfilled": _with_values(Status=2, StatusValue="Đang giao hàng"),
        "order.deleted": _deleted,
    },
    fetched=order_answers,
)
