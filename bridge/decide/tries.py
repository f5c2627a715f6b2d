"""A delivery that cannot be decided although the database answers: tried again with rests between, then failed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bridge.core.model import StoreDown
from bridge.store import Store
from bridge.store.deliveries import note_undecided

log = logging.getLogger(__name__)

TRIES = 8
FIRST_REST_SECONDS = 0.5  # doubles: 63 s of rest in all
DOWN_REST_SECONDS = 1
FORGET_SECONDS = 600


@dataclass
class Tries:
    """What a worker remembers of its tries: how often each delivery failed, and until when it rests.

    monotonic  this process' clock, in seconds
    """

    store: Store
    monotonic: Callable[[], float]
    _failed: dict[int, tuple[int, float]] = field(default_factory=dict)
    _down_until: float = float("-inf")

    def may_try(self, delivery_id: int) -> bool:
        """Whether neither the delivery nor the whole database rests."""
        _, until = self._failed.get(delivery_id, (0, self._down_until))
        return self.monotonic() >= max(until, self._down_until)

    def has_failed(self, delivery_id: int) -> bool:
        """Whether the delivery is to be tried by itself: it failed, or the whole database rests."""
        return delivery_id in self._failed or not self.may_try(delivery_id)

    def resting(self) -> int:
        """Return how many deliveries rest, or have rested until just now."""
        lately = self.monotonic() - FORGET_SECONDS  # since then another worker may have decided it
        self._failed = {key: value for key, value in self._failed.items() if value[1] > lately}
        return len(self._failed)

    def run(self, delivery_id: int, work: Callable[[], object], now: datetime) -> None:
        """Do this delivery's work if it may be tried; a database that fails it alone is noted on the delivery.

        A failure counts only where the database then takes that note: else it is down, and no delivery is at fault.
        """
        if not self.may_try(delivery_id):
            return
        try:
            work()
        except StoreDown as error:
            self._count(delivery_id, str(error), now)
        else:
            self._failed.pop(delivery_id, None)

    def _count(self, delivery_id: int, problem: str, now: datetime) -> None:
        tries = self._failed.get(delivery_id, (0, 0.0))[0] + 1
        try:
            with self.store.write() as conn:
                note_undecided(conn, delivery_id, problem, now if tries >= TRIES else None)
        except StoreDown:
            self._down_until = self.monotonic() + DOWN_REST_SECONDS
            log.error("database down reason=%s", problem)
            return
        log.error("delivery not decided delivery=%d tries=%d of=%d reason=%s", delivery_id, tries, TRIES, problem)
        if tries < TRIES:
            self._failed[delivery_id] = (tries, self.monotonic() + FIRST_REST_SECONDS * 2 ** (tries - 1))
        else:
            self._failed.pop(delivery_id, None)
