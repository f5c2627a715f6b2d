"""Orders of Sapo GO: known by `tenant_id` and `code`, where Sapo Web's orders have a `name`.

Source: two studies of a shop's own exports and webhooks (10,000 orders, 2026-06), read 2026-11-29: `draft` is placed
and not approved, `finalized` approved and, once `fulfillment_status` is shipped, on its way; `payment_status` is
unpaid, partially paid or paid; `expected_delivery_type` pick_at_store is taken at the shop. What a parcel is to
collect (`cod_amount`) is what the buyer pays at the door. Not documented: whether `total` holds the delivery fee, which
`payments` and `prepayments` hold, and the amounts of an exchange (`total_order_exchange_amount`).
"""

from __future__ import annotations

from decimal import Decimal

from bridge.core.marketplace import telling_channel
from bridge.core.model import Address, Item, Json, Order, OrderState, Payment, Person, Source
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import first_phone, given_phones, join_address
from bridge.platforms.shared.shopify_like.shape import read_tags
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_instant,
    find_object,
    find_text,
    get_amount,
)

# `draft` is an order that was placed and not yet approved: just what a shop wants confirmed.
SENT = ("shipped", "fulfilled")
GO_DECIDING = (
    *("/currency", "/status", "/payment_status", "/fulfillment_status", "/cancelled_on", "/fulfillments"),
    *("/tenant_id", "/code", "/created_on", "/tags", "/channel", "/source_name", "/expected_delivery_type"),
)
GO_PHONES = (
    *("/shipping_address", "/billing_address", "/phone_number", "/customer_data/phone_number"),
    "/customer_data/addresses",
)
UNPAID = ("unpaid", "pending")
STATES: dict[str, OrderState] = {"cancelled": "cancelled", "completed": "completed", "finished": "completed"}


def is_go(document: Json) -> bool:
    """Whether this document is of Sapo GO."""
    return find(document, "tenant_id") is not None and find(document, "code") is not None


def read_go_order(document: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    """The order in our words. Cash on delivery is what a parcel is to collect, or what a tag says."""
    shipping, billing = _read_address(document, "shipping_address"), _read_address(document, "billing_address")
    customer = find_object(document, "customer_data")
    # A buyer from a chat is often named by a phone number alone, which must not be spoken as a name.
    names = filter(None, (find_text(customer, "name"), shipping.name, billing.name))
    status = find_text(document, "payment_status")
    paid = (status or "").lower() == "paid" or topic == "orders/paid"
    collected, tags = _collected(document), read_tags(document)
    total, left = _amounts(get_amount(document, "total"), collected, paid, (status or "").lower())
    own_phones = (find_text(document, "phone_number"), find_text(customer, "phone_number"))
    phones = given_phones(shipping.phone, billing.phone, *own_phones)
    return Order(
        id=order_id,
        number=find_text(document, "code") or order_id,
        state=_state(document, topic),
        currency=(find_text(document, "currency") or "VND").upper(),
        total=total,
        payment=Payment(cod=collected > 0 or is_cod(tags, source), paid=paid, status=status),
        status=find_text(document, "status"),
        created_at=find_instant(document, "created_on"),
        updated_at=find_instant(document, "modified_on"),
        outstanding=left,
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(document, "note"),
        tags=tags,
        channel=telling_channel(find_text(document, "source_name"), find_text(document, "channel")),
        in_store=_is_in_store(document),
        customer=Person(
            id=find_text(customer, "id") or find_text(document, "customer_id"),
            name=next((name for name in names if any(map(str.isalpha, name))), None),
            phone=find_text(customer, "phone_number"),
            email=find_text(customer, "email") or find_text(document, "email"),
        ),
        shipping=shipping if shipping != Address() else _read_address(customer, "addresses", 0),
        billing=billing,
        items=_read_items(document),
    )


def _state(document: Json, topic: str) -> OrderState:
    state = STATES.get(find_text(document, "status") or "")
    if topic == "orders/cancelled" or state == "cancelled" or find_instant(document, "cancelled_on") is not None:
        return "cancelled"
    is_sent = find_text(document, "fulfillment_status") in SENT
    return state or ("fulfilled" if is_sent or topic == "orders/fulfilled" else "open")


def _is_in_store(document: Json) -> bool:
    sold = (find_text(document, "channel"), find_text(document, "source_name"))
    at_the_shop = find_text(document, "expected_delivery_type") == "pick_at_store"
    return at_the_shop or any(word and word.lower() == "pos" for word in sold)


def _collected(document: Json) -> Decimal:
    """What the order's parcels collect together."""
    amounts = [
        find_amount(document, *here, "shipment", "cod_amount")
        for here, parcel in each_line(document, "fulfillments")
        if find_text(parcel, "status") != "cancelled"
    ]
    return sum((amount for amount in amounts if amount), Decimal(0))


def _amounts(total: Decimal, collected: Decimal, paid: bool, status: str) -> tuple[Decimal, Decimal | None]:
    """What the buyer pays in all, and what is left; None where a part was paid and no parcel says what it collects.

    Parcels that do not collect it all yet are the first of several; those that collect more hold a delivery fee.
    """
    if paid:
        return total, Decimal(0)
    if status in UNPAID:
        whole = max(total, collected)
        return whole, whole
    return total, collected or None


def _read_address(document: Json, *path: str | int) -> Address:
    place = find_object(document, *path)
    lines = [find_text(place, name) for name in ("address1", "address2", "ward", "district", "city", "province")]
    address1, address2, ward, district, city, province = lines
    return Address(
        name=find_text(place, "full_name") or find_text(place, "name"),
        phone=find_text(place, "phone_number") or find_text(place, "phone"),
        company=find_text(place, "company"),
        address1=address1,
        address2=address2,
        ward=ward,
        district=district,
        city=city,
        province=province,
        postcode=find_text(place, "zip_code"),
        country=find_text(place, "country"),
        text=join_address(*lines),
    )


def _read_items(document: Json) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(document, "order_line_items"):
        quantity = find_amount(document, *here, "quantity")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=find_text(line, "product_name") or find_text(line, "variant_name") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(document, *here, "price"),
                total=find_amount(document, *here, "line_amount"),
                variant=find_text(line, "variant_name"),
                sku=find_text(line, "sku"),
            )
        )
    return tuple(found)
