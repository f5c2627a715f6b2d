"""Platforms that name the topic in a header: what is alike in reading their deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Order, Reading


def fold_topic(value: str | None) -> str | None:
    """The header's value in lower case and without blanks around; None for one that is missing or blank."""
    return (value or "").strip().lower() or None


def read_topic(
    topic: str | None, header: str, topics: Mapping[str, str], read_known: Callable[[str], Reading]
) -> Reading:
    """What `read_known` reads under a topic of `topics`; a Reading that is ignored as unknown_topic under any other.

    Errors   BadPayload: no topic, as `header` is missing; and those of `read_known`
    """
    if topic is None:
        raise BadPayload("", f"has no topic: the header {header} is missing")
    if topic not in topics:
        return Reading(ignored="unknown_topic", platform_topic=topic)
    return read_known(topic)


def is_yes(value: str | None) -> bool:
    """Whether a header that marks a test is there, and neither blank nor a word for no: "true", "True", "1"."""
    return fold_topic(value) not in (None, "false", "0", "no")


def order_event(
    topic: str,
    platform_topic: str,
    order_id: str,
    order: Order | None,
    raw: Json,
    received_at: datetime,
    is_test: bool = False,
) -> Event:
    """The event of this order; a test order's is `test`. It occurred when the order changed last.

    is_test  the platform marks the message as a test, whatever the order is
    """
    if order and is_test:
        order = replace(order, test=True)
    return Event(
        topic="test" if is_test or (order and order.test) else topic,
        platform_topic=platform_topic,
        occurred_at=(order.updated_at if order else None) or received_at,
        order_id=order_id,
        order=order,
        raw=raw,
    )
