"""What the newest statuses of an order's parcels mean for its calls. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.core.model.ledger import KnownOrder, KnownParcel
from bridge.core.model.order_states import ENDED, OrderState
from bridge.core.model.parcel import PARCEL_CANCELLED, UNDER_WAY

DELIVERED, RETURNED = "delivery.delivered", "delivery.returned"
# Of two statuses of one instant the later one in this list is the newer.
_ORDER: Final = (*UNDER_WAY, PARCEL_CANCELLED, RETURNED, DELIVERED)


def finality(topic: str) -> int:
    """How far along a parcel of this topic is, among those of one instant."""
    return _ORDER.index(topic)


def find_parcel(parcels: Sequence[KnownParcel], code: str | None) -> KnownParcel | None:
    """The parcel of this code; without one, that of the newest status."""
    mine = [parcel for parcel in parcels if code is None or parcel.code == code]
    return max(mine, key=lambda parcel: (parcel.status_at, finality(parcel.topic), parcel.delivery_id), default=None)


def state_with_parcels(order: KnownOrder, parcels: Sequence[KnownParcel], code: str | None) -> OrderState:
    """The order's state once its parcels count: what is out is fulfilled, what was taken is completed.

    code   of the parcel that is asked about, which then counts alone; None: all of them, and an order is returned
           only when every parcel that is left is back

    What the shop ended stays ended. An order that the shop had completed before its carrier said that the parcel is
    under way was completed when it was handed over: it is fulfilled.
    """
    left = [parcel for parcel in parcels if parcel.topic != PARCEL_CANCELLED and code in (None, parcel.code)]
    if not left or order.state in ENDED or order.state == "draft":
        return order.state
    topics = {parcel.topic for parcel in left}
    if topics == {RETURNED}:
        return "returned"
    if DELIVERED in topics:
        return "completed"
    under_way = [parcel for parcel in left if parcel.topic in UNDER_WAY]
    if order.state == "completed" and all(parcel.status_at <= order.state_at for parcel in under_way):
        return "completed"
    return "fulfilled"
