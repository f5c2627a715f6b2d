"""What a delivery of EasyStore means.

An order stands at the root of a message, or under `order`. A cancel was seen to hold the order's id alone, and a
fulfilment or a refund names its order: such an order is asked of the shop's API. Sources: EasyStore's Postman
collection of its API 3.0 as two public inventories list it (2026-05, 2026-07), whose own lists of topics differ;
receivers and a sync in use (read 2026-11-30). Not documented: the id of a delivery, and the zone of its times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.core.model import BadPayload, Event, Json, Order, OrderState, Reading, Request, Source
from bridge.core.model.order_states import ENDED
from bridge.core.platform import Needs
from bridge.lib.jsonschema import pointer
from bridge.lib.strictjson import parse_json
from bridge.platforms.easystore.signature import SHOP_HEADER, TOPIC_HEADER
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.order_ids import plain_document, plain_id
from bridge.platforms.shared.shopify_like.shape import PHONES
from bridge.platforms.shared.shopify_like.twins import twin_order
from bridge.platforms.shared.topic_header import fold_topic, read_topic
from bridge.platforms.shared.updates import topics_of_update
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_flag,
    find_instant,
    find_text,
    find_texts,
    get_amount,
    get_id,
    get_object,
    hash_body,
    join_key,
)

ORDER = "order"  # the document that is asked of the shop
CANCEL, DELETE, PAID = "order/cancel", "order/delete", "order/paid"
OF_AN_ORDER = {
    "fulfillment/create": "order.updated",
    "fulfillment/update": "order.updated",
    "fulfillment/cancel": "order.updated",
    "refund/create": "order.updated",
}
TOPICS = {
    "order/create": "order.created",
    "order/update": "order.updated",
    PAID: "order.paid",
    "order/partially_paid": "order.updated",
    "order/partially_fulfilled": "order.updated",
    CANCEL: "order.cancelled",
    DELETE: "order.deleted",
    **OF_AN_ORDER,
}
NEEDS = Needs(
    always=("/id",),
    deciding=(
        *("/total_price", "/currency_code", "/currency", "/financial_status", "/fulfillment_status", "/status"),
        *("/is_cancelled", "/cancelled_at", "/source_type", "/amount_due", "/total_paid_amount", "/cod_type"),
        *("/transactions", "/payment_gateway_names", "/payment_method", "/order_id", "/shipping_address"),
        "/billing_address",
    ),
    phones=PHONES,
)
# What a message holds that holds its order.
PARTS = ("total_price", "line_items", "shipping_address", "billing_address", "financial_status")
POINT_OF_SALE = "pos"
AHEAD = timedelta(minutes=5)  # what clocks may differ


@dataclass(frozen=True)
class _Found:
    """The document of an order, and where it stands in the message."""

    document: dict[str, Json]
    place: tuple[str, ...]


def dedup_key(request: Request, source: Source) -> str:
    """Shop, topic and body: no id of a delivery is documented."""
    topic = fold_topic(request.header(TOPIC_HEADER)) or ""
    return join_key(request.header(SHOP_HEADER) or "", topic, hash_body(request.body))


def order_id(request: Request, source: Source) -> str | None:
    """The document's own `id`, of a message about an order that is not wrapped."""
    topic = fold_topic(request.header(TOPIC_HEADER)) or ""
    document = plain_document(request)
    if document is None or not topic.startswith("order/") or "order" in document:
        return None
    return plain_id(document.get("id"))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, with the order as the shop's API answered it where the message leaves it out.

    Units    amounts in the order's currency; times UTC
    Errors   BadPayload: topic header missing, not JSON, no id, total or currency, or a value of the wrong kind
    """

    def read_known(topic: str) -> Reading:
        document = get_object(parse_json(request.body))
        name = order_name(document, topic)
        raw = document
        if request.fetched:
            raw = {**document, "fetched": {key: parse_json(body) for key, body in request.fetched.items()}}
        found = find_order(raw, topic)
        if found is None:
            return Reading((_thin_event(topic, name, raw, received_at, is_incomplete=lacks_order(document, topic)),))

        def read_events() -> tuple[Event, ...]:
            return (_event(topic, name, _read_order(found.document, topic, source, received_at), raw, received_at),)

        place = pointer(found.place)
        return Reading(read_around(found.document, "easystore", NEEDS, read_events, place))

    return read_topic(fold_topic(request.header(TOPIC_HEADER)), TOPIC_HEADER, TOPICS, read_known)


def order_name(document: dict[str, Json], topic: str) -> str:
    """The id of the order that the message is about. Errors: BadPayload."""
    wrapped = find(document, "order")
    if topic in OF_AN_ORDER and not isinstance(wrapped, dict):
        return get_id(document, "order_id")
    return get_id(document, "order", "id") if isinstance(wrapped, dict) else get_id(document, "id")


def lacks_order(document: dict[str, Json], topic: str) -> bool:
    """Whether the shop is to be asked for the order: the message names it alone, and it may have to be called."""
    return topic not in (CANCEL, DELETE) and find_order(document, topic) is None


def find_order(document: dict[str, Json], topic: str) -> _Found | None:
    """The order in this message, or in what the shop answered; None where there is its id alone."""
    fetched = find(document, "fetched", ORDER)
    if isinstance(fetched, dict):
        return _unwrapped(fetched, ("fetched", ORDER))
    if topic == DELETE or topic in OF_AN_ORDER:
        return None
    found = _unwrapped(document, ())
    needed = ("total_price",) if topic == CANCEL else PARTS
    return found if any(found.document.get(part) is not None for part in needed) else None


def _unwrapped(document: dict[str, Json], place: tuple[str, ...]) -> _Found:
    inner = document.get("order")
    return _Found(inner, (*place, "order")) if isinstance(inner, dict) else _Found(document, place)


def _thin_event(topic: str, name: str, raw: Json, received_at: datetime, *, is_incomplete: bool) -> Event:
    return Event(TOPICS[topic], topic, received_at, name, None, raw, incomplete=is_incomplete)


def _event(topic: str, name: str, order: Order, raw: Json, received_at: datetime) -> Event:
    """An update is whatever its order says: which topic a fulfilment or a refund has besides is not documented."""
    ours = TOPICS[topic] if TOPICS[topic] != "order.updated" else topics_of_update(order, False)[0]
    if order.state in ENDED and ours == "order.created":
        ours = "order.cancelled"
    return Event(ours, topic, order.updated_at or received_at, name, order, raw)


def _read_order(document: dict[str, Json], topic: str, source: Source, received_at: datetime) -> Order:
    words = {PAID: "orders/paid", CANCEL: "orders/cancelled"}
    currency = find_text(document, "currency_code") or find_text(document, "currency")
    if currency is None:
        raise BadPayload("/currency_code", "is missing")
    total = get_amount(document, "total_price")
    methods = list(_methods(document))
    money = (total, currency.upper())
    order = twin_order(document, words.get(topic, ""), get_id(document, "id"), source, money, methods)
    left = order.outstanding
    if order.payment.status == "partially_paid":
        due, given = find_amount(document, "amount_due"), find_amount(document, "total_paid_amount")
        left = due if due is not None else total - given if given is not None else None
    created, updated = _read_times(document, source, received_at)
    return replace(
        order,
        number=find_text(document, "order_number") or order.number,
        state=_state(document, order.state),
        outstanding=max(left, Decimal(0)) if left is not None else None,
        created_at=created,
        updated_at=updated,
        # `note` is the staff's; what the buyer wrote is the remark.
        note=find_text(document, "remark"),
        channel=find_text(document, "source_type") or order.channel,
        in_store=(find_text(document, "source_type") or "").lower() == POINT_OF_SALE or order.in_store,
    )


def _methods(document: Json) -> Iterator[str]:
    """How it is paid, as the gateways of its transactions say; `cod` is also a financial status."""
    yield from find_texts(document, "payment_gateway_names")
    for here, _ in each_line(document, "transactions"):
        gateway = (*here, "gateway")
        names = [find_text(document, *here, f"gateway_{name}") for name in ("title", "type", "method")]
        if isinstance(find(document, *gateway), dict):
            names += [find_text(document, *gateway, name) for name in ("title", "type", "method")]
        yield from filter(None, names)
    said = [find_text(document, name) for name in ("payment_method", "cod_type")]
    status = find_text(document, "financial_status")
    yield from filter(None, (*said, status if status == "cod" else None))


def _state(document: Json, state: OrderState) -> OrderState:
    """As its twins' orders have it; a parcel that is packed in parts is on its way."""
    if find_flag(document, "is_cancelled"):
        return "cancelled"
    if state != "open":
        return state
    status = find_text(document, "status")
    if find_text(document, "fulfillment_status") in ("partially_fulfilled", "partial"):
        return "fulfilled"
    words: dict[str | None, OrderState] = {"archived": "completed", "deleted": "deleted"}
    return words.get(status, state)


def _read_times(document: Json, source: Source, received_at: datetime) -> tuple[datetime | None, datetime | None]:
    """When it was made and changed. Times without an offset are UTC, unless they lie ahead of the message: then the
    shop's zone."""

    def read_in(zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        created, updated = (find_instant(document, name, zone=zone) for name in ("created_at", "updated_at"))
        return created, updated

    found = read_in(UTC)
    is_ahead = any(time is not None and time > received_at + AHEAD for time in found)
    return read_in(ZoneInfo(source.timezone)) if is_ahead else found
