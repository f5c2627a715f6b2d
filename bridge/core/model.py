"""The nouns of the bridge as frozen values, and the errors that cross rooms.

No I/O, no clock, nothing of ours imported. Instants are aware and UTC; money is
Decimal in the currency's main unit; blank text is None; text is NFC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Json = Any

_ORDER_TOPICS = ("created", "updated", "paid", "cancelled", "fulfilled", "deleted")
TOPICS = (*(f"order.{name}" for name in _ORDER_TOPICS), "checkout.abandoned", "test")

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"

OrderState = Literal[
    "open", "draft", "completed", "fulfilled", "failed", "refunded", "returned", "cancelled", "trashed", "deleted"
]


class BadSignature(Exception):
    """The request is not from the shop, by a `reason` without any value of it. `later`: newer keys may tell better."""

    def __init__(self, reason: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.later = reason, later


class BadPayload(Exception):
    """The shop's document cannot be read. `pointer` is a JSON pointer, `problem` holds no value of it."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer or '/'}: {problem}")
        self.pointer = pointer
        self.problem = problem


class BadRule(Exception):
    """A rule, or a value that it asks for, cannot be used. `where` is the field: "when", "datas.total"."""

    def __init__(self, where: str, problem: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem
        self.line = line
        self.column = column


class CannotFetch(Exception):
    """The shop cannot be asked: its settings lack something. `reason` is a reason code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadSetting(Exception):
    """The bridge cannot start, or do its work, with these settings; the text, in English, says what to write."""

    def __init__(self, english: str, vietnamese: str | None = None) -> None:
        super().__init__(english)
        self.vietnamese = vietnamese or english


class StoreDown(Exception):
    """The database cannot be reached or written now; nothing was stored."""


@dataclass(frozen=True, repr=False)
class Request:
    """One HTTP request as it came: header names as sent, body bytes never re-serialised.

    `fetched`: the shop's own documents about it, by name, each as the shop answered.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched: Mapping[str, bytes] = field(default_factory=dict, hash=False)

    def header(self, name: str) -> str | None:
        """The one value of this header, compared without case; None if absent or sent twice with two values."""
        found = {value for key, value in self.headers if key.lower() == name.lower()}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, repr=False)
class Source:
    """One shop on one platform. `secrets` are all valid at once; `settings` its own; `keys` the shop's public ones."""

    id: str
    platform: str
    secrets: tuple[str, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)
    timezone: str = DEFAULT_ZONE
    country: str = "VN"
    enabled: bool = True
    max_per_day: int | None = None
    keys: Json = None


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
    `total`: None where the sender told no amount, as of a lead.
    `parent`: the id of the order that this one is a part of; the buyer hears of the whole alone.
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
    """What a delivery says in our words. `order` is None where the platform names only an id.

    `restored`: the platform says that a deleted order is back.
    `incomplete`: a document of the shop that it is read from is missing.
    `later_topic`: the topic where an earlier delivery was the order's `order.created`: the platform's word alone does
    not tell a new order from a changed one.
    `unknown_state`: the shop's word for the order's state, which nobody has said the meaning of: it counts as open.
    `notes`: what was odd in the document and is not needed.
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


@dataclass(frozen=True)
class Reading:
    """All that a delivery says: its events; or in `ignored` why it has none, and the platform's word for what it is.

    `failed`: what cannot be read of one of several orders; those that can be read are decided.
    """

    events: tuple[Event, ...] = ()
    ignored: str | None = None
    platform_topic: str | None = None
    failed: str | None = None


@dataclass(frozen=True)
class Decision:
    """The answer of one rule to one event. `reason` is a code of `bridge.core.reasons`, `facts` fill its sentence.

    call_id  the call that was created, waits again or was cancelled, or because of which none was created
    """

    decision: Literal["call", "skip", "cancel"]
    reason: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    call_id: int | None = None
