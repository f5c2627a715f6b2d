"""The sample order as BigCommerce would send it: an event, and what its API answers about the order."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from bridge.core.model import Json, Source
from bridge.core.platform import Headers, Sample
from bridge.platforms.shared.sample import (
    CITY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LINES,
    NOTE,
    STREET,
    TOTAL,
    WARD,
    Change,
    Line,
    sample_id,
    sample_phone,
    with_word,
)


def order_event(now: datetime) -> dict[str, Json]:
    return {
        "scope": "store/order/created",
        "store_id": "1000001",
        "data": {"type": "order", "id": sample_id(now)},
        "hash": f"{sample_id(now):040x}",
        "created_at": int(now.timestamp()),
        "producer": "stores/abc123",
    }


def order_answers(now: datetime) -> dict[str, Json]:
    """What the shop would answer when it is asked for that order."""
    address = {
        "first_name": FIRST_NAME,
        "last_name": LAST_NAME,
        "street_1": STREET,
        "street_2": WARD,
        "city": CITY,
        "state": "",
        "zip": "",
        "country": "Vietnam",
        "country_iso2": "VN",
        "phone": sample_phone(now),
        "email": EMAIL,
    }
    return {
        "order": _order(now, address),
        "shipping_addresses": [address],
        "products": [_product(line) for line in LINES],
    }


def _order(now: datetime, billing: Json) -> dict[str, Json]:
    at = format_datetime(now.replace(microsecond=0))
    return {
        "id": sample_id(now),
        "customer_id": 0,
        "date_created": at,
        "date_modified": at,
        "status_id": 11,
        "status": "Awaiting Fulfillment",
        "total_inc_tax": f"{TOTAL}.0000",
        "payment_method": "Cash on Delivery",
        "payment_status": "",
        "currency_code": "VND",
        "billing_address": billing,
        "customer_message": NOTE,
        "order_source": "www",
        "is_deleted": False,
    }


def _product(line: Line) -> dict[str, Json]:
    return {
        "name": line.title,
        "quantity": line.quantity,
        "price_inc_tax": f"{line.price}.0000",
        "total_inc_tax": f"{line.price * line.quantity}.0000",
        "sku": line.sku,
        "product_options": [],
    }


def _fitted(document: dict[str, Json], source: Source) -> tuple[dict[str, Json], Headers]:
    """The event of the store that the source names."""
    store = source.settings.get("store_hash")
    return ({**document, "producer": f"stores/{store}"} if store else document), ()


def _to_status(status: int) -> Change:
    """The event of an order that left `awaiting fulfillment` for this status."""
    change = {"previous_status_id": 11, "new_status_id": status}
    return lambda document: {**document, "data": {**document["data"], "status": change}}


SAMPLE = Sample(
    document=order_event,
    words={"order.cancelled": "store/order/statusUpdated", "order.fulfilled": "store/order/statusUpdated"},
    states={"order.cancelled": _to_status(5), "order.fulfilled": _to_status(2)},
    named=with_word("scope"),
    fitted=_fitted,
    fetched=order_answers,
)
