"""What a delivery of Saleor means. No payment method is named: the order's metadata may hold one.

Sources: docs.saleor.io/developer/extending/webhooks (overview, asynchronous-events), requests captured from version
3.24 (read 2026-11-23); the order of its API: totalCharged is what was paid so far, origin REISSUE an order made of
another (`original`) to replace what was returned; a part that is sent alone stays a fulfillment of the one order (read
2026-11-29). A test has no mark of its own, and there is no point of sale.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial

from bridge.core.model import (
    Address,
    BadPayload,
    Event,
    Item,
    Json,
    Order,
    OrderState,
    Payment,
    Person,
    Reading,
    Request,
    Source,
)
from bridge.core.phone_names import is_phone_name
from bridge.core.platform import Needs
from bridge.lib.jsonschema import pointer
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.payment import is_cod
from bridge.platforms.shared.people import find_phones_named, first_phone, given_phones, join_address, spoken_name
from bridge.platforms.shared.topic_header import fold_topic, order_event, read_topic
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_flag,
    find_instant,
    find_object,
    find_text,
    get_object,
    hash_body,
    join_key,
    to_id,
)

TOPIC_HEADER = "Saleor-Event"

TOPICS = {
    "order_created": "order.created",
    "order_updated": "order.updated",
    "order_confirmed": "order.updated",
    "order_paid": "order.updated",  # a part of it may be
    "order_fully_paid": "order.paid",
    "order_fulfilled": "order.fulfilled",
    "order_cancelled": "order.cancelled",
    "order_expired": "order.cancelled",
    "draft_order_deleted": "order.deleted",
}

REISSUED = "reissue"

NEEDS = Needs(
    always=("/id",),
    deciding=(
        *("/total", "/total_gross_amount", "/channel", "/status", "/paymentStatus", "/payment_status", "/isPaid"),
        *("/totalCharged", "/totalCaptured", "/metadata", "/origin", "/original"),
    ),
    phones=("/shippingAddress", "/shipping_address", "/billingAddress", "/billing_address"),
)

STATES: dict[str, OrderState] = {
    "draft": "draft",
    "canceled": "cancelled",
    "expired": "cancelled",
    "fulfilled": "fulfilled",
    "returned": "returned",
}


def dedup_key(request: Request, source: Source) -> str:
    """Shop, event and body: Saleor names no delivery."""
    return join_key(request.header("saleor-domain") or "", _platform_topic(request) or "", hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: event header missing, not JSON, no order, id, total or currency, or a value of the wrong kind
    """
    return read_topic(
        _platform_topic(request), TOPIC_HEADER, TOPICS, lambda topic: _read_known(request, topic, source, received_at)
    )


def _read_known(request: Request, topic: str, source: Source, received_at: datetime) -> Reading:
    document = parse_json(request.body)
    found, place = _order_of(document)
    order_id = to_id(find(found, "id"), (*place, "id"))

    def event_of(order: Order | None) -> tuple[Event, ...]:
        return (order_event(TOPICS[topic], topic, order_id, order, document, received_at),)

    if TOPICS[topic] == "order.deleted":
        return Reading(event_of(None))
    read_events = partial(_read_order, found, topic, order_id, source)
    return Reading(read_around(found, "saleor", NEEDS, lambda: event_of(read_events()), pointer(place)))


def _order_of(document: Json) -> tuple[dict[str, Json], tuple[str | int, ...]]:
    """The order, and where it stands: the first of the old payload's list, or what a subscription query calls so."""
    if isinstance(document, list):
        if not document:
            raise BadPayload("", "holds no order")
        if not isinstance(document[0], dict):
            raise BadPayload("/0", "is not a JSON object")
        return document[0], (0,)
    for path in (("order",), ("event", "order"), ("data", "order"), ("data", "event", "order")):
        if isinstance(found := find(document, *path), dict):
            return found, path
    return get_object(document), ()


def _read_order(order: dict[str, Json], topic: str, order_id: str, source: Source) -> Order:
    shipping = _read_address(order, "shippingAddress", "shipping_address", source)
    billing = _read_address(order, "billingAddress", "billing_address", source)
    total = _first_amount(order, ("total", "gross", "amount"), ("total_gross_amount",))
    currency = _first_text(
        order, ("total", "gross", "currency"), ("channel", "currency_code"), ("channel", "currencyCode")
    )
    if total is None or currency is None:
        raise BadPayload("", "has no total: a subscription query must ask for total { gross { amount currency } }")
    status = _first_text(order, ("paymentStatus",), ("payment_status",))
    charge = _word(status)
    paid = charge == "fully_charged" or topic == "order_fully_paid" or find_flag(order, "isPaid")
    method = _method(order)
    phones = given_phones(shipping.phone, billing.phone, *_metadata_phones(order, source))
    return Order(
        id=order_id,
        number=find_text(order, "number") or order_id,
        state=_state(order, topic, status),
        currency=currency.upper(),
        total=total,
        payment=Payment(cod=is_cod((method,), source), paid=paid, method=method, status=status),
        status=find_text(order, "status"),
        created_at=find_instant(order, "created"),
        updated_at=find_instant(order, "updatedAt") or find_instant(order, "meta", "issued_at"),
        outstanding=Decimal(0) if paid else _left(order, total, charge),
        phone=first_phone(phones, source),
        phones=phones,
        note=_first_text(order, ("customerNote",), ("customer_note",)),
        channel=find_text(order, "channel", "slug"),
        parent=find_text(order, "original") if _word(find_text(order, "origin")) == REISSUED else None,
        customer=_read_customer(order, shipping, billing),
        shipping=shipping,
        billing=billing,
        items=_read_items(order),
    )


