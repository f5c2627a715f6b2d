"""What a full ledger costs: python -m tests.bench.growth [--finished 200 100000 1000000] [--kind SQLite]

The whole life of a call, and every question that people and programs ask, on databases with so many finished calls
and a tenth as many that wait for tomorrow. Interleaved; of each round the fastest, of the rounds the median, in
milliseconds. The last column divides the first size by the last: above 1 the full ledger is faster. `life`: of one
order, 16 at a time. Commands run in this process, for what Python needs to start does not grow. At the end one person
is forgotten, once. A million calls are about 4 GB on either database. Asserts no time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import random
from unittest.mock import patch
from urllib.parse import quote

from bridge.cli.main import bridge
from bridge.core.model import AttemptOutcome, Request
from bridge.decide.delivery import decide_together
from bridge.place.dial import dial
from bridge.place.outcome import Ended, record_outcomes
from bridge.place.placing import Caps, Clock, Placing
from bridge.place.queue import admit
from bridge.receive.webhook import receive
from bridge.settle.results import settle_stored
from bridge.store import Store, make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.results import store_result
from bridge.vbot import Account
from bridge.vbot.client import Client, Outcome
from tests.bench.filling import fill
from tests.bench.stand import ROUNDS, TOKEN, Stand, load, open_stand
from tests.people import PASSWORD, Person
from tests.processes import HOTLINE, KEY, Site, ask, order, phone, sign

TOGETHER = 16
GROUPS = 5
ACCEPTED, LED = 5_000_000, 7_000_000  # the first numbers of orders that come here
TIMES = 10
CONNECTIONS = 8
REQUESTS = 400
OF_ONE_CALL = ("receive", "decide", "admit", "dial", "record", "settle")
LISTS = {
    "calls": "calls?limit=50",
    "calls of a state": "calls?limit=50&state=finished",
    "calls that wait": "calls?limit=50&state=waiting",
    "calls that are unsure": "calls?limit=50&state=unsure",
    "calls of a source": "calls?limit=50&source=shop",
    "calls of an order": "calls?limit=50&order=DH-7",
    "calls since 90 days": f"calls?limit=50&since={quote('90d')}",
    "deliveries": "deliveries?limit=50",
    "deliveries of an order": "deliveries?limit=50&order=DH-7",
    "an order": "orders/shop/id-7",
}
COMMANDS = {
    "explain": ["explain", "DH-7"],
    "calls --phone": ["calls", "--phone", phone(7)],
    "balance --since 24h": ["balance", "--since", "24h"],
    "doctor": ["doctor"],
    "report --since 24h": ["report", "--since", "24h"],
}
PAGES = {"page: Today": "/", "page: orders by phone": f"/console/orders?q={phone(7)}"}
RESULT = '{{"externalCallId": "{}", "disposition": "ANSWER", "inputLog": "1"}}'
ONCE = {"forget": ["forget", phone(187), "--yes"]}
Figures = dict[str, float]
Work = Callable[[], Figures]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth")
    parser.add_argument("--finished", type=int, nargs="+", default=[200, 100_000, 1_000_000])
    parser.add_argument("--kind", help="SQLite or Postgres only")
    parser.add_argument("--folder", help="where SQLite's files are; they need 5 GB")
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        for kind in stand.kinds if options.kind is None else (options.kind,):
            _compare(stand, kind, options.finished)


def _compare(stand: Stand, kind: str, sizes: Sequence[int]) -> None:
    works = [_fill(stand, kind, finished) for finished in sizes]
    found: dict[str, list[list[float]]] = {}
    for number in range(ROUNDS + 1):  # the first warms up
        for one, name in itertools.product(range(len(works[0])), range(len(sizes))):
            for what, seconds in works[name][one]().items():
                rows = found.setdefault(what, [[] for _ in sizes])
                rows[name] += [seconds] if number else []
    print(f"\n{kind:24}" + "".join(f"{size:>12}" for size in sizes) + f"{'more ms':>10}{'ratio':>8}")
    for what, rows in found.items():
        _print(what, [statistics.median(row) for row in rows])
    for what, words in ONCE.items():
        _print(what, [_seconds(partial(_run, work.site, words)) for work in works])


def _print(what: str, each: Sequence[float]) -> None:
    parts = "".join(f"{1000 * seconds:>12.2f}" for seconds in each)
    print(f"{what:24}{parts}{1000 * (each[-1] - each[0]):>10.1f}{each[0] / each[-1]:>8.2f}", flush=True)


class Works(list[Work]):
    """All that is measured of one ledger, in turn."""

    site: Site


def _fill(stand: Stand, kind: str, finished: int) -> Works:
    name = f"{kind} {finished}"
    url, now, begun = stand.database(kind, name), datetime.now(UTC), time.perf_counter()
    fill(url, range(finished), now - timedelta(days=1))
    fill(url, range(finished, finished + finished // 10), now, due=now + timedelta(days=1))
    print(f"{name}: filled in {time.perf_counter() - begun:.0f} s", flush=True)
    site = stand.site(url, f"web {name}", CONSOLE_PASSWORD=PASSWORD)
    site.start_web()
    person = Person(site.port)
    assert person.sign_in().status_code == 200
    store = stand.opened.enter_context(contextlib.closing(open_store(url)))
    numbers = itertools.count(ACCEPTED, REQUESTS)
    life = Life(store, itertools.count(LED))

    def accept() -> Figures:
        return {"accept, by HTTP": 1 / load(site.port, next(numbers), REQUESTS, CONNECTIONS)["rate"]}

    works = Works([accept, life.lead])
    works.site = site
    for what, path in LISTS.items():
        works.append(partial(_timed, f"GET {what}", partial(_list, site, path)))
    for what, address in PAGES.items():
        works.append(partial(_timed, what, partial(_look, person, address)))
    for what, words in COMMANDS.items():
        works.append(partial(_timed, what, partial(_run, site, words)))
    return works


class Life:
    """Orders that come, are decided, dialled, answered and settled, without a worker and without VBot."""

    def __init__(self, store: Store, numbers: Iterator[int]) -> None:
        self._store, self._numbers = store, numbers
        self._catalogs = Catalogs(make_seal((KEY,)))
        clock = Clock(lambda: datetime.now(UTC), time.monotonic, random)
        client = Client(Account("http://127.0.0.1:9", token="token", vbot_id="vbot-1", project_code="SHOP"))
        self._placing = Placing(store, self._catalogs, client, clock, Caps(per_phone=3))

    def lead(self) -> Figures:
        """The least seconds of each step for one order, and of a look when nothing is due."""
        groups = [self._one_group() for _ in range(GROUPS)]
        now = datetime.now(UTC)
        nothing = [_seconds(lambda: admit(self._store, self._catalogs, now, TOGETHER)) for _ in range(TIMES)]
        each = {step: min(group[step] for group in groups) / TOGETHER for step in OF_ONE_CALL}
        return {**{f"life: {step}": seconds for step, seconds in each.items()}, "nothing due": min(nothing)}

    def _one_group(self) -> Figures:
        store, catalogs, placing = self._store, self._catalogs, self._placing
        bodies = [order(next(self._numbers)) for _ in range(TOGETHER)]
        requests = [Request("POST", "/hooks/shop", "", tuple(sign("shop", body)), body) for body in bodies]
        took: Figures = {}
        now = datetime.now(UTC)
        with _taking(took, "receive"):
            received = [receive(store, catalogs, "shop", request, now) for request in requests]
        with _taking(took, "decide"):
            ids = [one.delivery_id for one in received if one.delivery_id is not None]
            assert decide_together(store, catalogs, ids, now, HOTLINE, placing.verdicts)
        with _taking(took, "admit"):
            queued = admit(store, catalogs, datetime.now(UTC), TOGETHER)
        with _taking(took, "dial"):
            gos = [go for dialled in dial(placing, queued) for go in dialled.gos]
        assert len(gos) == TOGETHER
        with _taking(took, "record"):
            accepted = Outcome(AttemptOutcome.ACCEPTED, "accepted", 200)
            record_outcomes(placing, [Ended([go], accepted) for go in gos])
        with _taking(took, "settle"):
            for go in gos:
                body = RESULT.format(go.request.external_call_id).encode()
                store.write_together(partial(store_result, body=body, now=now))
            settle_stored(store, catalogs, placing.client.account_id, datetime.now(UTC))
        return took


@contextlib.contextmanager
def _taking(took: Figures, name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    took[name] = time.perf_counter() - begun


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _timed(what: str, work: Callable[[], object]) -> Figures:
    return {what: min(_seconds(work) for _ in range(TIMES))}


def _list(site: Site, path: str) -> None:
    answer = ask(site.port, "GET", f"/api/v1/{path}", headers=[("Authorization", f"Bearer {TOKEN}")])
    assert answer.status == 200, path


def _look(person: Person, address: str) -> None:
    assert person.get(address).status_code == 200


def _run(site: Site, words: Sequence[str]) -> None:
    """One command with this site's settings; `doctor` and `balance` end with 1, for no worker beats."""
    with patch.dict(os.environ, site.environment(LOG_LEVEL="ERROR")), contextlib.redirect_stdout(io.StringIO()):
        bridge.main(list(words), prog_name="bridge", standalone_mode=False)


if __name__ == "__main__":
    main()
