"""What carries the hints "decide delivery 815" and "advance call 4711" to threads; the tables hold the truth.

A hint may be lost, doubled, late or out of order, and nothing breaks: whoever takes one up asks the row first,
and the worker's sweep takes up what no hint has named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from bridge.engine.embedded import Embedded
from bridge.engine.procrastinate import Procrastinate
from bridge.store import Connection

DECIDE, ADVANCE = "decide", "advance"

Submit = Callable[[Connection, str, Sequence[int]], None]


class Engine(Protocol):
    """The worker looks at the tables at least every `look_seconds`, and sweeps at most every `sweep_seconds`."""

    look_seconds: float
    sweep_seconds: float

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        """With the commit of this transaction, and only with it, each id is soon handled by some worker, or lost."""

    def start(
        self, handlers: Mapping[str, Callable[[int], object]], threads: Mapping[str, int], wake: Callable[[], None]
    ) -> None:
        """Take up hints, so many of each kind at a time; `wake` is called when one has been handled."""

    def take(self, kind: str, item: int) -> Future[None]:
        """This id is handled here, without a hint; done once it has been handled, cancelled if we stopped before."""

    def free(self, kind: str, submitted: Collection[int]) -> int:
        """How many more ids would be taken up here at once, if these go first; 0 or less if none."""

    def tidy(self, conn: Connection, now: datetime) -> None:
        """What dead workers left behind is gone."""

    def stop(self, seconds: float) -> bool:
        """Nothing more starts; what runs may end within `seconds`. True if all ended."""


def open_engine(url: str) -> Engine:
    """The engine of this database: threads of the one worker on SQLite, Procrastinate on Postgres.

    Until it starts it only submits, and holds neither thread nor connection.
    """
    return Embedded() if url.startswith("sqlite") else Procrastinate(url)


def lose(conn: Connection, kind: str, ids: Sequence[int]) -> None:
    """Submit nothing: the sweep will find it."""
