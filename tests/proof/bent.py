"""The worker of the bridge on a machine that is not well: python -m tests.proof.bent KIND, one of
lost, doubled   its engine forgets every hint, or has each handled twice at the same time
dialled         it dies after the commit that lets several calls leave
between         it dies when one of several requests has left, and the next is about to
answered        it dies before the commit of several answers
clock           its wall clock is wrong by as many seconds as the file `clock`, in its folder, says at that moment
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

from bridge.cli.shared.database import need_account, open_bridge
from bridge.engine import Handler, open_engine
from bridge.engine.embedded import Embedded
from bridge.place import attempt
from bridge.place.dial import Dialled
from bridge.place.outcome import Ended
from bridge.place.placing import Placing
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

    def start(self, handlers: Mapping[str, Handler], most: int, wake: Callable[[], None]) -> None:
        super().start({kind: partial(twice, handler) for kind, handler in handlers.items()}, most, wake)


def twice(handler: Handler, ids: Sequence[int]) -> None:
    other = threading.Thread(target=handler, args=(ids,))
    other.start()
    try:
        handler(ids)
    finally:
        other.join()


def die_inside_a_group(instant: str) -> None:
    """This process kills itself there."""
    dial, both, send, record = attempt.dial, attempt.record_and_dial, attempt.send, attempt.record_outcomes
    record_among, sends = attempt.record, itertools.count(1)

    def die_if(many: bool) -> None:
        if many:
            os.kill(os.getpid(), signal.SIGKILL)

    def dial_and_die(placing: Placing, call_ids: Sequence[int]) -> list[Dialled]:
        dialled = dial(placing, call_ids)
        die_if(sum(len(one.gos) for one in dialled) > 1)
        return dialled

    def do_both_and_die(placing: Placing, ended: Sequence[Ended], call_ids: Sequence[int]) -> list[Dialled]:
        dialled = both(placing, ended, call_ids)
        die_if(sum(len(one.gos) for one in dialled) > 1)
        return dialled

    def die_before_the_next(placing: Placing, dialled: Dialled) -> Ended:
        die_if(next(sends) > 1)
        return send(placing, dialled)

    def die_before_the_commit(placing: Placing, ended: Sequence[Ended]) -> list[None]:
        die_if(len(ended) > 1)
        return record(placing, ended)

    def die_before_the_commit_of_both(conn: Connection, placing: Placing, ended: Sequence[Ended]) -> None:
        record_among(conn, placing, ended)
        die_if(len(ended) > 1)

    if instant == "dialled":
        attempt.dial, attempt.record_and_dial = dial_and_die, do_both_and_die
    elif instant == "between":
        attempt.send = die_before_the_next
    else:
        attempt.record_outcomes, attempt.record = die_before_the_commit, die_before_the_commit_of_both


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
    if kind in ("dialled", "between", "answered"):
        die_inside_a_group(kind)
    client = Client(need_account(opened.config))
    stop = threading.Event()
    worker.stop_on_signals(stop)
    return 0 if worker.run_worker(opened.config, opened.store, opened.catalogs, engine, client, stop) else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
