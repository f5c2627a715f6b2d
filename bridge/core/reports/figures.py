"""The figures of a report: how many orders came, were called, were reached, what they said, and what it cost. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from math import floor

from bridge.core.model import Json
from bridge.core.reports.best_hour import Gain
from bridge.core.vietnamese.hearing import Rate, cost, read_rate
from bridge.core.words import UNREACHABLE

# What a report is split by beside an order's own day, source and province.
OF_CALLS = ("rule", "template", "hotline")
OF_RINGS = ("hour", "weekday")
DIMENSIONS = (*OF_RINGS, "day", "source", "rule", "template", "hotline", "province")
REACHED = ("confirmed", "declined", "agent", "no_key", "answered")
# How an attempt ended, VBot's own charge as text, and its seconds.
Charge = tuple[str | None, str | None, int | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person has set to reckon with. Money in dong.

    rate     what VBot takes for a call, where its result does not say
    parcel   what a parcel costs that is refused at the door, there and back
    share    how many of the declined orders would have been sent in vain, 0 to 1
    """

    rate: Rate | None = None
    parcel: int | None = None
    share: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of a report. Each order counts once in it, by its most telling call.

    called           as the balance counts them: VBot has the call, and nothing is unsure or waits
    unreachable      no answer, busy or failed after the last redial; `no_result`: called, and nothing is known yet
    median_minutes   from the order to the call that was answered; None where nobody was reached
    cost             in dong; None where nothing is known of what the calls cost
    unpriced         answered calls that `cost` leaves out, because neither VBot nor a rate says what they cost
    saved_parcels    declined orders that would have been sent in vain; `saved`: what they would have cost, in dong
    """

    orders: int
    called: int
    reached: int
    confirmed: int
    declined: int
    agent: int
    no_key: int
    answered: int
    unreachable: int
    no_result: int
    median_minutes: int | None
    cost: int | None
    cost_per_confirmed: int | None
    unpriced: int
    saved_parcels: int
    saved: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """A line of one value. `key` is None for what has none: orders that were not called, an unknown province."""

    key: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """Orders that came in a span. `manual`: calls by hand and of lists, which have no order; None where there are none.

    by   a member of DIMENSIONS; None: `groups` is empty
    """

    since: datetime
    until: datetime
    by: str | None
    groups: Sequence[Group]
    total: Figures
    manual: Figures | None
    best_hour: Sequence[Timing] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """What `hour: best` of a rule has brought. `calls`: first rings that it has learnt from; it needs `needed`."""

    rule: str
    calls: int
    needed: int
    gain: Gain


@dataclass(slots=True)
class Tally:
    """What is counted towards a line.

    results   the results of called orders; "" where none is known
    minutes   from the order to its answer
    charges   of attempts
    """

    orders: int = 0
    results: Counter[str] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)
    charges: Counter[Charge] = field(default_factory=Counter)

    def add_json(self, document: Mapping[str, Json]) -> None:
        """Add what `as_json` gave: a report of 90 days by hour adds up two thousand of these."""
        self.orders += document["orders"]
        for result, count in document["results"].items():
            self.results[result] += count
        for minutes, count in document["minutes"]:
            self.minutes[minutes] += count
        for *charge, count in document["charges"]:
            self.charges[tuple(charge)] += count

    def as_json(self) -> Json:
        """To be kept, and added by `add_json`. What VBot charged is added up."""
        rated = [[*charge, count] for charge, count in self.charges.items() if charge[1] is None]
        paid = sum(
            (Decimal(cost) * count for (_, cost, _), count in self.charges.items() if cost is not None), Decimal()
        )
        is_paid = len(rated) < len(self.charges)
        return {
            "orders": self.orders,
            "results": dict(self.results),
            "minutes": [list(each) for each in self.minutes.items()],
            "charges": [*rated, *([["answered", str(paid), None, 1]] if is_paid else [])],
        }

    def figures(self, terms: Terms) -> Figures:
        found = self.results
        prices = {charge: price_of(charge, terms.rate) for charge in self.charges}
        unpriced = sum(self.charges[charge] for charge, price in prices.items() if price is None)
        known = [price * self.charges[charge] for charge, price in prices.items() if price is not None]
        total = sum(known, Decimal(0))
        spent = None if unpriced and not total else total
        parcels = floor(found["declined"] * terms.share)
        per_confirmed = _dong(spent / found["confirmed"]) if spent is not None and found["confirmed"] else None
        return Figures(
            orders=self.orders,
            called=found.total(),
            reached=sum(found[result] for result in REACHED),
            confirmed=found["confirmed"],
            declined=found["declined"],
            agent=found["agent"],
            no_key=found["no_key"],
            answered=found["answered"],
            unreachable=sum(found[result] for result in UNREACHABLE),
            no_result=found.total() - sum(found[result] for result in (*REACHED, *UNREACHABLE)),
            median_minutes=_median(self.minutes),
            cost=None if spent is None else _dong(spent),
            cost_per_confirmed=per_confirmed,
            unpriced=unpriced,
            saved_parcels=parcels,
            saved=None if terms.parcel is None else parcels * terms.parcel,
        )


def read_terms(reports: Mapping[str, Json]) -> Terms:
    """The terms that `reports:` of the configuration gives."""
    parcel = reports.get("parcel") or {}
    share = Decimal(str(parcel.get("share", "100%")).removesuffix("%")) / 100
    return Terms(read_rate(reports), parcel.get("price"), share)


def describe(report: Report) -> dict[str, Json]:
    """The report as JSON: {since, until, by, groups: [{key, …figures}], total, manual, best_hour}."""
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "by": report.by,
        "groups": [{"key": group.key, **asdict(group.figures)} for group in report.groups],
        "total": asdict(report.total),
        "manual": asdict(report.manual) if report.manual else None,
        "best_hour": [_timing(timing) for timing in report.best_hour],
    }


def _timing(timing: Timing) -> dict[str, Json]:
    gain = timing.gain
    sides = {"moved": gain.moved, "held_out": gain.held_out}
    return {
        "rule": timing.rule,
        "calls": timing.calls,
        "needed": timing.needed,
        **{name: {"calls": cell[0], "reached": cell[1]} for name, cell in sides.items()},
        **{
            name: None if (found := getattr(gain, name)) is None else round(found, 4)
            for name in ("gain", "low", "high")
        },
    }


def share(part: int, whole: int) -> float | None:
    """Which part of the whole, 0 to 1; None of nothing."""
    return part / whole if whole else None


def price_of(charge: Charge, rate: Rate | None) -> Decimal | None:
    """VBot's own charge; else by the rate, for each started span. A call that nobody took costs nothing."""
    end, charged, seconds = charge
    if charged is not None:
        return Decimal(charged)
    if end != "answered":
        return Decimal(0)
    return Decimal(cost(seconds, rate)) if rate is not None and seconds is not None else None


def _dong(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _median(minutes: Counter[int]) -> int | None:
    """The lower one of the two in the middle."""
    left = (minutes.total() + 1) // 2
    for minute, count in sorted(minutes.items()):
        left -= count
        if left <= 0:
            return minute
    return None
