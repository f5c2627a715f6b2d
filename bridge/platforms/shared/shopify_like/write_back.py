"""What is written to an order of Shopify's shape over REST: lines of its note, tags, a cancel. Nothing is sent here."""

from __future__ import annotations

from bridge.core.model import Json, OrderState, Write
from bridge.core.platform import Standing
from bridge.platforms.shared.values import find
from bridge.platforms.shared.write_back import has_marker, is_tagged

NOTE = ("thêm một dòng vào ghi chú của đơn", "a line below the order's note")
TAG = ("thêm một tag, thấy trong danh sách đơn", "a tag, seen in the order list")
CANCEL = (
    "hủy đơn, trả hàng về kho, không gửi e-mail cho khách",
    "cancels the order: stock returns, no e-mail to the buyer",
)
CANCELLED_BY_BUYER: Json = {"reason": "customer", "email": False, "restock": True}


def standing_of(order: Json, state: OrderState, write: Write, *, is_confirmed: bool = False) -> Standing:
    """How an order stands, by its document and its state in our words."""
    done = {
        "tag": is_tagged(find(order, "tags"), write),
        "note": has_marker(find(order, "note"), write),
        "confirm_order": is_confirmed,
        "cancel_order": state == "cancelled",
    }
    return Standing(state, done.get(write.kind, False))
