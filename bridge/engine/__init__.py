"""The queue of hints: "decide delivery 815"; the tables hold the truth.

`submit` adds a hint in the transaction that changes the row; `start` hands hints to a thread for each kind, all that
wait together. What a worker finds itself it hands to that thread at once (`take`).
A hint may be lost, doubled, late or out of order, and nothing breaks: whoever takes one up reads the row first,
and the worker's sweep takes up what no hint has named.

`embedded` holds these threads, for SQLite; `procrastinate` jobs in Postgres, for any number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from bridge.engine.embedded import Embedded, Handler
from bridge.store import Connection, sqlite_path

__all__ = ["DECIDE", "Engine", "Handler", "Submit", "lose", "open_engine"]

DECIDE = "decide"

Submit = Callable[[Connection, str, Sequence[int]], None]


class Engine(Protocol):
    """The worker looks at the tables at least every `look_seconds`.

    alert_seconds   for how long after a hint more may have happened than hints were given for
    """

    look_seconds: float
    alert_seconds: float

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        """Once this transaction commits, and only then, some worker soon handles each id; or the hint is lost."""

    def start(self, handlers: Mapping[str, Handler], most: int, wake: Callable[[], None]) -> None:
        """Take up hints: all of a kind that wait, but for so many at once; call `wake` when some have been handled, and
        when another process has changed what the worker looks at, if the engine learns of it."""

    def take(self, kind: str, item: int) -> Future[None]:
        """Handle this id here, without a hint; the future is cancelled if the engine stops before."""

    def tidy(self, conn: Connection, now: datetime) -> None:
        """Remove what dead workers left behind."""

    def stop(self, seconds: float) -> bool:
        """Start nothing more; let what runs end within `seconds`. Return whether all ended."""


def open_engine(url: str) -> Engine:
    """The engine of this database: threads of the one worker on SQLite, Procrastinate on Postgres.

    Until it starts it only submits, and holds neither thread nor connection.
    """
    path = sqlite_path(url)
    if path is not None:
        return Embedded(path)
    from bridge.engine.procrastinate import Procrastinate  # noqa: PLC0415  SQLite needs no driver of Postgres

    return Procrastinate(url)


def lose(conn: Connection, kind: str, ids: Sequence[int]) -> None:
    """Submit no hint: the sweep finds the row."""
