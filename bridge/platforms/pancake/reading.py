"""What a delivery of Pancake POS means: the order, and the event that its status stands for.

No list of events is published. Sources: the statuses of https://docs.pancake.biz/pos/api/openapi.json, as a client of
it keeps them (2026-07-31: 0 new, 17 waiting for confirmation, 11 restocking, 12, 13, 20, 1 confirmed, 8, 9, 2, 3, 16,
4, 15, 5, 6 canceled, 7 deleted recently); 10 is a landing page's, by its `status_name`; a receiver in use
(tohainam/pancake-kiotviet-sync src/types.ts, read 2026-11-23).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from bridge.core.marketplace import telling_channel
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
from bridge.core.platform import Needs
from bridge.lib.strictjson import parse_json
from bridge.platforms.pancake.amounts import AMOUNTS, read_amounts
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.people import first_phone, given_phones, join_address
from bridge.platforms.shared.states import unknown_word, with_taught_state
from bridge.platforms.shared.updates import topics_of_update
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_flag,
    find_instant,
    find_object,
    find_text,
    find_texts,
    get_id,
    get_object,
    hash_body,
    join_key,
)

# New, from a landing page (webcake), waiting for goods, waiting to be confirmed: nobody has confirmed it yet.
NEW, DELETED = ("0", "10", "11", "17"), "7"

# The statuses that say most; the source's `cancelled_statuses` stand above them.
TOPICS = {
    **dict.fromkeys(NEW, "order.created"),
    "1": "order.updated",
    "2": "order.fulfilled",
    "3": "order.fulfilled",
    "6": "order.cancelled",
    DELETED: "order.deleted",
}

STATES: dict[str, OrderState] = {
    "2": "fulfilled",
    "3": "fulfilled",
    "4": "returned",  # returning, returned, partly returned
    "5": "returned",
    "15": "returned",
    "16": "fulfilled",  # the money was collected
}

CANCELLED_STATUSES = (6,)
CLOCKS_APART = timedelta(minutes=10)  # Pancake's clock, and ours

# Confirmed, to be printed, packing, waiting to be picked up, bought in: the rest of the documented ones.
OPEN = ("1", "8", "9", "12", "13", "20")
KNOWN = frozenset((*NEW, *OPEN, *STATES, DELETED, *map(str, CANCELLED_STATUSES)))

DELETED_NEEDS = Needs(always=("/id",), deciding=("/status",))
NEEDS = Needs(
    always=("/id",),
    deciding=("/status", "/order_currency", "/received_at_shop", "/inserted_at", *AMOUNTS),
    phones=("/bill_phone_number", "/shipping_address/phone_number", "/customer/phone_numbers"),
)
CHAT = ("messaging", "subscription", "post")


def dedup_key(request: Request, source: Source) -> str:
    """Shop, order, status, time of the change, and the body: two changes within one second are two."""
    try:
        order, _ = _order_of(get_object(parse_json(request.body)))
    except BadPayload:
        order = {}
    parts = (find_text(order, name) or "" for name in ("shop_id", "id", "status", "updated_at"))
    return join_key(*parts, hash_body(request.body))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery. Orders relayed from marketplaces keep their channel's name.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: not JSON, no id or total, no currency outside Vietnam, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    order, place = _order_of(document)
    if (kind := find_text(document, "event_type")) in CHAT:
        return Reading(ignored="unknown_topic", platform_topic=kind)
    if find(order, "status") is None:
        return Reading(ignored="no_order")
    needs = NEEDS if find_text(order, "status") != DELETED else DELETED_NEEDS
    read_events = partial(_read_events, order, document, source, received_at)
    return Reading(read_around(order, "pancake", needs, read_events, place))


def _order_of(document: dict[str, Json]) -> tuple[dict[str, Json], str]:
    """The order, and the pointer to it: it is the document itself; some describe it as wrapped."""
    for name in ("order", "data"):
        inner = document.get(name)
        if "status" not in document and isinstance(inner, dict):
            return inner, f"/{name}"
    return document, ""


def _read_events(order: dict[str, Json], document: Json, source: Source, received_at: datetime) -> tuple[Event, ...]:
    order_id, status = get_id(order, "id"), get_id(order, "status")
    cancelled = status in map(str, source.settings.get("cancelled_statuses", CANCELLED_STATUSES))
    if status == DELETED and not cancelled:
        return (Event("order.deleted", status, received_at, order_id, None, document),)
    state: OrderState = "cancelled" if cancelled else STATES.get(status, "open")
    found = with_taught_state(_read_order(order, order_id, state, source, received_at), source)
    topic, later = topics_of_update(found, is_new=status in NEW)
    at = found.updated_at or received_at
    unknown = None if cancelled else unknown_word(found.status, source, KNOWN)
    return (Event(topic, status, at, order_id, found, document, later_topic=later, unknown_state=unknown),)


def _read_order(order: Json, order_id: str, state: OrderState, source: Source, received_at: datetime) -> Order:
    zone = _zone(order, source, received_at)
    shipping = _read_address(order)
    currency = find_text(order, "order_currency") or ("VND" if source.country == "VN" else None)
    if currency is None:
        raise BadPayload("/order_currency", "is missing")
    total, left, prepaid = read_amounts(order)
    name = find_text(order, "bill_full_name")
    phone = find_text(order, "bill_phone_number")
    phones = given_phones(phone, shipping.phone, *find_texts(order, "customer", "phone_numbers"))
    return Order(
        id=order_id,
        number=find_text(order, "system_id") or order_id,
        state=state,
        currency=currency.upper(),
        total=total,
        payment=Payment(cod=left > 0, paid=left <= 0 < prepaid),
        status=find_text(order, "status"),
        created_at=find_instant(order, "inserted_at", zone=zone),
        updated_at=find_instant(order, "updated_at", zone=zone),
        outstanding=left,
        phone=first_phone(phones, source),
        phones=phones,
        note=find_text(order, "note"),
        tags=tuple(text for _, tag in each_line(order, "tags") if (text := find_text(tag, "name"))),
        channel=telling_channel(find_text(order, "order_sources_name"), _marketplace(order)),
        in_store=find_flag(order, "received_at_shop"),
        customer=Person(
            id=find_text(order, "customer", "id"),
            name=name or find_text(order, "customer", "name") or shipping.name,
            phone=phone,
            email=find_text(order, "bill_email"),
        ),
        shipping=shipping,
        billing=Address(name=name, phone=phone),
        items=_read_items(order),
    )


def _marketplace(order: Json) -> str | None:
    """What shows no more than that the order is one of a marketplace: an id, whatever it is."""
    return None if find_text(order, "marketplace_id") in (None, "0") else "marketplace"


def _zone(order: Json, source: Source, received_at: datetime) -> tzinfo:
    """The times have no zone, and none is documented. A change is sent at once, so the later reading holds that is not
    after it was received; of a delivery that is hours late the shop's local time may be taken for UTC.
    """
    zones: tuple[tzinfo, ...] = (UTC, ZoneInfo(source.timezone))
    for name in ("updated_at", "inserted_at"):
        read = {zone: at for zone in zones if (at := find_instant(order, name, zone=zone)) is not None}
        past = [zone for zone, at in read.items() if at <= received_at + CLOCKS_APART]
        if read:
            return max(past, key=read.__getitem__) if past else min(read, key=read.__getitem__)
    return UTC


def _read_address(order: Json) -> Address:
    place = find_object(order, "shipping_address")
    parts = ("address", "commune_name", "district_name", "province_name")
    lines = [find_text(place, part) for part in parts]
    lines[1] = lines[1] or find_text(place, "commnue_name")  # as Pancake writes it in some orders
    address1, ward, district, province = lines
    return Address(
        name=find_text(place, "full_name"),
        phone=find_text(place, "phone_number"),
        address1=address1,
        ward=ward,
        district=district,
        province=province,
        text=find_text(place, "full_address") or join_address(*lines),
    )


def _read_items(order: Json) -> tuple[Item, ...]:
    found = []
    for here, line in each_line(order, "items"):
        quantity = find_amount(order, *here, "quantity")
        if quantity is not None and quantity <= 0:
            continue
        found.append(
            Item(
                title=find_text(line, "variation_info", "name") or "",
                quantity=Decimal(1) if quantity is None else quantity,
                price=find_amount(order, *here, "variation_info", "retail_price"),
                sku=find_text(line, "variation_info", "display_id"),
            )
        )
    return tuple(found)
