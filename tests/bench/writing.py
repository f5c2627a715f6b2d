"""What writing back costs: python -m tests.bench.writing [--calls 200] [--rate 20] [--tree FOLDER]...

On SQLite, as deployed, with the shop and VBot in processes of their own: the processor time of web and worker for a
call, from the shop's order received to the result recorded, and how much of it is of writing back: planning, looking
for what is due, and a note to WooCommerce over plain http, each request signed by OAuth 1.0a. Both are of the same run:
the worker counts what its threads use. Orders come at an even rate and are rung, then come the results. The lower the
rate, the more of a call is of looks that find nothing. Several builds are measured in turn.
Then, in one process, that of deciding and dialling as many calls while nothing, or 1,000 results, wait for a shop that
is dead. Medians. Asserts no time.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bridge.cli import worker
from bridge.core.model import NewWrite
from bridge.fake_vbot import FakeVBot
from bridge.notify.write_back import Writer
from bridge.settle import results
from bridge.store import make_seal, migrate, open_store
from bridge.store.shops.write_backs import create_write
from bridge.vbot import Account
from tests.bench.placing import lean_vbot
from tests.bench.stand import cpu_seconds
from tests.notify import test_write_back as scene
from tests.notify.woocommerce import KEY, SECRET, WooCommerce
from tests.processes import ROOT, SECRETS, Site, open_site, wait_for
from tests.stage import Stage

AUTH = "auth-of-the-results"
USED = "used"
ROUNDS, WAITING = 3, 1000
FIRST = 20_000  # of the orders' numbers and phones
WARM = 20  # calls that are not counted: what is computed once is not of a call
LOGIN = {"consumer_key": KEY, "consumer_secret": SECRET, "allow_private_addresses": True}
RESULT = '{{"externalCallId": "{}", "disposition": "ANSWER", "inputLog": "1"}}'


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.writing")
    parser.add_argument("--calls", type=int, default=200, help="of each round")
    parser.add_argument("--rate", type=int, default=20, help="orders a second, and results")
    parser.add_argument("--tree", type=Path, action="append", help="of another build; several times: each in turn")
    parser.add_argument("--shop", action="store_true", help="be the shop")
    parser.add_argument("--worker", type=Path, help="be the worker, and write into this file what writing back used")
    options = parser.parse_args(arguments)
    if options.shop:
        _serve(options.calls)
        return
    if options.worker:
        _work(options.worker)
        return
    trees = [tree.resolve() for tree in options.tree or [ROOT]]
    rounds = [[_measure(tree, options.calls, options.rate) for tree in trees] for _ in range(ROUNDS)]
    for tree, found in zip(trees, zip(*rounds, strict=True), strict=True):
        _print(tree, found)
    with _shop(options.calls) as shop, lean_vbot(0) as port:
        place = Place(shop.url, port)
        pairs = [_dial(place, options.calls) for _ in range(ROUNDS)]
    dialled = [statistics.median(pair[part] for pair in pairs) for part in (0, 1)]
    print(f"{'decide and dial, nothing waits':56}{dialled[0]:8.2f} ms of processor a call")
    print(f"{f'decide and dial, {WAITING} writes wait for a dead shop':56}{dialled[1]:8.2f} ms of processor a call")


def _print(tree: Path, rounds: Sequence[tuple[float, float]]) -> None:
    print(tree.name)
    for words, found in (
        ("a call without what writes back", [whole - note for whole, note in rounds]),
        ("a note, from its plan to its end", [note for _, note in rounds]),
    ):
        print(f"{words:56}{statistics.median(found):8.2f} ms of processor ({min(found):.2f} to {max(found):.2f})")
    shares = [100 * note / (whole - note) for whole, note in rounds]
    print(f"{'writing back adds':56}{statistics.median(shares):8.1f} % ({min(shares):.1f} to {max(shares):.1f})")


def _measure(tree: Path, calls: int, rate: int) -> tuple[float, float]:
    """Milliseconds of processor for a call: of web and worker, and what of it was writing back."""
    with (
        tempfile.TemporaryDirectory(prefix="bridge-bench-") as name,
        _shop(calls + WARM) as shop,
        _deployed(Path(name), tree, shop.url) as site,
    ):
        for first, count in ((0, WARM), (WARM, calls)):
            before = _used_by(site)
            _at_rate(rate, [partial(_deliver, site, number) for number in range(first, first + count)])
            wait_for("every call", lambda: len(_placed(site)) == first + count, 60)  # noqa: B023  used at once
            _at_rate(rate, [partial(_tell, site, call) for call in _placed(site)[first:]])
            wait_for("every note", lambda: shop.notes() == first + count, 60)  # noqa: B023
            threading.Event().wait(1)  # the last is settled
            after = _used_by(site)
        whole, note = (1000 * (one - other) / calls for one, other in zip(after, before, strict=True))
        return whole, note


@contextmanager
def _deployed(folder: Path, tree: Path, shop_url: str) -> Iterator[Site]:
    """Web and worker of that build, and a VBot."""
    source = {"id": "woo", "platform": "woocommerce", "secrets": [SECRETS["woo"]]}
    rule = {**scene.RULE, "window": {"from": "00:00", "to": "24:00"}}
    document = {"sources": [{**source, "settings": {"api_url": shop_url, **LOGIN}}], "rules": [rule]}
    (folder / "shops.json").write_text(json.dumps(document))
    with lean_vbot(0.05) as port, ExitStack() as opened:
        own = {"PYTHONPATH": f"{tree}:{ROOT}", "LOG_LEVEL": "INFO", "WEB_CONCURRENCY": "1", "WORKER_THREADS": "16"}
        own["VBOT_WEBHOOK_AUTH"] = AUTH
        url = f"sqlite:///{folder / 'bridge.db'}"
        site = opened.enter_context(open_site(folder, url, f"http://127.0.0.1:{port}", **own))
        for command in (["migrate"], ["apply", "shops.json"]):
            done = site.run(*command)
            if done.returncode:
                raise SystemExit(f"{tree}: {' '.join(command)}: {done.stderr}")
        site.wait_until_it_answers(site.start("gunicorn", "--config", str(tree / "gunicorn.conf.py")))
        worker = site.start("tests.bench.writing", "--worker", str(folder / USED))
        wait_for("a worker", lambda: "worker started" in worker.said())
        yield site


def _work(used: Path) -> None:
    """The worker, and beside it a file with the processor seconds of its threads while they write back."""
    spent = [0.0]
    lock = threading.Lock()

    def write_down() -> None:
        new = used.with_suffix(".new")
        new.write_text(f"{spent[0]:.6f}")
        new.replace(used)

    def look(*args: Any) -> None:
        counted_look(*args)
        write_down()

    def counted(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            begun = time.thread_time()
            try:
                return work(*args, **named)
            finally:
                with lock:
                    spent[0] += time.thread_time() - begun

        return run

    write_down()
    counted_look = counted(Writer.look)
    Writer.look = look  # type: ignore[assignment, method-assign]
    Writer._turn = counted(Writer._turn)  # type: ignore[method-assign]
    results.plan_writes = counted(results.plan_writes)
    worker.run(args=[])


def _deliver(site: Site, number: int) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    times = dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_created", "date_modified"), now)
    assert site.send("woo", json.dumps({**_order(FIRST + number), **times}).encode()).status == 200


def _placed(site: Site) -> list[str]:
    """What VBot calls the calls that it took, oldest first."""
    with closing(sqlite3.connect(site.folder / "bridge.db")) as conn:
        found = "select attempts.external_call_id from calls join attempts on attempts.id = calls.attempt_id"
        return [name for (name,) in conn.execute(f"{found} where outcome = 'accepted' order by calls.id")]


def _tell(site: Site, external_call_id: str) -> None:
    body = RESULT.format(external_call_id).encode()
    headers = [("Authorization", AUTH), ("Content-Type", "application/json")]
    assert site.ask("POST", "/vbot/results", body, headers).status == 200


def _at_rate(rate: int, works: Sequence[Callable[[], None]]) -> None:
    begun = time.monotonic()
    for number, work in enumerate(works):
        threading.Event().wait(max(0.0, begun + number / rate - time.monotonic()))
        work()


def _used_by(site: Site) -> tuple[float, float]:
    """Processor seconds: of all its processes, and of writing back."""
    return cpu_seconds(pid for one in site.running for pid in one.members()), float((site.folder / USED).read_text())


class Place:
    """A shop's address, and a VBot that costs little."""

    def __init__(self, url: str, port: int) -> None:
        self.url = url
        self._account = replace(FakeVBot().account(), url=f"http://127.0.0.1:{port}")

    def account(self) -> Account:
        return self._account


