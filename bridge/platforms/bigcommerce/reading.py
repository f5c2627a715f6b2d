"""What a delivery of BigCommerce means, with the order that its API answered.

Source: https://docs.bigcommerce.com, webhooks: events (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bridge.core.model import BadPayload, Event, Json, Order, Reading, Request, Source
from bridge.core.model.order_states import DONE, ENDED
from bridge.lib.strictjson import parse_json
from bridge.platforms.bigcommerce.order import NEEDS, STATES, read_order, unknown_state
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.states import with_taught_state
from bridge.platforms.shared.times import EPOCH
from bridge.platforms.shared.values import (
    find_amount,
    find_text,
    get_id,
    get_object,
    hash_body,
    join_key,
)

CREATED, STATUS = "store/order/created", "store/order/statusUpdated"

TOPICS = {
    CREATED: "order.created",
    "store/order/updated": "order.updated",
    STATUS: "order.updated",
    "store/order/refund/created": "order.updated",
    "store/order/archived": "order.deleted",
}


def dedup_key(request: Request, source: Source) -> str:
    """`webhook-id`, which a resend repeats; without it what happened to the order, and when."""
    webhook_id = request.header("webhook-id")
    if webhook_id and webhook_id.strip():
        return join_key("id", webhook_id.strip())
    try:
        document = parse_json(request.body)
    except BadPayload:
        return join_key("body", hash_body(request.body))
    names = (("producer",), ("scope",), ("data", "id"), ("created_at",), ("hash",))
    return join_key(*(find_text(document, *name) or "" for name in names))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The event of this delivery, with the order as the shop's API answered it.

    Units    amounts exact, in the currency of the order; times UTC
    Errors   BadPayload: not JSON, no scope, no order id, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    scope = find_text(document, "scope")
    if scope is None:
        raise BadPayload("/scope", "is missing")
    if scope not in TOPICS:
        return Reading(ignored="unknown_topic", platform_topic=scope)
    order_id = get_id(document, "data", "id")
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}

    def read_events() -> tuple[Event, ...]:
        order = with_taught_state(read_order(raw, source), source) if "order" in request.fetched else None
        missing = TOPICS[scope] != "order.deleted" and missing_documents(request.fetched, order)
        at, topic = event_time(raw) or received_at, _topic(raw, scope, order)
        unknown = unknown_state(raw, order, source) if order else None
        incomplete = bool(missing)
        return (Event(topic, scope, at, order_id, order, raw, incomplete=incomplete, unknown_state=unknown),)

    return Reading(read_around(raw, "bigcommerce", NEEDS, read_events))


def missing_documents(fetched: Mapping[str, bytes], order: Order | None) -> tuple[str, ...]:
    if order is None:
        return ("order",)
    # An order that nobody has placed yet rings nobody.
    names = () if order.state in ("draft", "deleted") else ("shipping_addresses", "products")
    return tuple(name for name in names if name not in fetched)


def _topic(document: Json, scope: str, order: Order | None) -> str:
    """What happened, by the order as it is now, or by the event alone where it is not fetched."""
    new_status = find_text(document, "data", "status", "new_status_id")
    state = order.state if order else STATES.get(new_status or "", "open")
    is_new = scope == CREATED or (find_text(document, "data", "status", "previous_status_id") == "0")
    if TOPICS[scope] == "order.deleted" or state == "deleted":
        return "order.deleted"
    if state in ENDED:
        return "order.cancelled"
    if state in DONE:
        return "order.fulfilled"
    if is_new:
        return "order.created"
    return "order.paid" if order and order.payment.paid else "order.updated"


def event_time(document: Json) -> datetime | None:
    seconds = find_amount(document, "created_at")
    if seconds is None or not 0 < seconds < 10**11:
        return None
    return EPOCH + timedelta(seconds=int(seconds))
