"""What is written back to a shop once a call has its result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

WriteKind = Literal["note", "tag", "status", "confirm_order", "cancel_order", "redeliver"]

# They change the order itself, or move its parcel, which a rule must ask for twice.
CHANGES_ORDER: frozenset[WriteKind] = frozenset({"status", "confirm_order", "cancel_order", "redeliver"})
# It is written to the carrier of the order's parcel, under the parcel's code.
TO_CARRIER: WriteKind = "redeliver"


class WriteState(StrEnum):
    """Where a write stands."""

    WAITING = "waiting"  # nothing was sent, or the shop took nothing
    SENDING = "sending"  # committed before the request leaves
    WRITTEN = "written"  # it stands at the shop
    REFUSED = "refused"  # it is not written, and will not be
    UNSURE = "unsure"  # the answer was lost: the order is read before anything is sent again


@dataclass(frozen=True, slots=True, repr=False)
class NewWrite:
    """One thing to be written to the order of a call, or to its parcel at the carrier: then these two are named.

    result    of the call, for which it is written; `n`: its position among the rule's actions for this result
    kind      what is done; `value`: the rule's word for it: the text of a note, a tag, a status; blank for the others
    text      as it is written: a note with its marker and time, else `value`
    marker    what stands in no other note: `[VBot 4711]`
    instead   tags of ours, of an earlier result of the same call, that this one takes the place of
    was_done  the order was completed or fulfilled when the call ended: that it is does not mean that it moved on
    """

    call_id: int
    source_id: str
    order_id: str
    result: str
    n: int
    kind: WriteKind
    value: str
    text: str
    marker: str
    instead: tuple[str, ...] = ()
    was_done: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Write:
    """A write as it stands in the database: a NewWrite, and what became of it.

    reason   a code of `bridge.core.reasons`; `detail`: the platform's own short word beside it
    tries    how often it was taken up; `sent_at`: when first, so that an earlier try may have reached the shop
    wake_at  when it needs attention next: its next try, or its lease's end; None once it rests
    """

    id: int
    call_id: int
    source_id: str
    order_id: str
    result: str
    n: int
    kind: WriteKind
    value: str
    text: str
    marker: str
    instead: tuple[str, ...]
    was_done: bool
    state: WriteState
    reason: str | None
    detail: str | None
    tries: int
    sent_at: datetime | None
    wake_at: datetime | None
    created_at: datetime
    updated_at: datetime
