"""The states of an order in our words, and what each means for its calls."""

from __future__ import annotations

from typing import Final, Literal

OrderState = Literal[
    "open", "draft", "completed", "fulfilled", "failed", "refunded", "returned", "cancelled", "trashed", "deleted"
]

# An order in one of these states ends what waits for it, as a cancel does.
ENDED: Final[frozenset[OrderState]] = frozenset({"cancelled", "failed", "refunded", "returned", "trashed", "deleted"})
DONE: Final[frozenset[OrderState]] = frozenset({"completed", "fulfilled"})
# Of ENDED, those in which no sale came about.
UNSOLD: Final[frozenset[OrderState]] = frozenset({"cancelled", "failed", "trashed", "deleted"})


def closedness(state: OrderState, is_paid: bool) -> int:
    """How far closed an order is. Of two states of one instant, or without a time, the more closed one is the newer.

    0 open, 1 open and paid, 2 done, 3 ended.
    """
    if state in ENDED:
        return 3
    return 2 if state in DONE else int(is_paid)
