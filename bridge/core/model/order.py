"""A shop's order in our words, and the events that a delivery holds of it.

Money is Decimal in the currency's main unit; blank text is None; text is NFC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bridge.core.model.order_states import OrderState
from bridge.core.model.parcel import DELIVERY_TOPICS, Parcel
from bridge.core.model.request import Json

_ORDER_TOPICS = ("created", "updated", "paid", "cancelled", "fulfilled", "deleted")
TOPICS = (
    *(f"order.{name}" for name in _ORDER_TOPICS),
    "checkout.abandoned",
    *(f"delivery.{name}" for name in DELIVERY_TOPICS),
    "test",
)


class OrderKey(NamedTuple):
    """An order by its source's id and its own: shops number theirs alike."""

    source_id: str
    order_id: str


@dataclass(frozen=True, repr=False)
class Person:
    """The buyer. `name` is in spoken order: Vietnamese names put the family name first."""

    id: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, repr=False)
class Address:
    """Where the parcel or the bill goes. `text` is the whole address in one line, without the name."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    ward: str | None = None
    district: str | None = None
    city: str | None = None
    province: str | None = None
    postcode: str | None = None
    country: str | None = None
    text: str | None = None


@dataclass(frozen=True, repr=False)
class Item:
    """One line of the order. `quantity` is what is still ordered; removed lines are left out."""

    title: str
    quantity: Decimal
    price: Decimal | None = None
    total: Decimal | None = None
    variant: str | None = None
    sku: str | None = None


@dataclass(frozen=True)
class Payment:
    """`cod`: to be paid on delivery. `paid`: nothing is left to pay. `status`: the platform's own word."""

    cod: bool = False
    paid: bool = False
    method: str | None = None
    status: str | None = None


@dataclass(frozen=True, repr=False)
class Order:
    """A shop's order in our words. `state` is ours; `status` is the platform's own word.

    `in_store`: sold over the counter, so nothing is delivered.
    `phones`: all that the platform knows of the buyer, as given, the likeliest first; `phone` is one of them.
    `total`: None where the sender gave no amount, as of a lead.
    `parent`: the id of the order that this one is a part of; the buyer is called about the whole alone.
    """

    id: str
    number: str
    state: OrderState
    currency: str
    total: Decimal | None
    payment: Payment
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    outstanding: Decimal | None = None
    phone: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    channel: str | None = None
    test: bool = False
    in_store: bool = False
    parent: str | None = None
    phones: tuple[str, ...] = ()
    customer: Person = field(default_factory=Person)
    shipping: Address = field(default_factory=Address)
    billing: Address = field(default_factory=Address)
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Note:
    """An odd part of a document that was read around: a JSON pointer, and the problem without any value of it."""

    pointer: str
    problem: str


@dataclass(frozen=True, repr=False)
class Event:
    """One event of a delivery, in our words. `order` is None where the platform names only an id.

    `restored`: the platform has restored a deleted order.
    `incomplete`: a document of the shop that it is read from is missing.
    `later_topic`: the topic where an earlier delivery was the order's `order.created`: the platform's word alone does
    not tell a new order from a changed one.
    `unknown_state`: the shop's word for the order's state, whose meaning is not known: it counts as open.
    `notes`: what was odd in the document and is not needed.
    `parcel`: of a carrier's status, the parcel that it is about; `order_id` is then the shop's word for its order, if
    the carrier has one, and `order` what the carrier itself knows of it.
    """

    topic: str
    platform_topic: str
    occurred_at: datetime
    order_id: str
    order: Order | None
    raw: Json
    restored: bool = False
    incomplete: bool = False
    later_topic: str | None = None
    unknown_state: str | None = None
    notes: tuple[Note, ...] = ()
    parcel: Parcel | None = None


@dataclass(frozen=True)
class Reading:
    """What a delivery holds: its events; or in `ignored` why it has none, and the platform's word for what it is.

    `failed`: what cannot be read of one of several orders; those that can be read are decided.
    """

    events: tuple[Event, ...] = ()
    ignored: str | None = None
    platform_topic: str | None = None
    failed: str | None = None
