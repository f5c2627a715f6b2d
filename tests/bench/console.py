"""What people at the console cost: python -m tests.bench.console [--finished 1000000] [--waiting 100000]

Pages    each page's time on a ledger of so many finished calls with calls that wait beside
         them, against one of 2,000 of the same days, and against a bare signed-in page.
Hooks    the p99 of hooks at 100/s with 5 people who click without rest, against that without.
Tabs     the processor time of a server that is idle but for 10 open pages that ask for news.

Interleaved, medians of rounds. Asserts no time.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bridge.web.console.app import list_pages
from tests.bench.filling import APART, RARE_NAME, catch_up, fill
from tests.bench.stand import ROUNDS, Stand, cpu_seconds, load, open_stand
from tests.people import PASSWORD, Person
from tests.processes import Site, phone

FEW, FEW_WAITING = 2_000, 100  # as many as fill a page of each list and of each search
TIMES = 15
RATE, SECONDS, CONNECTIONS = 100, 15, 8
PEOPLE, TABS = 5, 10
LEAST_REST, MOST_REST = 5, 10  # seconds
ABOVE = 5_000_000  # the numbers of orders that are sent here
BARE = "/console/orders?q=%00"  # the frame of a page, and two look-ups


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.console")
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--folder", help="where SQLite's file is; it needs 4 GB")
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        for kind in stand.kinds:
            span = APART * options.finished
            few = _web(stand, kind, "few", FEW, FEW_WAITING, span)
            full = _web(stand, kind, "full", options.finished, options.waiting, span)
            _print_pages(kind, few, full, options.finished)
            _print_hooks(kind, full)
            _print_tabs(kind, full)


def _web(stand: Stand, kind: str, name: str, finished: int, waiting: int, span: timedelta) -> Site:
    url = stand.database(kind, f"{kind} {name}")
    now = datetime.now(UTC)
    fill(url, range(finished), now, apart=span / finished)
    fill(url, range(finished, finished + waiting), now, due=now + timedelta(days=1))
    catch_up(url)
    site = stand.site(url, f"web {kind} {name}", CONSOLE_PASSWORD=PASSWORD)
    site.start_web()
    return site


def _print_pages(kind: str, few: Site, full: Site, finished: int) -> None:
    people = {name: _signed_in(site) for name, site in (("few", few), ("full", full))}
    took: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 1):  # the first warms up
        for address in [BARE, *_addresses()]:
            for name, seconds in _in_turn(people, address).items():
                if number:
                    took.setdefault((address, name), []).append(seconds)
    medians = {key: 1000 * statistics.median(each) for key, each in took.items()}
    bare = medians[BARE, "full"]
    print(f"\n{kind}, {finished} finished calls against {FEW}; a bare page takes {bare:.1f} ms")
    print(f"{'page':58}{'few ms':>9}{'full ms':>9}{'ratio':>8}{'of bare':>9}{'kB':>7}")
    for address in _addresses():
        small, large = medians[address, "few"], medians[address, "full"]
        ratios = f"{large / small:>8.2f}{large / bare:>9.1f}"
        print(f"{address:58}{small:>9.1f}{large:>9.1f}{ratios}{len(people['full'].get(address).content) / 1000:>7.1f}")


def _addresses() -> list[str]:
    pages = [page.routes[0].rule for page in list_pages() if page.place is not None]
    found = [f"/console/orders?q={each}" for each in ("DH-7", phone(7), "nguyen", "nguyen an", "van ng", RARE_NAME)]
    asked = ("group=waiting", "group=unsure", "group=skipped", "result=declined", "result=confirmed", "reason=x")
    filters = [f"/console/orders?{each}" for each in asked]
    filters += [f"/console/calls?{each}" for each in ("state=finished", "state=waiting", "result=declined", "q=DH-7")]
    filters += [f"/console/{each}?source=shop" for each in ("orders", "calls", "deliveries")]
    filters += [f"/console/{each}?source=woo" for each in ("orders", "calls", "deliveries")]
    filters += ["/console/orders?source=woo&group=called", "/console/orders?source=shop&result=confirmed"]
    filters += ["/console/calls?rule=confirm", "/console/deliveries?rule=confirm", "/console/reports?span=90d&by=hour"]
    filters += ["/console/reports?span=90d&by=rule", "/console/deliveries?state=ignored", "/console/deliveries?q=DH-7"]
    return [*pages, "/?span=24h", *found, *filters, "/console/orders/shop/id-7"]


def _signed_in(site: Site) -> Person:
    person = Person(site.port)
    assert person.sign_in().status_code == 200
    return person


def _in_turn(people: Mapping[str, Person], address: str) -> dict[str, float]:
    """Seconds of this page for each; asked in turn, for the machine's own speed changes by the second."""
    took: dict[str, list[float]] = {name: [] for name in people}
    for _, (name, person) in itertools.product(range(TIMES), people.items()):
        begun = time.perf_counter()
        answer = person.get(address)
        took[name].append(time.perf_counter() - begun)
        assert answer.status_code == 200, address
    return {name: statistics.median(each) for name, each in took.items()}


def _print_hooks(kind: str, site: Site) -> None:
    numbers = itertools.count(ABOVE, RATE * SECONDS)
    alone, together = [], []
    for _ in range(ROUNDS):
        alone.append(load(site.port, next(numbers), RATE * SECONDS, CONNECTIONS, RATE)["p99"])
        with _clicking(site):
            together.append(load(site.port, next(numbers), RATE * SECONDS, CONNECTIONS, RATE)["p99"])
    before, after = statistics.median(alone), statistics.median(together)
    print(f"{kind}, hooks at {RATE}/s: p99 {before:.1f} ms, with {PEOPLE} people {after:.1f} ms ({after / before:.2f})")


@contextlib.contextmanager
def _clicking(site: Site) -> Iterator[None]:
    """People who click a link a second, each from what the page before led to."""
    stop = threading.Event()
    addresses = itertools.cycle(["/", "/console/orders", "/console/orders?q=DH-7", "/console/orders/shop/id-7"])

    def click(person: Person) -> None:
        while not stop.wait(1):
            person.get(next(addresses))

    people = [threading.Thread(target=click, args=(_signed_in(site),)) for _ in range(PEOPLE)]
    for each in people:
        each.start()
    yield
    stop.set()
    for each in people:
        each.join()


def _print_tabs(kind: str, site: Site, seconds: float = 60) -> None:
    """As console.js does: a mark each 5 s, up to 10 s where nothing changes, and the page anew when it has changed."""
    tabs = [_signed_in(site) for _ in range(TABS)]
    pids = site.running[-1].members()
    marks, rests = [""] * TABS, [float(LEAST_REST)] * TABS
    due = [(TABS - n) / TABS * LEAST_REST for n in range(TABS)]
    used, begun = cpu_seconds(pids), time.monotonic()
    while (at := min(due)) < seconds:
        n = due.index(at)
        threading.Event().wait(max(0.0, begun + at - time.monotonic()))
        mark = tabs[n].get("/console/pulse", headers={"X-Live": "1"}).text
        changed = bool(marks[n]) and mark != marks[n]
        if changed:
            tabs[n].get("/", headers={"X-Live": "1"})
        rests[n] = LEAST_REST if changed else min(rests[n] + 1, MOST_REST)
        marks[n], due[n] = mark, at + rests[n]
    share = (cpu_seconds(pids) - used) / seconds
    print(f"{kind}, {TABS} open pages: {100 * share:.2f} % of a core of an idle web")


if __name__ == "__main__":
    main()
