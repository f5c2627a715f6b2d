"""At which hour to ring: learnt from when people answered, with a hold-out that proves what it gains. Pure.

What is learnt is the share of first rings that somebody answered, by hour of the ring, for the people of a province who
ordered at a part of the day. A cell with few rings is drawn towards all people's share at that hour (as if PULL of
their rings were its own), so that luck alone moves nobody. An hour is chosen only where the lower end of its Wilson
interval (one-sided 90 %) lies above the share at the hour at which the call would ring anyway.

HOLD_OUT of the orders, always the same ones, ring as they would without this. What it gains is the difference of the
two shares, with Newcombe's interval (95 %, "Interval estimation for the difference between independent proportions",
Statistics in Medicine 17, 1998, method 10): it keeps its promise for small numbers and shares near 0 and 1, where the
usual plus-or-minus does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from zoneinfo import ZoneInfo

from bridge.core.model import Json
from bridge.core.schedule import Window, next_permitted

LEAST_CALLS = 500
HOLD_OUT = 20  # of 100
PULL = 50
LEAST_RINGS = 30  # of all people at an hour, below which nothing is known of it
AHEAD = timedelta(hours=24)
LEFT_OVER = timedelta(hours=1)  # of a call's time: limits, a pause or a retry must not let it expire
SPREAD_MINUTES = 50  # within the chosen hour, so that not all ring at its first minute
PARTS = ((5, "night"), (11, "morning"), (14, "midday"), (18, "afternoon"), (24, "evening"))
_SURE, _TWO_SIDED = 1.2816, 1.96

Cell = tuple[int, int]  # rung, reached


@dataclass(frozen=True, repr=False)
class Learned:
    """First rings, and how many of them were answered: by (province or "", part of the day of the order), by hour."""

    cells: Mapping[tuple[str, str], Mapping[int, Cell]]

    @property
    def calls(self) -> int:
        return sum(rung for hours in self.cells.values() for rung, _ in hours.values())

    def everybody(self, hour: int) -> Cell:
        found = [hours.get(hour, (0, 0)) for hours in self.cells.values()]
        return sum(rung for rung, _ in found), sum(reached for _, reached in found)

    def share(self, who: tuple[str, str], hour: int) -> tuple[float, int] | None:
        """How many of these people answer at this hour, and on how many rings that stands; None: nobody knows."""
        rung, reached = self.everybody(hour)
        if rung < LEAST_RINGS:
            return None
        own = self.cells.get(who, {}).get(hour, (0, 0))
        return (own[1] + PULL * reached / rung) / (own[0] + PULL), own[0] + min(PULL, rung)

    def as_json(self) -> Json:
        return [[*who, {str(hour): list(cell) for hour, cell in hours.items()}] for who, hours in self.cells.items()]


@dataclass(frozen=True)
class Choice:
    """When to ring instead. `share` of people answer then, `usual` at the hour at which it would ring anyway."""

    at: datetime
    hour: int
    share: float
    usual: float


@dataclass(frozen=True)
class Gain:
    """What moving calls has brought: shares of reached orders, their difference and its interval (95 %)."""

    moved: Cell
    held_out: Cell
    gain: float | None = None
    low: float | None = None
    high: float | None = None


def read_learned(document: Json) -> Learned:
    """What `as_json` wrote."""
    cells = {
        (province, part): {int(hour): (cell[0], cell[1]) for hour, cell in hours.items()}
        for province, part, hours in document or ()
    }
    return Learned(cells)


def part_of_day(at: datetime, zone: ZoneInfo) -> str:
    """In which part of the local day an order came."""
    hour = at.astimezone(zone).hour
    return next(name for end, name in PARTS if hour < end)


def is_held_out(source_id: str, order_id: str) -> bool:
    """Whether this order is one of those that ring as they come; the same answer each time."""
    return _dice(f"hold-out\n{source_id}\n{order_id}") % 100 < HOLD_OUT


def choose(
    learned: Learned,
    who: tuple[str, str],
    span: tuple[datetime, datetime],
    windows: Sequence[Window],
    timezone: str,
    holidays: Collection[date],
    order: str,
) -> Choice | None:
    """A better moment within the span that a call has anyway, LEFT_OVER before its end, and within AHEAD; None: none.

    span   its first permitted moment, and the last one
    order  what spreads calls within the hour; the same order has the same minute
    """
    first, last = span[0], min(span[1] - LEFT_OVER, span[0] + AHEAD)
    zone = ZoneInfo(timezone)
    usual = learned.share(who, first.astimezone(zone).hour)
    if usual is None:
        return None
    best: Choice | None = None
    start = first.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    minute = _dice(f"minute\n{order}") % SPREAD_MINUTES
    for n in range(1, int(AHEAD / timedelta(hours=1)) + 1):
        wanted = start + timedelta(hours=n, minutes=minute)
        at = next_permitted(wanted, windows, timezone, holidays)
        hour = wanted.astimezone(zone).hour
        if at is None or at != wanted or at > last:
            continue
        found = learned.share(who, hour)
        if found and _wilson(*found, _SURE)[0] > usual[0] and (best is None or found[0] > best.share):
            best = Choice(at, hour, found[0], usual[0])
    return best


def measure(moved: Cell, held_out: Cell) -> Gain:
    """Compare what was moved with what was held out; no figures while either is empty."""
    if not moved[0] or not held_out[0]:
        return Gain(moved, held_out)
    shares = [reached / rung for rung, reached in (moved, held_out)]
    ends = [_wilson(share, rung, _TWO_SIDED) for share, (rung, _) in zip(shares, (moved, held_out), strict=True)]
    gain = shares[0] - shares[1]
    low = gain - sqrt((shares[0] - ends[0][0]) ** 2 + (ends[1][1] - shares[1]) ** 2)
    high = gain + sqrt((ends[0][1] - shares[0]) ** 2 + (shares[1] - ends[1][0]) ** 2)
    return Gain(moved, held_out, gain, low, high)


def _wilson(share: float, count: int, z: float) -> tuple[float, float]:
    """Wilson's interval of a share of so many."""
    middle = share + z * z / (2 * count)
    half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _dice(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
