"""How long a signed order waits among slow and silent connections: python -m tests.bench.strangers [--each 500]

The stock web of both databases, without a proxy: 1,000 orders of 10 kB at a steady rate, first alone, then beside 500
connections that send nothing, 500 that send a byte every 4 seconds (of a head, and of a body), and all of them. Then
beside a worker that decides, and while it decides 20 orders in between that are dear to read, and 20 messages of 1 MB
with 400 orders each. Prints the table, and whether every order was stored; asserts no time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from bridge.store import open_store
from bridge.store.reports.views import Filter, list_deliveries
from tests.bench.stand import POSTGRES, SQLITE, load, open_stand
from tests.processes import ROOT, Site, order

Side = AbstractContextManager[None]

CONNECTIONS = 32
WARM_UP = 100
EVERY_SECONDS = 4
KINDS = ("silent", "slow head", "slow body")
DEAR_ORDERS = 20
DEAR_FROM = 10**7  # their numbers
MANY, MANY_FROM, NOTE = 400, 2 * 10**7, 2_000
SCENES: dict[str, tuple[str, ...]] = {"alone": (), **{kind: (kind,) for kind in KINDS}, "all of them": KINDS}
REQUESTS = {
    "silent": b"",
    "slow head": b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nX-Header: " + b"x" * 8_000,
    "slow body": b"{" + b" " * 8_000,
}
HEAD = b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.strangers")
    parser.add_argument("--each", type=int, default=500, help="connections of each kind")
    parser.add_argument("--orders", type=int, default=1000, help="of each scene")
    parser.add_argument("--rate", type=float, default=50, help="orders each second")
    parser.add_argument("--kind", choices=(SQLITE, POSTGRES), help="this database alone")
    parser.add_argument("--folder", help="where SQLite's file is; one in memory would flatter it")
    options = parser.parse_args(arguments)
    print(f"{options.orders} orders at {options.rate:.0f}/s; {options.each} strangers of each kind")
    print(f"{'':12}{'':14}{'stored':>8}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    with open_stand(options.folder) as stand:
        for kind in [kind for kind in stand.kinds if options.kind in (None, kind)]:
            url = stand.database(kind, kind)
            site = stand.web(url, f"web {kind}")
            sides = {name: (besiege(site.port, options.each, kinds), 0) for name, kinds in SCENES.items()}
            _measure(url, site, kind, options, sides)
            url = stand.database(kind, f"{kind}-decided")
            site = stand.web(url, f"decided {kind}")
            # Nobody answers for VBot: what is decided waits.
            assert site.run("pause", "--reason", "bench").returncode == 0
            site.start_worker()
            seconds = options.orders / options.rate
            dear = _between(site, seconds, [dear_order(DEAR_FROM + number) for number in range(DEAR_ORDERS)])
            many = _between(site, seconds, [many_orders(MANY_FROM + MANY * number) for number in range(DEAR_ORDERS)])
            sides = {"a worker": (contextlib.nullcontext(), 0), "dear orders": (dear, DEAR_ORDERS)}
            _measure(url, site, kind, options, {**sides, "many in one": (many, DEAR_ORDERS)})


def _measure(
    url: str, site: Site, kind: str, options: argparse.Namespace, sides: Mapping[str, tuple[Side, int]]
) -> None:
    """`sides`: what goes on beside the usual orders of a scene, and how many orders it sends itself."""
    load(site.port, 0, WARM_UP, CONNECTIONS)
    sent = WARM_UP
    for name, (side, more) in sides.items():
        before = _count(url)
        with side:
            found = load(site.port, sent, options.orders, CONNECTIONS, options.rate)
        sent += options.orders
        stored = _count(url) - before - more
        figures = f"{found['p50']:>9.1f}{found['p99']:>9.1f}{found['max']:>9.1f}"
        print(f"{kind:12}{name:14}{stored:>8}{figures}", flush=True)


def dear_order(number: int) -> bytes:
    """A signed order of 1 MB, of the kinds that `tests.bench.texts` finds most expensive, that rings like any other."""
    return order(number, note="e\u0301" * 20_000, items=[[{}] * 240] * 850)


def many_orders(first: int) -> bytes:
    """A signed message of almost 1 MB with MANY orders, numbered from this one."""
    told = [json.loads(order(first + n, note="x" * NOTE)) for n in range(MANY)]
    return json.dumps(told).encode()


@contextlib.contextmanager
def _between(site: Site, seconds: float, bodies: Sequence[bytes]) -> Iterator[None]:
    """These bodies, sent at even intervals within this time."""

    def send() -> None:
        for body in bodies:
            threading.Event().wait(0.8 * seconds / len(bodies))
            assert site.send("shop", body).status == 200

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        yield
        sending.result()


def _count(url: str) -> int:
    with contextlib.closing(open_store(url)) as store, store.read() as conn:
        page = list_deliveries(conn, Filter(limit=1))
        return int(page.items[0]["id"])  # none is ever deleted


@contextlib.contextmanager
def besiege(port: int, each: int, kinds: Sequence[str] = KINDS) -> Iterator[None]:
    """As many connections of these kinds, from a process of its own; one that is ended comes again."""
    if not kinds:
        yield
        return
    command = [sys.executable, "-m", "tests.bench.strangers", str(port), str(each), *kinds]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


async def _be_strangers(port: int, each: int, kinds: Sequence[str]) -> None:
    tasks = [asyncio.create_task(_stranger(port, kind)) for kind in kinds for _ in range(each)]
    await asyncio.sleep(2 + EVERY_SECONDS / 2)
    print("here", flush=True)
    await asyncio.gather(*tasks)


async def _stranger(port: int, kind: str) -> None:
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD if kind == "slow body" else b"")
            for byte in REQUESTS[kind]:
                writer.write(bytes([byte]))
                with contextlib.suppress(TimeoutError):
                    if not await asyncio.wait_for(reader.read(1000), EVERY_SECONDS):
                        break
            if not REQUESTS[kind]:
                await reader.read()
            writer.close()
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1].isdigit():
        asyncio.run(_be_strangers(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
    else:
        main()
