"""Platforms that tell everything as one kind of update: what such an update says in our words."""

from __future__ import annotations

from datetime import timedelta

from bridge.core.model import Order
from bridge.platforms.shared.states import DONE, ENDED

# Seen on Sapo GO: a new order comes as an update, 1 to 5 seconds after it was made.
FRESH = timedelta(seconds=60)


def topic_of_update(order: Order, is_new: bool = True) -> str:
    """The topic that the order's state means; created, while it is open and unchanged since the minute it was made.

    `is_new`: whether the platform's own status allows that, where it has one for new orders.
    A new order may be told as created several times: a rule's `once_per` key rings it once.
    """
    if order.state in ENDED:
        return "order.cancelled"
    if order.state in DONE:
        return "order.fulfilled"
    if order.state == "open" and is_new and is_fresh(order):
        return "order.created"
    return "order.paid" if order.payment.paid and order.state == "open" else "order.updated"


def is_fresh(order: Order) -> bool:
    """Whether the order is as it was made. Without both times it is not: nothing says that it is new."""
    created, updated = order.created_at, order.updated_at
    return created is not None and updated is not None and abs(updated - created) <= FRESH
