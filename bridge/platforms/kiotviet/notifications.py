"""Where the orders of a delivery stand, and each of them with what the API answered about it."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.core.model import BadPayload, Json, Order, Source
from bridge.lib.jsonschema import pointer
from bridge.platforms.kiotviet.order import read_order
from bridge.platforms.shared.values import find, find_text

UPDATE, DELETE = "order.update", "order.delete"
TOPICS = {UPDATE: "order.created", DELETE: "order.deleted"}
CHANNELS = "channels"
Path = tuple[str | int, ...]


def action_of(notification: Json) -> str | None:
    """Which of our words the notification's `Action` begins with."""
    action = (find_text(notification, "Action") or "").lower()
    return next((word for word in TOPICS if action.startswith(word)), None)


def order_places(document: Json, word: str) -> Iterator[Path]:
    """Where the orders of these notifications stand."""
    notifications = find(document, "Notifications")
    for n, one in enumerate(notifications if isinstance(notifications, list) else []):
        if action_of(one) != word:
            continue
        for key in ("Data", "RemoveId"):
            found = find(one, key)
            for position in range(len(found) if isinstance(found, list) else 0):
                yield "Notifications", n, key, position


def order_at(raw: Json, place: Path, order_id: str, source: Source) -> Order:
    answer = find(raw, "fetched", f"order:{order_id}")
    customer = find(raw, "fetched", f"customer:{customer_of(raw, place, answer)}")
    try:
        return read_order(raw, place, answer, customer, find(raw, "fetched", CHANNELS), source)
    except BadPayload as error:
        raise BadPayload(pointer(place) + error.pointer, error.problem) from None


def customer_of(raw: Json, place: Path, answer: Json) -> str | None:
    return find_text(raw, *place, "CustomerId") or find_text(answer, "customerId")
