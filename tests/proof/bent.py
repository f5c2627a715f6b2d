"""The worker of the bridge on a machine that is not well: python -m tests.proof.bent [lost|doubled|clock].

lost, doubled   its engine forgets every hint, or has each handled twice at the same time
clock           its wall clock is wrong by as many seconds as the file `clock`, in its folder, says at that moment
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

from bridge.cli.shared.database import need_account, open_bridge
from bridge.engine import open_engine
from bridge.engine.embedded import Embedded
from bridge.store import Connection
from bridge.vbot.client import Client
from bridge.worker import clock
from bridge.worker import loop as worker


class Forgetful(Embedded):
    """Every hint is lost."""

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        pass


class Stammering(Embedded):
    """Every hint is taken up twice, by two threads at a time."""

    def start(
        self, handlers: Mapping[str, Callable[[int], object]], threads: Mapping[str, int], wake: Callable[[], None]
    ) -> None:
        super().start({kind: partial(twice, handler) for kind, handler in handlers.items()}, threads, wake)


def twice(handler: Callable[[int], object], item: int) -> None:
    other = threading.Thread(target=handler, args=(item,))
    other.start()
    try:
        handler(item)
    finally:
        other.join()


class WrongClock(datetime):
    """The machine's clock, which nobody but root could set, as this process reads it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # no subclass comes back
        return datetime.now(tz) + timedelta(seconds=float(Path("clock").read_text()))


def main(kind: str) -> int:
    opened = open_bridge(pool_size=7)
    engines = {"lost": Forgetful, "doubled": Stammering}
    engine = engines[kind]() if kind in engines else open_engine(opened.config.database_url)
    if kind == "clock":
        clock.datetime = WrongClock  # type: ignore[misc]  # the only place where the worker looks at a wall clock
    client = Client(need_account(opened.config))
    stop = threading.Event()
    worker.stop_on_signals(stop)
    return 0 if worker.run_worker(opened.config, opened.store, opened.catalogs, engine, client, stop) else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