def _dial(place: Place, count: int) -> tuple[float, float]:
    """Milliseconds of processor a call while nothing waits, and while many writes do: ten calls here, ten there."""
    with _stage(place, place.url, scene.RULE) as idle, _stage(place, "http://127.0.0.1:9", scene.RULE) as busy:
        _ring(idle, 1)
        _ring(busy, 1)
        with busy.store.write() as conn:
            for n in range(WAITING):
                text = f"[VBot 1/{n}]"
                create_write(conn, NewWrite(1, scene.SOURCE, "1", "confirmed", n, "note", "", text, text), scene.AT)
        writers = {stage: Writer(stage.store, stage.catalogs) for stage in (idle, busy)}
        spent = dict.fromkeys(writers, 0.0)
        for first in range(0, count, 10):
            for stage, writer in writers.items():
                spent[stage] += _used(lambda: _ring_beside(stage, writer, first + 1), count)  # noqa: B023  used at once
        return spent[idle], spent[busy]


def _ring_beside(stage: Stage, writer: Writer, first: int) -> None:
    """As the worker's loop: a look at what is to be written, and ten calls."""
    writer.look(scene.AT)
    _ring(stage, 10, first)
    writer.join()


def _ring(stage: Stage, count: int, first: int = 0) -> None:
    for number in range(FIRST + first, FIRST + first + count):
        scene.deliver(stage, _order(number))
    stage.decide(scene.AT)
    while stage.dial(scene.AT):
        pass


