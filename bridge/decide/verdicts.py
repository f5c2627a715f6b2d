"""What a worker that decides tells its own dialling: what rules said, and which new calls are due at once.

Kept in memory. Where it is lost, or another worker dials, the rule is asked again, and the tables say what is due.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bridge.core.model import Event, KnownOrder, KnownParcel
from bridge.decide.rule_input import Occasion
from bridge.rules.evaluate import Verdict
from bridge.rules.rule import Rule

MOST = 5000  # verdicts, of 1 to 2 kB
# What a rule may ask of our own ledger, which changes without the order.
_OF_THE_LEDGER = "buyer"


@dataclass(frozen=True)
class Basis:
    """All that a rule's verdict on an event depends on, beside the code.

    judging     the catalog's digest of rules, sources, custom fields and holidays: a pause that ends changes no verdict
    order       its newest state, whose bytes and fetched documents are read
    decided_at  when the delivery that holds that state was decided last; until the next time nothing more is fetched
    parcels     what carriers said last of the order's parcels
    """

    rule: str
    event_id: int
    topic: str
    platform_topic: str
    occurred_at: datetime
    judging: str
    order: KnownOrder
    decided_at: datetime | None
    parcels: tuple[KnownParcel, ...]


def basis_of(
    rule: Rule,
    event_id: int,
    occasion: Occasion,
    judging: str,
    order: KnownOrder,
    decided_at: datetime | None,
    parcels: tuple[KnownParcel, ...] = (),
) -> Basis:
    """What this rule's verdict on this event depends on."""
    said = (occasion.topic, occasion.platform_topic, occasion.occurred_at)
    return Basis(rule.name, event_id, *said, judging, order, decided_at, parcels)


class Verdicts:
    """The newest verdict of each rule on each event, for any number of threads; the oldest are dropped.

    Beside them the calls that were made due, and committed, since somebody asked.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[tuple[str, int], tuple[Basis, Verdict]] = {}
        self._due: list[int] = []
        self._lock = threading.Lock()

    def find(self, basis: Basis) -> Verdict | None:
        """The verdict on exactly this."""
        kept = self._kept.get((basis.rule, basis.event_id))
        return kept[1] if kept is not None and kept[0] == basis else None

    def keep(self, basis: Basis, rule: Rule, newest: Event, verdict: Verdict, *, evict: bool = True) -> None:
        """Keep a call that depends on nothing but its basis; drop what was kept before.

        newest   the order's newest state: whether a part's whole rang depends on other orders
        evict    whether the oldest makes room. It is the next to be dialled: who dials leaves it there.
        """
        key = (basis.rule, basis.event_id)
        with self._lock:
            self._kept.pop(key, None)
            if verdict.decision != "call" or _is_part(newest) or _asks_the_ledger(rule):
                return
            if len(self._kept) < self._most or evict:
                self._kept[key] = (basis, verdict)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]

    def drop(self, rule: str, event_id: int | None) -> None:
        """This rule's call for this event is dialled: its verdict has served."""
        with self._lock:
            self._kept.pop((rule, event_id or 0), None)

    def add_due(self, call_ids: Iterable[int]) -> None:
        """These calls are made, and due."""
        with self._lock:
            self._due += call_ids

    def take_due(self) -> list[int]:
        """Those that were added since the last time."""
        with self._lock:
            due, self._due = self._due, []
        return due


def _is_part(newest: Event) -> bool:
    return newest.order is not None and newest.order.parent is not None


def _asks_the_ledger(rule: Rule) -> bool:
    # By its text: a word too much only costs an evaluation.
    return _OF_THE_LEDGER in json.dumps(rule.document, default=str)