def _read_customer(order: Json, shipping: Address, billing: Address) -> Person:
    return Person(
        name=billing.name or shipping.name,
        first_name=billing.first_name or shipping.first_name,
        last_name=billing.last_name or shipping.last_name,
        phone=billing.phone,
        email=_first_text(order, ("userEmail",), ("user_email",)),
    )


def _word(text: str | None) -> str:
    """A word of Saleor's in one spelling: NOT_CHARGED in a subscription is not-charged in the old payload."""
    return (text or "").lower().replace("-", "_")


def _left(order: Json, total: Decimal, charge: str) -> Decimal | None:
    """What is left of the total; None where a part was paid and the query did not ask for how much."""
    charged = _first_amount(order, ("totalCharged", "amount"), ("totalCaptured", "amount"))
    if charged is not None:
        return max(total - charged, Decimal(0))
    return total if charge in ("", "not_charged") else None


def _state(order: Json, topic: str, payment: str | None) -> OrderState:
    """The state of the order; where that is not final, the state that the event means."""
    found = STATES.get((find_text(order, "status") or "").lower(), "open")
    if TOPICS[topic] == "order.cancelled":
        return "cancelled"
    if found == "open" and _word(payment) == "fully_refunded":
        return "refunded"
    return "fulfilled" if found == "open" and topic == "order_fulfilled" else found


def _method(order: Json) -> str | None:
    """What the metadata calls `payment_method`: an object in the old payload, a list in a subscription's."""
    metadata = find(order, "metadata")
    if isinstance(metadata, list):
        pairs = ((find_text(one, "key"), find_text(one, "value")) for _, one in each_line(order, "metadata"))
        return next((value for key, value in pairs if key == "payment_method"), None)
    return find_text(metadata, "payment_method")


def _metadata_phones(order: Json, source: Source) -> list[str | None]:
    """The values of metadata whose name means phone: of an object in the old payload, of a list in a subscription's."""
    metadata = find(order, "metadata")
    if isinstance(metadata, list):
        return find_phones_named(order, source, "metadata", name="key")
    more = source.settings.get("phone_names", ())
    names = metadata if isinstance(metadata, dict) else ()
    return [find_text(metadata, name) for name in names if is_phone_name(name, more)]


def _read_address(order: Json, camel: str, snake: str, source: Source) -> Address:
    place = find_object(order, camel) or find_object(order, snake)
    names = (("firstName", "first_name"), ("lastName", "last_name"), ("companyName", "company_name"))
    first, last, company = (find_text(place, one) or find_text(place, other) for one, other in names)
    named = find(place, "country")
    country = find_text(named, "code") if isinstance(named, dict) else find_text(place, "country")
    lines = [
        find_text(place, one) or find_text(place, other)
        for one, other in (
            ("streetAddress1", "street_address_1"),
            ("streetAddress2", "street_address_2"),
            ("cityArea", "city_area"),
            ("city", "city"),
            ("countryArea", "country_area"),
        )
    ]
    address1, address2, district, city, province = lines
    return Address(
        name=spoken_name(first, last, None, country or source.country),
        first_name=first,
        last_name=last,
        phone=find_text(place, "phone"),
        company=company,
        address1=address1,
        address2=address2,
        district=district,
        city=city,
        province=province,
        postcode=find_text(place, "postalCode") or find_text(place, "postal_code"),
        country=country,
        text=join_address(*lines),
    )


def _read_items(order: Json) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(order, "lines"):
        quantity = find_amount(order, *here, "quantity")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=_first_text(line, ("productName",), ("product_name",)) or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=_first_amount(order, (*here, "unitPrice", "gross", "amount"), (*here, "unit_price_gross_amount")),
                sku=_first_text(line, ("variant", "sku"), ("product_sku",), ("productSku",)),
            )
        )
    return tuple(found)


def _first_text(document: Json, *paths: tuple[str | int, ...]) -> str | None:
    return next((text for path in paths if (text := find_text(document, *path))), None)


def _first_amount(document: Json, *paths: tuple[str | int, ...]) -> Decimal | None:
    return next((amount for path in paths if (amount := find_amount(document, *path)) is not None), None)


def _platform_topic(request: Request) -> str | None:
    return fold_topic(request.header(TOPIC_HEADER))
