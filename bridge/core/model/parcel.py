"""A parcel, as its carrier tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

# Of a carrier: the parcel is on its way to the door, was not taken, goes back, is back, was taken.
DELIVERY_TOPICS = ("out", "failed", "returning", "returned", "delivered")
# A parcel that is on its way, and whose carrier may need the buyer.
UNDER_WAY = ("delivery.out", "delivery.failed", "delivery.returning")
# The carrier has it no more, though nobody took it and it is not back. No rule names it.
PARCEL_CANCELLED = "delivery.cancelled"


@dataclass(frozen=True, repr=False)
class Parcel:
    """One status of one parcel.

    carrier      the carrier's name
    code         the carrier's own code of the parcel
    reference    the shop's word for the order, as the shop gave it to the carrier
    status       the carrier's word
    time         when the carrier says that it happened
    reason       why it was not taken, in the carrier's words
    note         what the courier wrote
    cod          what is still to be collected at the door, in dong; None where the carrier does not say
    return_by    when the parcel goes back unless somebody asks for it
    appointment  the buyer has set a time with the courier
    courier_name, courier_phone  of the courier, who is never called
    """

    carrier: str
    code: str
    reference: str | None
    status: str
    time: datetime
    reason: str | None = None
    note: str | None = None
    cod: Decimal | None = None
    return_by: datetime | None = None
    appointment: bool = False
    courier_name: str | None = None
    courier_phone: str | None = None
