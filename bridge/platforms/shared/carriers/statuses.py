"""Carriers: one status of one parcel is one event, told of the shop's order by the shop's own word for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.folding import fold
from bridge.core.model import (
    PARCEL_CANCELLED,
    Address,
    BadPayload,
    Event,
    Json,
    Order,
    OrderState,
    Parcel,
    Payment,
    Person,
    Reading,
    Request,
)
from bridge.core.platform import Needs
from bridge.platforms.shared.around import read_around
from bridge.platforms.shared.order_ids import plain_id
from bridge.platforms.shared.sample import sample_number
from bridge.platforms.shared.values import to_text

# What couriers note when the buyer has set a time: "Người nhận hẹn phát lại (16:06 - 04/09/2026)".
_APPOINTMENT = re.compile(r"\b(?:(?:nguoi nhan|khach|khach hang|kh) hen|hen (?:phat|giao|lay|nhan|lai)|hen ngay)\b")
_NO_APPOINTMENT = re.compile(r"\b(?:khong|chua) hen\b")

STATES: Mapping[str, OrderState] = {
    "delivery.out": "fulfilled",
    "delivery.failed": "fulfilled",
    "delivery.returning": "fulfilled",
    "delivery.returned": "returned",
    "delivery.delivered": "completed",
    PARCEL_CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class Statuses:
    """A carrier's words for where a parcel is.

    topics     its word -> our topic
    cancelled  it has the parcel no more, though nobody took it and it is not back
    between    it is fetched, moved or stored: nobody is called
    """

    topics: Mapping[str, str]
    cancelled: frozenset[str] = frozenset()
    between: frozenset[str] = frozenset()

    def topic_of(self, status: str) -> str | None:
        """Our topic; None for a status that means no event."""
        return PARCEL_CANCELLED if status in self.cancelled else self.topics.get(status)

    def without_event(self, status: str) -> Reading:
        """What is said of such a status."""
        if status in self.between:
            return Reading(ignored="parcel_between")
        return Reading(ignored="unknown_topic", platform_topic=status)


def read_status(
    statuses: Statuses,
    status: str,
    document: Json,
    platform: str,
    needs: Needs,
    read: Callable[[], tuple[Parcel, Order | None]],
    *,
    is_incomplete: bool = False,
) -> Reading:
    """The event of this status of a parcel, whatever is odd in parts that no call depends on. Errors: BadPayload."""
    topic = statuses.topic_of(status)
    if topic is None:
        return statuses.without_event(status)

    def read_events() -> tuple[Event, ...]:
        parcel, order = read()
        return (replace(parcel_event(topic, parcel, order, document), incomplete=is_incomplete),)

    return Reading(read_around(document, platform, needs, read_events))


def parcel_event(topic: str, parcel: Parcel, order: Order | None, document: Json) -> Event:
    """The event of this parcel; `order` is what the carrier itself knows of its buyer."""
    order_id = parcel.reference or parcel.code
    return Event(topic, parcel.status, parcel.time, order_id, order, document, parcel=parcel)


def plain_reference(find: Callable[[Request], tuple[Json, Json]], request: Request) -> str | None:
    """What the one event of this delivery is about, as `parcel_event` has it, where that is plain to see.

    find   the request -> the shop's word for the order, and the carrier's code of the parcel
    """
    try:
        reference, code = find(request)
    except BadPayload:
        return None
    return plain_id(code if to_text(reference) is None else reference)


def own_order(parcel: Parcel, topic: str, phone: str | None, name: str | None, address: str | None) -> Order:
    """The order of a parcel whose buyer the carrier itself knows."""
    return Order(
        id=parcel.reference or parcel.code,
        number=parcel.reference or parcel.code,
        state=STATES[topic],
        currency="VND",
        total=parcel.cod,
        payment=Payment(cod=bool(parcel.cod)),
        status=parcel.status,
        updated_at=parcel.time,
        outstanding=parcel.cod,
        phone=phone,
        phones=(phone,) if phone else (),
        customer=Person(name=name, phone=phone),
        shipping=Address(name=name, phone=phone, text=address),
    )


def has_appointment(*notes: str | None) -> bool:
    """Whether one of these notes of a courier says that the buyer has set a time."""
    folded = [fold(note) for note in notes if note]
    return any(_APPOINTMENT.search(note) and not _NO_APPOINTMENT.search(note) for note in folded)


def sample_reference(now: datetime) -> str:
    """The shop's number of the sample order of this moment."""
    return f"DH-{sample_number(now)}"
