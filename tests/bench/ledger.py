"""What a full ledger costs: python -m tests.bench.ledger [--finished 1000000] [--waiting 100000]

Accept, admit and list on a database with so many finished calls and calls waiting for tomorrow, against one with 200
finished ones (a page of the list is full on both). Interleaved, the ratio of the medians; above 1 the full one is
faster. `list` is one page of 50 by the API. About 4 GB of disk for each database at full size. Asserts no time.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from bridge.place.queue import admit
from bridge.store import Store, make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from tests.bench.filling import fill
from tests.bench.stand import ROUNDS, TOKEN, Stand, load, open_stand
from tests.processes import KEY, Site, ask

FEW = 200
PLACES = 16
TICKS = 40
ABOVE = 5_000_000  # the numbers of orders that are accepted here
PAGES = 30
CONNECTIONS = 8
LISTS = {
    "list calls": "calls?limit=50",
    "list by state": "calls?limit=50&state=finished",
    "list by source": "calls?limit=50&source=shop",
    "list by order": "calls?limit=50&order=DH-7",
    "list since": f"calls?limit=50&since={quote('90d')}",
    "list deliveries": "deliveries?limit=50",
}
Work = Callable[[], float]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger")
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=400, help="accepts of each round")
    parser.add_argument("--folder", help="where SQLite's file is; it needs 4 GB")
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        rows = [row for kind in stand.kinds for row in _compare(stand, kind, options)]
    print(f"{options.finished} finished calls and {options.waiting} waiting, against {FEW}; medians of {ROUNDS} rounds")
    print(f"{'':28}{'few ms':>9}{'full ms':>9}{'ratio':>8}")
    for name, few, full in rows:
        print(f"{name:28}{1000 * few:>9.2f}{1000 * full:>9.2f}{few / full:>8.2f}")


def _compare(stand: Stand, kind: str, options: argparse.Namespace) -> list[tuple[str, float, float]]:
    """Each work's median seconds, few and full."""
    sizes = {"few": (FEW, 0), "full": (options.finished, options.waiting)}
    works: dict[str, dict[str, Work]] = {}
    for size, (finished, waiting) in sizes.items():
        url, now, begun = stand.database(kind, f"{kind} {size}"), datetime.now(UTC), time.perf_counter()
        fill(url, range(finished), now)
        fill(url, range(finished, finished + waiting), now, due=now + timedelta(days=1))
        fill(url, range(finished + waiting, finished + waiting + PLACES), now, due=now)
        print(f"{kind}, {size}: filled in {time.perf_counter() - begun:.0f} s")
        works[size] = _works(stand, f"{kind} {size}", url, options.requests)
    found: dict[str, dict[str, list[float]]] = {}
    for number in range(ROUNDS + 1):  # the first warms up
        for name in works["few"]:
            for size, work in works.items():
                seconds = work[name]()
                if number:
                    found.setdefault(name, {}).setdefault(size, []).append(seconds)
    return [
        (f"{name}, {kind}", statistics.median(took["few"]), statistics.median(took["full"]))
        for name, took in found.items()
    ]


def _works(stand: Stand, name: str, url: str, requests: int) -> dict[str, Work]:
    web = stand.web(url, f"web {name}")
    store = stand.opened.enter_context(contextlib.closing(open_store(url)))
    batches = itertools.count(ABOVE, requests)

    def accept() -> float:
        return 1 / load(web.port, next(batches), requests, CONNECTIONS)["rate"]

    works: dict[str, Work] = {"accept": accept, "admit": lambda: _admit(store), "nothing due": lambda: _admit(store, 0)}
    for listed, path in LISTS.items():
        works[listed] = lambda path=path: _list(web, path)  # type: ignore[misc]
    return works


def _admit(store: Store, due: int = PLACES) -> float:
    """Median seconds of a tick that admits so many; what it admitted waits for tomorrow again."""
    catalogs = Catalogs(make_seal((KEY,)))
    now, took = datetime.now(UTC), []
    for _ in range(TICKS):
        with store.write() as conn:
            conn.exec_driver_sql(
                "UPDATE calls SET state = 'waiting', wake_at = not_before WHERE id IN (SELECT id FROM calls"
                " WHERE state = 'queued')"
            )
        at = now if due else now - timedelta(days=400)
        begun = time.perf_counter()
        admitted = admit(store, catalogs, at, due)
        took.append(time.perf_counter() - begun)
        assert len(admitted) == due
    return statistics.median(took)


def _list(web: Site, path: str) -> float:
    took = []
    for _ in range(PAGES):
        begun = time.perf_counter()
        answer = ask(web.port, "GET", f"/api/v1/{path}", headers=[("Authorization", f"Bearer {TOKEN}")])
        took.append(time.perf_counter() - begun)
        assert answer.status == 200 and answer.json()["items"]
    return statistics.median(took)


if __name__ == "__main__":
    main()
