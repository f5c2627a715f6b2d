"""What differs between the calls of two sets of rules, as `simulate` found them. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from bridge.core.model import Json
from bridge.core.schedule import local_day
from bridge.core.vietnamese.hearing import Rate, cost, hear
from bridge.decide.trial.simulate import PlannedCall, Side, Simulation
from bridge.lib.masking import mask_phone

Kind = Literal["added", "dropped", "moved", "changed", "same"]
KINDS: tuple[Kind, ...] = ("added", "dropped", "moved", "changed", "same")


@dataclass(frozen=True, repr=False)
class Pair:
    """One call on both sides, or on one. `reason`: why the other side has none, where that is known."""

    before: PlannedCall | None
    after: PlannedCall | None
    reason: str | None = None

    @property
    def call(self) -> PlannedCall:
        """The call, as the rules that are tried make it where they do."""
        return self.after or self.before  # type: ignore[return-value]  # one side has it

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """A call may have moved and changed at once; every other has one kind."""
        if self.before is None:
            return ("added",)
        if self.after is None:
            return ("dropped",)
        moved: tuple[Kind, ...] = ("moved",) if self.before.not_before != self.after.not_before else ()
        changed: tuple[Kind, ...] = ("changed",) if _said(self.before) != _said(self.after) else ()
        return (*moved, *changed) or ("same",)

    def as_json(self, *, show_phones: bool) -> dict[str, Json]:
        """{kind, rule, source, order_id, order_number, topic, phone, reason, before, after}; each side null where it
        has no call, else {not_before, phone, template, datas}."""
        call = self.call
        return {
            "kind": "+".join(self.kinds),
            "rule": call.rule,
            "source": call.source_id,
            "order_id": call.order_id,
            "order_number": call.number,
            "topic": call.occasion.topic,
            "reason": self.reason,
            "before": _one(self.before, show_phones=show_phones),
            "after": _one(self.after, show_phones=show_phones),
        }


def pairs(simulation: Simulation) -> Iterator[Pair]:
    """Every call of either side, beside its like on the other: the same rule, order and topic."""
    sides = [_by_subject(side) for side in (simulation.before, simulation.after)]
    for subject in dict.fromkeys([*sides[0], *sides[1]]):
        for before, after in zip_longest(sides[0].get(subject, ()), sides[1].get(subject, ())):
            other = simulation.after if after is None else simulation.before
            reason = None if before and after else other.reasons.get(subject)
            yield Pair(before, after, reason)


def count(found: Iterable[Pair]) -> dict[str, int]:
    """How many calls are added, dropped, moved, changed, or the same."""
    counted = Counter(kind for pair in found for kind in pair.kinds)
    return {kind: counted[kind] for kind in KINDS}


def summarize(
    simulation: Simulation, found: Sequence[Pair], texts: Mapping[str, Json], rate: Rate | None
) -> dict[str, Json]:
    """{events, added, dropped, moved, changed, same, ring_twice: {before, after}, cost: {before, after} or null,
    unreadable}. Cost in dong, by the templates' texts; null without a rate.
    """
    sides = {"before": simulation.before, "after": simulation.after}
    return {
        "events": simulation.events,
        **count(found),
        "ring_twice": {name: ring_twice(side) for name, side in sides.items()},
        "cost": None if rate is None else {name: _cost(side, texts, rate) for name, side in sides.items()},
        "unreadable": simulation.skipped,
    }


def samples(found: Sequence[Pair], most: int) -> list[Pair]:
    """So many of each kind that differs, in the order of the kinds."""
    differing = [kind for kind in KINDS if kind != "same"]
    return [pair for kind in differing for pair in [one for one in found if one.kinds[0] == kind][:most]]


def _cost(side: Side, texts: Mapping[str, Json], rate: Rate) -> int:
    """What the calls of a side would cost, in dong, if each text was heard to its end."""
    return sum(cost(hear(texts.get(call.template), call.datas).seconds, rate) for call in side.calls.values())


def ring_twice(side: Side) -> int:
    """How many phones would ring more than once on one local day."""
    days = Counter((call.phone, local_day(call.not_before, call.timezone)) for call in side.calls.values())
    return len({phone for (phone, _), times in days.items() if times > 1})


def _by_subject(side: Side) -> Mapping[tuple[str, str, str, str], list[PlannedCall]]:
    found: dict[tuple[str, str, str, str], list[PlannedCall]] = defaultdict(list)
    for call in side.calls.values():
        found[call.is_about].append(call)
    return found


def _said(call: PlannedCall) -> tuple[str, str, Mapping[str, Json]]:
    return call.phone, call.template, call.datas


def _one(call: PlannedCall | None, *, show_phones: bool) -> dict[str, Json] | None:
    if call is None:
        return None
    return {
        "not_before": call.not_before.isoformat(),
        "phone": call.phone if show_phones else mask_phone(call.phone),
        "template": call.template,
        "datas": dict(call.datas),
    }
