"""What a delivery of WooCommerce means.

Sources: woocommerce-rest-api-docs wp-api-v3/_orders.md; class-wc-webhook.php and wc-webhook-functions.php; requests
captured from version 9.4.3 (read 2026-11-23). `total` holds fees, coupons, delivery and taxes, and stays as it was when
a part is refunded: `refunds` hold what went back. `parent_id` is the order that a marketplace's plug-in split (Dokan,
MultiVendorX, YITH), or that a deposit belongs to. created_via: `pos-rest-api` and `point-of-sale` in WooCommerce's own
tests and apps, `woocommerce-pos` in WCPOS (read 2026-11-29). No test has a mark, the ping is no order; and plug-ins for
deposits share no field for what was paid.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.core.model import (
    Address,
    BadPayload,
    Event,
    Item,
    Json,
    Order,
    Payment,
    Person,
    Reading,
    Request,
    Source,
)
from bridge.core.model.order_states import DONE, ENDED
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import find_phones_named, first_phone, given_phones, join_address, spoken_name
from bridge.platforms.shared.states import Meaning, meaning_of, state_of
from bridge.platforms.shared.topic_header import order_event, read_topic
from bridge.platforms.shared.values import (
    each_line,
    find_amount,
    find_instant,
    find_object,
    find_text,
    get_amount,
    get_id,
    get_object,
    hash_body,
    join_key,
)

TOPIC_HEADER = "X-WC-Webhook-Topic"

TOPICS = {
    "order.created": "order.created",
    "order.updated": "order.updated",
    "order.deleted": "order.deleted",
    "order.restored": "order.updated",
}

# Beside these, shops add statuses of their own.
STATES: dict[str, Meaning] = {
    "pending": "open",
    "processing": "open",
    "on hold": "open",
    "checkout draft": "draft",
    "auto draft": "draft",
    "draft": "draft",
    "completed": "completed",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "failed": "failed",
    "trash": "trashed",
}

NEEDS = Needs(
    always=("/id", "/status", "/currency", "/total"),
    deciding=(
        *("/refunds", "/date_paid", "/date_paid_gmt", "/payment_method", "/payment_method_title"),
        *("/created_via", "/parent_id"),
    ),
    phones=("/billing/phone", "/shipping/phone", "/meta_data"),
)

SECOND_PHONES = ("_billing_phone_2", "_shipping_phone")

# `created_via` of a point of sale, of WooCommerce's own or a plug-in's.
POINT_OF_SALE = re.compile(r"(^|[^a-z])((open|wc)?pos|point[-_ ]of[-_ ]sale)([^a-z]|$)", re.IGNORECASE)

# The order was deleted between its event and the delivery.
GONE = re.compile(r"woocommerce_rest_(shop_)?order_invalid_id")


def dedup_key(request: Request, source: Source) -> str:
    """Webhook, topic and body. The delivery id tells nothing apart: all deliveries of one second share it."""
    webhook_id = request.header("x-wc-webhook-id") or ""
    return join_key(webhook_id, _platform_topic(request) or "", hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, with the order as it was when WooCommerce sent it.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no order in it, or a value missing or of the wrong kind
    """
    return read_topic(
        _platform_topic(request), TOPIC_HEADER, TOPICS, lambda topic: _read_known(request, topic, source, received_at)
    )


def _read_known(request: Request, topic: str, source: Source, received_at: datetime) -> Reading:
    document = get_object(parse_json(request.body))
    if "id" not in document:
        if GONE.fullmatch(find_text(document, "code") or ""):
            return Reading(ignored="no_order")
        raise BadPayload(
            "/id",
            "is missing: WooCommerce sent no order, because the user who made the webhook lost the right to read"
            " orders; let an administrator save the webhook again",
        )
    order_id = get_id(document, "id")
    if topic == "order.deleted":
        return Reading((order_event(TOPICS[topic], topic, order_id, None, document, received_at),))

    def read_events() -> tuple[Event, ...]:
        order = _read_order(document, order_id, source)
        event = order_event(_topic(topic, order), topic, order_id, order, document, received_at)
        return (replace(event, restored=topic == "order.restored", unknown_state=_unknown(order, source)),)

    return Reading(read_around(document, "woocommerce", NEEDS, read_events))


