"""What writing back costs: python -m tests.bench.writing [--calls 200]

On SQLite, against a shop in a process of its own: the processor time to settle a call without and with `write_back`,
and to write one note; then how long it takes to decide and dial as many calls while nothing, or 1,000 results, wait for
a shop that is dead. Variants in turn, medians of three. Asserts no time.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bridge.core.model import NewWrite
from bridge.fake_vbot import FakeVBot
from bridge.notify.write_back import Writer
from bridge.settle.results import settle_stored
from bridge.store import make_seal, migrate, open_store
from bridge.store.results import store_result
from bridge.store.shops.write_backs import create_write
from tests.notify import test_write_back as scene
from tests.notify.woocommerce import WooCommerce
from tests.processes import ROOT
from tests.stage import Stage

ROUNDS, WAITING = 3, 1000
FIRST = 20_000  # of the orders' numbers and phones
RESULT = '{{"externalCallId": "{}", "disposition": "ANSWER", "inputLog": "1"}}'


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.writing")
    parser.add_argument("--calls", type=int, default=200, help="of each round")
    parser.add_argument("--shop", action="store_true", help="be the shop")
    options = parser.parse_args(arguments)
    if options.shop:
        _serve(options.calls)
        return
    with _shop(options.calls) as url:
        rounds = [
            (_round(url, options.calls, writes=False), _round(url, options.calls, writes=True)) for _ in range(ROUNDS)
        ]
        pairs = [(_dial(url, options.calls, 0), _dial(url, options.calls, WAITING)) for _ in range(ROUNDS)]
    for name, part in (("settle, without write_back", 0), ("settle, with write_back", 1)):
        print(f"{name:40}{statistics.median(each[part][0] for each in rounds):8.2f} ms of processor a call")
    print(f"{'write one note':40}{statistics.median(each[1][1] for each in rounds):8.2f} ms of processor a call")
    for words, part in (("nothing waits", 0), (f"{WAITING} writes wait for a dead shop", 1)):
        print(f"{'decide and dial, ' + words:56}{statistics.median(pair[part] for pair in pairs):8.2f} ms a call")


def _round(url: str, count: int, *, writes: bool) -> tuple[float, float]:
    rule = scene.RULE if writes else {name: part for name, part in scene.RULE.items() if name != "write_back"}
    with _stage(url, rule) as stage:
        _ring(stage, count)
        with stage.store.write() as conn:
            for call in stage.vbot.calls:
                store_result(conn, RESULT.format(call["external_call_id"]).encode(), scene.AT)
        settle = _used(lambda: settle_stored(stage.store, stage.catalogs, stage.client.account_id, scene.AT), count)
        return settle, _used(lambda: _write_all(stage), count)


def _dial(url: str, count: int, waiting: int) -> float:
    """Milliseconds of a call, while the worker's job looks after each ten of them."""
    with _stage(url if not waiting else "http://127.0.0.1:9", scene.RULE) as stage:
        _ring(stage, 1)
        with stage.store.write() as conn:
            for n in range(waiting):
                text = f"[VBot 1/{n}]"
                create_write(conn, NewWrite(1, scene.SOURCE, "1", "confirmed", n, "note", "", text, text), scene.AT)
        writer = Writer(stage.store, stage.catalogs)
        begun = time.perf_counter()
        for first in range(0, count, 10):
            writer.look(scene.AT)
            _ring(stage, 10, first + 1)
        spent = time.perf_counter() - begun
        writer.join()
        return 1000 * spent / count


def _ring(stage: Stage, count: int, first: int = 0) -> None:
    for number in range(FIRST + first, FIRST + first + count):
        scene.deliver(stage, _order(number))
    stage.decide(scene.AT)
    while stage.dial(scene.AT):
        pass


def _write_all(stage: Stage) -> None:
    writer = Writer(stage.store, stage.catalogs)
    for _ in range(3):
        writer.look(scene.AT)
        writer.join()


def _used(work: Callable[[], Any], count: int) -> float:
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun) / count


def _order(number: int) -> dict[str, Any]:
    order = scene.order_of_another(number)
    order["billing"] = {**order["billing"], "phone": f"+9198200{number}"}
    return order


@contextmanager
def _stage(url: str, rule: dict[str, Any]) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder, FakeVBot() as vbot:
        store = open_store(f"sqlite:///{folder}/bridge.db")
        migrate(store, make_seal(("k" * 32,)))
        settings = {"api_url": url, "allow_private_addresses": True}
        settings |= {"consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef"}
        secrets = [scene.SECRET]
        shop = {"id": scene.SOURCE, "platform": "woocommerce", "secrets": secrets, "settings": settings}
        yield Stage(store, vbot, rule, sources=[shop])
        store.close()


@contextmanager
def _shop(count: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.writing", "--shop", "--calls", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _serve(count: int) -> None:
    with WooCommerce() as shop:
        for number in range(FIRST, FIRST + count):
            shop.add(_order(number))
        print(shop.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
