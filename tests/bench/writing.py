"""What writing back costs: python -m tests.bench.writing [--calls 200]

On SQLite, with the shop and VBot in processes of their own: the processor time of a call (received, decided, placed,
settled) without and with `write_back`, and of writing one note; then that of deciding and dialling as many calls while
nothing, or 1,000 results, wait for a shop that is dead. Variants in turn, medians of three. Asserts no time.
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
from dataclasses import replace
from typing import Any

from bridge.core.model import NewWrite
from bridge.fake_vbot import FakeVBot
from bridge.notify.write_back import Writer
from bridge.settle.results import settle_stored
from bridge.store import make_seal, migrate, open_store
from bridge.store.results import store_result
from bridge.store.shops.write_backs import create_write
from bridge.vbot import Account
from tests.bench.placing import lean_vbot
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
    with _shop(options.calls) as url, lean_vbot(0) as port:
        place = Place(url, port)
        _round(place, 20, writes=True)  # what is computed once is not of a call
        rounds = [
            [_round(place, options.calls, writes=writes) for writes in (number % 2 == 0, number % 2 == 1)]
            for number in range(ROUNDS)
        ]
        pairs = [_dial(place, options.calls) for _ in range(ROUNDS)]
    plain = [next(each for each in pair if not each["writes"]) for pair in rounds]
    full = [next(each for each in pair if each["writes"]) for pair in rounds]
    for words, found, part in (
        ("receive, decide, place", plain, "ring"),
        ("settle", plain, "settle"),
        ("settle, and plan what is written", full, "settle"),
        ("write one note", full, "write"),
    ):
        print(f"{words:40}{statistics.median(each[part] for each in found):8.2f} ms of processor a call")
    shares = [
        (after["settle"] - before["settle"] + after["write"]) / (before["ring"] + before["settle"])
        for before, after in zip(plain, full, strict=True)
    ]
    print(f"{'writing back adds':40}{100 * statistics.median(shares):8.1f} %")
    dialled = [statistics.median(pair[part] for pair in pairs) for part in (0, 1)]
    print(f"{'decide and dial, nothing waits':56}{dialled[0]:8.2f} ms of processor a call")
    print(f"{f'decide and dial, {WAITING} writes wait for a dead shop':56}{dialled[1]:8.2f} ms of processor a call")


class Place:
    """A shop's address, and a VBot that costs little."""

    def __init__(self, url: str, port: int) -> None:
        self.url = url
        self._account = replace(FakeVBot().account(), url=f"http://127.0.0.1:{port}")

    def account(self) -> Account:
        return self._account


def _round(place: Place, count: int, *, writes: bool) -> dict[str, float]:
    rule = scene.RULE if writes else {name: part for name, part in scene.RULE.items() if name != "write_back"}
    with _stage(place, place.url, rule) as stage:
        ring = _used(lambda: _ring(stage, count), count)
        with stage.store.write() as conn:
            for call in stage.calls():
                store_result(conn, RESULT.format(call["attempts"][-1]["external_call_id"]).encode(), scene.AT)
        settle = _used(lambda: settle_stored(stage.store, stage.catalogs, stage.client.account_id, scene.AT), count)
        return {"writes": writes, "ring": ring, "settle": settle, "write": _used(lambda: _write_all(stage), count)}


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
