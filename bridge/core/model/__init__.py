"""The nouns of the bridge as frozen values, and the errors that cross packages.

No I/O, no clock. Instants are aware and UTC.
"""

from bridge.core.model.errors import BadPayload, BadRule, BadSetting, BadSignature, CannotFetch, StoreDown
from bridge.core.model.ledger import (
    ERASED,
    MANUAL,
    NOT_DECIDED,
    Attempt,
    Call,
    Decision,
    Delivery,
    KnownOrder,
    KnownParcel,
    NewCall,
    Occasion,
    Origin,
    Result,
    Revision,
    Stored,
)
from bridge.core.model.order import TOPICS, Address, Event, Item, Note, Order, OrderKey, Payment, Person, Reading
from bridge.core.model.order_states import OrderState
from bridge.core.model.outcomes import MAY_HAVE_REACHED, AttemptOutcome
from bridge.core.model.parcel import PARCEL_CANCELLED, UNDER_WAY, Parcel
from bridge.core.model.request import DEFAULT_ZONE, Json, Request, Source
from bridge.core.model.write_back import CHANGES_ORDER, TO_CARRIER, NewWrite, Write, WriteKind, WriteState

__all__ = [
    "CHANGES_ORDER",
    "DEFAULT_ZONE",
    "ERASED",
    "MANUAL",
    "MAY_HAVE_REACHED",
    "NOT_DECIDED",
    "PARCEL_CANCELLED",
    "TOPICS",
    "TO_CARRIER",
    "UNDER_WAY",
    "Address",
    "Attempt",
    "AttemptOutcome",
    "BadPayload",
    "BadRule",
    "BadSetting",
    "BadSignature",
    "Call",
    "CannotFetch",
    "Decision",
    "Delivery",
    "Event",
    "Item",
    "Json",
    "KnownOrder",
    "KnownParcel",
    "NewCall",
    "NewWrite",
    "Note",
    "Occasion",
    "Order",
    "OrderKey",
    "OrderState",
    "Origin",
    "Parcel",
    "Payment",
    "Person",
    "Reading",
    "Request",
    "Result",
    "Revision",
    "Source",
    "StoreDown",
    "Stored",
    "Write",
    "WriteKind",
    "WriteState",
]
