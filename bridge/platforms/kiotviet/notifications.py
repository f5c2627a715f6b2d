"""Where the orders of a delivery stand, and each of them with what the API answered about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from bridge.core.model import BadPayload, Event, Json, Order, Source
from bridge.core.platform import Needs
from bridge.lib.jsonschema import pointer
from bridge.platforms.kiotviet.order import read_order
from bridge.platforms.shared.around import Path, Several, read_each
from bridge.platforms.shared.values import each_line, find, find_list, find_text, get_id

UPDATE, DELETE = "order.update", "order.delete"
TOPICS = {UPDATE: "order.created", DELETE: "order.deleted"}
CHANNELS = "channels"

_DECIDING = ("Id", "Status", "StatusValue", "Total", "TotalPayment", "UsingCod", "PurchaseDate")
NEEDS = Needs(
    always=("/Notifications",),
    deciding=(
        *("/Notifications/*/Action", "/Notifications/*/RemoveId", "/Notifications/*/Data/*/CustomerId"),
        *(f"/Notifications/*/Data/*/{name}" for name in _DECIDING),
        *(f"/fetched/*/{name[:1].lower()}{name[1:]}" for name in _DECIDING),
    ),
    phones=("/fetched/*/orderDelivery", "/fetched/*/contactNumber"),
)


def action_of(notification: Json) -> str | None:
    """Which of our words the notification's `Action` begins with."""
    action = (find_text(notification, "Action") or "").lower()
    return next((word for word in TOPICS if action.startswith(word)), None)


def order_places(document: Json, word: str) -> Iterator[Path]:
    """Where the orders of these notifications stand."""
    for here, one in each_line(document, "Notifications"):
        if action_of(one) == word:
            for key in ("Data", "RemoveId"):
                for position in range(len(find_list(one, key))):
                    yield *here, key, position


def order_at(raw: Json, place: Path, order_id: str, source: Source) -> Order:
    answer = find(raw, "fetched", f"order:{order_id}")
    customer = find(raw, "fetched", f"customer:{customer_of(raw, place, answer)}")
    try:
        return read_order(raw, place, answer, customer, find(raw, "fetched", CHANNELS), source)
    except BadPayload as error:
        raise BadPayload(_where(raw, place, order_id, error.pointer), error.problem) from None


def read_notified(raw: Json, places: Iterable[Path], read: Callable[[Path], tuple[Event, ...]]) -> Several:
    """What `read` reads at these places of the delivery. BadPayload: none of the orders can be read."""
    return read_each(raw, "kiotviet", lambda left: NEEDS, places, read, partial(_answer_place, raw))


def read_orders(raw: Json, source: Source) -> tuple[Path, ...]:
    """Where the orders stand that can be read; what of them is not needed and odd is left out of the documents.

    Errors   BadPayload: none of the orders can be read
    """

    def read(place: Path) -> tuple[Event, ...]:
        order_at(raw, place, get_id(raw, *place, "Id"), source)
        return ()

    return read_notified(raw, order_places(raw, UPDATE), read).places


def _answer_place(raw: Json, place: Path) -> tuple[Path, ...]:
    order_id = find_text(raw, *place, "Id")
    return (("fetched", f"order:{order_id}"),) if order_id else ()


def _where(raw: Json, place: Path, order_id: str, found: str) -> str:
    """Where a value of the order stands: in the API's answer, which is newer, or in the notification."""
    camel = "".join(f"/{step[:1].lower()}{step[1:]}" for step in found.split("/")[1:])
    answer = ("fetched", f"order:{order_id}")
    is_answered = find(raw, *answer, camel.split("/")[1] if camel else "") is not None
    return pointer(answer) + camel if is_answered else pointer(place) + found


def customer_of(raw: Json, place: Path, answer: Json) -> str | None:
    return find_text(raw, *place, "CustomerId") or find_text(answer, "customerId")
