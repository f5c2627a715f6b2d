"""From an order's POST to the call's arrival at VBot, on both engines: python -m tests.bench.latency [ORDERS]

Prints, and asserts nothing: the figures are the machine's of this minute.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bridge.fake_vbot import FakeVBot
from bridge.store import migrate, open_store
from tests import postgres
from tests.processes import configure, open_site, order, phone, wait_for

EVERY_SECONDS = 0.13


def main(orders: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("sqlite", "postgres"):
            place = Path(folder, name)
            place.mkdir()
            if name == "sqlite":
                _print(name, measure(place, f"sqlite:///{place / 'bridge.db'}", orders))
                continue
            with postgres.serve() as server, postgres.database(server) as url:
                _print(name, measure(place, url, orders))


def measure(folder: Path, url: str, orders: int) -> tuple[list[float], list[float]]:
    """Seconds from the POST to its answer, and to the call, for each order; web and worker are processes."""
    store = open_store(url)
    migrate(store)
    store.close()
    configure(url)
    sent: dict[str, float] = {}
    answered: list[float] = []
    with FakeVBot() as vbot, open_site(folder, url, vbot.url, WORKER_THREADS="16", LOG_LEVEL="INFO") as site:
        site.start_web()
        site.start_worker()
        for number in range(orders):
            body = order(number)
            begun = time.monotonic()
            sent[phone(number)] = time.time()
            assert site.send("shop", body).status == 200
            answered.append(time.monotonic() - begun)
            threading.Event().wait(max(0.0, EVERY_SECONDS - answered[-1]))
        wait_for("every call", lambda: len(vbot.calls) == orders)
        arrived = {str(call["phone"]): float(call["arrived_at"]) for call in vbot.calls}
    return answered, [arrived[number] - at for number, at in sent.items()]


def _print(name: str, measured: tuple[Sequence[float], Sequence[float]]) -> None:
    for what, seconds in zip(("answer", "call"), measured, strict=True):
        ordered = sorted(1000 * each for each in seconds)
        p50, p90, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.9, 0.99))
        print(f"{name:8} POST to {what:6}  p50 {p50:6.1f}  p90 {p90:6.1f}  p99 {p99:6.1f}  max {ordered[-1]:6.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
