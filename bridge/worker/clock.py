"""The instant that the bridge works with, and whether it can be trusted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.store.calls import LEASE

log = logging.getLogger(__name__)

CLOCK_STEP = timedelta(seconds=30)  # a wall clock that moves by more against monotonic time has stepped


@dataclass
class TrustedClock:
    """The bridge's now: on Postgres the database's, carried on by monotonic time; on SQLite the wall clock's.

    A wall clock that steps by more than CLOCK_STEP against monotonic time stops admission for one lease, and is not
    believed before: the time that it showed until then is carried on.
    """

    follows_database: bool
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    _distrusted_until: float = 0.0

    def __post_init__(self) -> None:
        self._base = self._seen = self.wall()
        self._mark = self._seen_mark = self.monotonic()

    def now(self) -> datetime:
        carried = self._base + timedelta(seconds=self.monotonic() - self._mark)
        if self.follows_database:
            return carried
        wall = self.wall()
        return wall if abs(wall - carried) <= CLOCK_STEP else carried

    def look(self, database: datetime) -> None:
        """Read the wall clock, or take the database's instant, and carry on from it unless it stepped."""
        wall, mark = database if self.follows_database else self.wall(), self.monotonic()
        step = wall - self._seen - timedelta(seconds=mark - self._seen_mark)
        self._seen, self._seen_mark = wall, mark
        if not self.follows_database and abs(step) > CLOCK_STEP:
            self._distrusted_until = mark + LEASE.total_seconds()
            log.error("clock stepped seconds=%d admission=paused", step.total_seconds())
        if self.is_trusted():
            self._base, self._mark = wall, mark

    def is_trusted(self) -> bool:
        return self.monotonic() >= self._distrusted_until
