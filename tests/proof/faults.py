"""How VBot's answers are spoilt in a proof: a row of faults, one for each request to come."""

from __future__ import annotations

import random
from typing import Any

# How a spoilt answer must be read.
UNSURE = ("reset_before", "reset_after", "close", "bad_gateway", "unavailable", "cut", "cut_json", "html")
REFUSED, NOT_SENT = "system_error", "rate_limited"


def make_faults(dice: random.Random, count: int, spoilt: float, *, rests: bool) -> list[dict[str, Any]]:
    """A row of faults, one for each request to come. With `rests` no two follow each other: VBot is never down."""
    row: list[dict[str, Any]] = []
    for _ in range(count):
        slow = {"fault": "delay", "seconds": round(dice.uniform(0.1, 1), 3), "times": 1}
        after_a_rest = not rests or not row or row[-1]["fault"] == "delay"
        kind = dice.choice((*UNSURE, *UNSURE, REFUSED, REFUSED, NOT_SENT, NOT_SENT))
        row.append({"fault": kind, "times": 1} if after_a_rest and dice.random() < spoilt else slow)
    return row