def _read_order(document: dict[str, Json], order_id: str, source: Source) -> Order:
    billing = _read_address(document, "billing", source)
    shipping = _read_address(document, "shipping", source)
    status = find_text(document, "status") or ""
    method = find_text(document, "payment_method")
    meaning = meaning_of(status, source, STATES)
    paid = meaning == "paid" or (find_text(document, "date_paid_gmt") or find_text(document, "date_paid")) is not None
    total = max(get_amount(document, "total") - _refunded(document), Decimal(0))
    parent, created_via = find_text(document, "parent_id"), find_text(document, "created_via")
    phones = _find_phones(document, source)
    return Order(
        id=order_id,
        number=find_text(document, "number") or order_id,
        state=state_of(meaning),
        currency=(find_text(document, "currency") or "").upper(),
        total=total,
        payment=Payment(
            cod=is_cod((method, find_text(document, "payment_method_title")), source),
            paid=paid,
            method=method,
        ),
        status=status,
        created_at=_find_time(document, "date_created", source),
        updated_at=_find_time(document, "date_modified", source),
        outstanding=Decimal(0) if paid else total,
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(document, "customer_note"),
        channel=created_via,
        in_store=POINT_OF_SALE.search(created_via or "") is not None,
        parent=None if parent in ("0", order_id) else parent,
        customer=_read_customer(document, billing),
        shipping=shipping if shipping.name or shipping.address1 else billing,
        billing=billing,
        items=_read_items(document),
    )


def _refunded(document: dict[str, Json]) -> Decimal:
    amounts = [find_amount(document, *here, "total") for here, _ in each_line(document, "refunds")]
    return sum((abs(amount) for amount in amounts if amount), Decimal(0))


def _read_customer(document: Json, billing: Address) -> Person:
    customer_id = find_text(document, "customer_id")
    return Person(
        id=None if customer_id == "0" else customer_id,
        name=billing.name,
        first_name=billing.first_name,
        last_name=billing.last_name,
        phone=billing.phone,
        email=find_text(document, "billing", "email"),
    )


def _topic(platform_topic: str, order: Order) -> str:
    """WooCommerce has no topic for paid or cancelled: they follow from the order of `order.updated`."""
    topic = TOPICS[platform_topic]
    if platform_topic != "order.updated":
        return topic
    if order.state in ENDED:
        return "order.cancelled"
    if order.state in DONE:
        return "order.fulfilled"
    return "order.paid" if order.payment.paid and order.state != "draft" else topic


def _unknown(order: Order, source: Source) -> str | None:
    return order.status if meaning_of(order.status, source, STATES) is None else None


def _find_phones(document: dict[str, Json], source: Source) -> tuple[str, ...]:
    """The bill's number first: after a correction by the shop the parcel keeps the old one. Then fields of the shop."""
    metas = [(find_text(meta, "key"), meta) for _, meta in each_line(document, "meta_data")]
    second = [find_text(meta, "value") for wanted in SECOND_PHONES for key, meta in metas if key == wanted]
    own = (find_text(document, part, "phone") for part in ("billing", "shipping"))
    return given_phones(*own, *second, *find_phones_named(document, source, "meta_data", name="key"))


def _read_address(document: Json, key: str, source: Source) -> Address:
    place = find_object(document, key)
    first, last = find_text(place, "first_name"), find_text(place, "last_name")
    country = find_text(place, "country")
    lines = [find_text(place, name) for name in ("address_1", "address_2", "city", "state")]
    address1, address2, city, province = lines
    return Address(
        name=spoken_name(first, last, None, country or find_text(document, "billing", "country") or source.country),
        first_name=first,
        last_name=last,
        phone=find_text(place, "phone"),
        company=find_text(place, "company"),
        address1=address1,
        address2=address2,
        city=city,
        province=province,
        postcode=find_text(place, "postcode"),
        country=country,
        text=join_address(*lines),
    )


def _read_items(document: dict[str, Json]) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(document, "line_items"):
        quantity = find_amount(document, *here, "quantity")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=find_text(line, "name") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(document, *here, "price"),
                total=find_amount(document, *here, "total"),
                sku=find_text(line, "sku"),
            )
        )
    return tuple(found)


def _find_time(document: dict[str, Json], name: str, source: Source) -> datetime | None:
    """The `_gmt` twin is UTC without a Z; without it (old API versions) the plain one is the shop's local time."""
    utc = find_instant(document, f"{name}_gmt")
    return utc or find_instant(document, name, zone=ZoneInfo(source.timezone))


def _platform_topic(request: Request) -> str | None:
    topic = (request.header(TOPIC_HEADER) or "").strip()
    return topic or None
