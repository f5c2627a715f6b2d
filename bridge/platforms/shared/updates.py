"""Platforms that send every change as one kind of update: the topic that such an update means."""

from __future__ import annotations

from bridge.core.model import Order
from bridge.core.model.order_states import DONE, ENDED


def topics_of_update(order: Order, is_new: bool) -> tuple[str, str | None]:
    """The topic that the order's state means, and its `Event.later_topic`.

    `is_new`: the platform's own word lets the order be one that nobody has confirmed. It is created then, while it is
    open, and later what its state means.
    """
    if order.state in ENDED:
        changed = "order.cancelled"
    elif order.state in DONE:
        changed = "order.fulfilled"
    else:
        changed = "order.paid" if order.payment.paid and order.state == "open" else "order.updated"
    return ("order.created", changed) if is_new and order.state == "open" else (changed, None)
