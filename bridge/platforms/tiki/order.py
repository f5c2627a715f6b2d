"""An order of Tiki as its API answers it (v2).

Sources: open.tiki.vn tiki-theory-v2 order-v2, order-item-v2, order-status-v2; an order as a public client keeps it
(read 2026-11-23). Not documented: a zone of its times (the source's is taken), and which amount the buyer pays.
"""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.core.model import Address, BadPayload, Item, Json, Order, OrderState, Payment, Person, Source
from bridge.lib.jsonschema import pointer
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import join_address
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_flag,
    find_instant,
    find_text,
    get_amount,
    get_id,
)

# All others (queueing, processing, picking, packaging, paid, holded …) are open.
STATES: dict[str, OrderState] = {
    "waiting_payment": "draft",
    "payment_review": "draft",
    "canceled": "cancelled",
    "returned": "returned",
    "handover_to_partner": "fulfilled",
    "shipping": "fulfilled",
    "successful_delivery": "fulfilled",
    "delivered": "fulfilled",
    "complete": "completed",
    "closed": "completed",
}

HERE = ("fetched", "order")


def read_order(raw: Json, source: Source) -> Order:
    """The order in raw.fetched.order. Tiki gives a phone only where the seller delivers it. BadPayload.

    Units    amounts in dong; times UTC
    """
    found = find(raw, *HERE)
    if not isinstance(found, dict):
        raise BadPayload(pointer(HERE), "is not a JSON object")
    zone = ZoneInfo(source.timezone)
    code, status = get_id(raw, *HERE, "code"), find_text(found, "status")
    created = find_instant(raw, *HERE, "created_at", zone=zone)
    to = _read_address(raw, *HERE, "shipping", "address")
    return Order(
        id=code,
        number=code,
        state=STATES.get(status or "", "open"),
        currency="VND",
        total=get_amount(raw, *HERE, "invoice", "grand_total"),
        payment=_read_payment(found, source),
        status=status,
        created_at=created,
        updated_at=find_instant(raw, *HERE, "updated_at", zone=zone) or created,
        outstanding=find_amount(raw, *HERE, "invoice", "collectible_amount"),
        phone=to.phone,
        note=find_text(found, "delivery", "delivery_note"),
        channel="Tiki",
        customer=Person(
            id=find_text(found, "customer", "id"),
            name=find_text(found, "customer", "full_name") or to.name,
            phone=to.phone,
            email=find_text(found, "shipping", "address", "email"),
        ),
        shipping=to,
        billing=_read_address(raw, *HERE, "billing_address"),
        items=_read_items(raw),
    )


def _read_payment(found: Json, source: Source) -> Payment:
    method, words, status = (find_text(found, "payment", name) for name in ("method", "description", "status"))
    paid = find_flag(found, "payment", "is_prepaid")
    return Payment(cod=is_cod((method, words), source), paid=paid, method=method, status=status)


def _read_address(raw: Json, *here: str) -> Address:
    names = ("full_name", "phone", "street", "ward", "district", "region", "country_id")
    name, phone, street, ward, district, region, country = (find_text(raw, *here, _) for _ in names)
    return Address(
        name=name,
        phone=phone,
        address1=street,
        ward=ward,
        district=district,
        province=region,
        country=country,
        text=join_address(street, ward, district, region),
    )


def _read_items(raw: Json) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(raw, *HERE, "items"):
        quantity = find_amount(raw, *here, "qty")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=find_text(line, "product", "name") or find_text(line, "product", "sku") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(raw, *here, "price"),
                total=find_amount(raw, *here, "invoice", "row_total"),
                sku=find_text(line, "product", "seller_product_code") or find_text(line, "product", "sku"),
            )
        )
    return tuple(found)