def _used(work: Callable[[], Any], count: int) -> float:
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun) / count


def _order(number: int) -> dict[str, Any]:
    order = scene.order_of_another(number)
    order["billing"] = {**order["billing"], "phone": f"+9198200{number}"}
    return order


@contextmanager
def _stage(place: Place, url: str, rule: dict[str, Any]) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bridge.db")
        migrate(store, make_seal(("k" * 32,)))
        settings = {"api_url": url, "allow_private_addresses": True}
        settings |= {"consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef"}
        secrets = [scene.SECRET]
        shop = {"id": scene.SOURCE, "platform": "woocommerce", "secrets": secrets, "settings": settings}
        yield Stage(store, place, rule, sources=[shop])
        store.close()


@dataclass(frozen=True)
class ShopProcess:
    url: str
    process: subprocess.Popen[str]

    def notes(self) -> int:
        """How many it has."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("notes\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def _shop(count: int) -> Iterator[ShopProcess]:
    command = [sys.executable, "-m", "tests.bench.writing", "--shop", "--calls", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield ShopProcess(process.stdout.readline().strip(), process)
        finally:
            process.kill()


def _serve(count: int) -> None:
    with WooCommerce() as shop:
        for number in range(FIRST, FIRST + count):
            shop.add(_order(number))
        print(shop.url, flush=True)
        for _ in sys.stdin:
            print(sum(map(len, shop.notes.values())), flush=True)


if __name__ == "__main__":
    main()
