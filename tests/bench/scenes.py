"""What is measured of one build: an unpacked tree runs as web and worker, seen from outside only.

Each scene takes a `Build` and returns figures by name. Nothing of the tree is imported, so that any two commits can
be compared whose commands and settings are alike (the contract says that they are).
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests import postgres
from tests.bench.placing import lean_vbot, postgres_pids, told
from tests.bench.stand import POSTGRES, Stand, cpu_seconds, load
from tests.processes import ROOT, Running, Site, configuration, open_site, order, wait_for

WAIT_SECONDS = 600
CONNECTIONS = 16
ANSWERS_AFTER = 0.05
Figures = dict[str, float]


@dataclass(frozen=True)
class Build:
    """A tree that holds `bridge`, and the kind of database that it is measured on."""

    tree: Path
    kind: str


@contextlib.contextmanager
def open_build(
    stand: Stand,
    build: Build,
    name: str,
    *,
    answers_after: float = ANSWERS_AFTER,
    threads: int = 16,
    document: Mapping[str, object] | None = None,
) -> Iterator[tuple[Site, int]]:
    """A site of this build on a new database, its web up; and the port of its VBot.

    document  its configuration; None: our sources and rule
    """
    with ExitStack() as opened:
        folder = stand.folder / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'bridge.db'}"
        if build.kind == POSTGRES:
            assert stand.server
            url = opened.enter_context(postgres.database(stand.server))
        port = opened.enter_context(lean_vbot(answers_after))
        own = {"PYTHONPATH": str(build.tree), "LOG_LEVEL": "INFO", "WEB_CONCURRENCY": "1"}
        own["WORKER_THREADS"] = str(threads)
        site = opened.enter_context(open_site(folder, url, f"http://127.0.0.1:{port}", **own))
        (folder / "shops.json").write_text(json.dumps(document or configuration()))
        for command in (["migrate"], ["apply", "shops.json"]):
            done = site.run(*command)
            if done.returncode:
                raise SystemExit(f"{build.tree}: {' '.join(command)}: {done.stderr}")
        web = site.start("gunicorn", "--config", str(build.tree / "gunicorn.conf.py"))
        site.wait_until_it_answers(web)
        yield site, port


def backlog(stand: Stand, build: Build, name: str, orders: int) -> Figures:
    """Orders were received while no worker ran; it starts, decides and calls them all."""
    with open_build(stand, build, name) as (site, port):
        load(site.port, 0, orders, CONNECTIONS)
        meter = Meter(site, port, build.kind)
        begun = time.monotonic()
        meter.start_worker()
        arrived = meter.wait_for(orders)
        used = meter.used()
        return {
            "first call s": arrived[0] - begun,
            "orders/s": orders / (arrived[-1] - begun),
            **{f"{who} ms": 1000 * seconds / orders for who, seconds in used.items()},
        }


def placing(stand: Stand, build: Build, name: str, orders: int) -> Figures:
    """Orders were decided and held by a pause, which ends: the calls alone."""
    with open_build(stand, build, name) as (site, port):
        assert site.run("pause", "--reason", "bench").returncode == 0
        load(site.port, 0, orders, CONNECTIONS)
        meter = Meter(site, port, build.kind)
        meter.start_worker()
        wait_for("every decision", lambda: _decided(site), WAIT_SECONDS)
        assert site.run("resume").returncode == 0
        first = len(meter.wait_for(orders // 20))
        before = meter.used()
        arrived = sorted(meter.wait_for(orders))
        used = {who: seconds - before[who] for who, seconds in meter.used().items()}
        middle = arrived[orders // 20 : -orders // 20]
        each = 1000 / (orders - first)
        return {
            "calls/s": (len(middle) - 1) / (middle[-1] - middle[0]),
            **{f"{who} ms": each * seconds for who, seconds in used.items()},
        }


def latency(stand: Stand, build: Build, name: str, orders: int, rate: float) -> Figures:
    """From an order's POST to its call's arrival at VBot, at even intervals; and what the idle worker uses."""
    with open_build(stand, build, name) as (site, port):
        meter = Meter(site, port, build.kind)
        meter.start_worker()
        site.send("shop", order(10**6))
        meter.wait_for(1)
        threading.Event().wait(1)
        idle = _idle(meter)
        sent = []
        begun = time.monotonic()
        for number in range(orders):
            body = order(number, note="x" * 9_500)
            threading.Event().wait(max(0.0, begun + number / rate - time.monotonic()))
            sent.append(time.monotonic())
            assert site.send("shop", body).status == 200
        arrived = sorted(meter.wait_for(orders + 1))[1:]
        took = sorted(1000 * (there - at) for at, there in zip(sent, arrived, strict=True))
        return {"p50 ms": took[len(took) // 2], "p99 ms": took[int(len(took) * 0.99)], "idle worker %": 100 * idle}


def sustain(stand: Stand, build: Build, name: str, rate: float, seconds: float, workers: int = 1) -> Figures:
    """Orders come at an even rate; how many are called meanwhile, and how many wait at the end."""
    with open_build(stand, build, name) as (site, port):
        meter = Meter(site, port, build.kind)
        for _ in range(workers):
            meter.start_worker()
        meter.wait_until_started()
        count = int(rate * seconds)
        answered = load(site.port, 0, count, CONNECTIONS, rate)
        called = len(meter.look())
        used = meter.used()
        return {
            "calls/s": called / seconds,
            "waiting": count - called,
            "ack p99 ms": answered["p99"],
            **{f"{who} ms": 1000 * spent / max(called, 1) for who, spent in used.items()},
        }


class Meter:
    """What arrives at VBot, by the monotonic clock, and the processor seconds that the bridge uses."""

    def __init__(self, site: Site, port: int, kind: str) -> None:
        self._site, self._port, self._kind = site, port, kind
        self._arrived: list[float] = []
        self._workers: list[Running] = []
        told(port)
        self._postgres = self._server()

    def start_worker(self) -> None:
        self._workers.append(self._site.start("bridge", "worker"))

    def wait_until_started(self) -> None:
        wait_for("the workers", lambda: all("worker started" in worker.said() for worker in self._workers))

    def look(self) -> list[float]:
        self._arrived += told(self._port)["arrived"]
        return self._arrived

    def wait_for(self, count: int) -> list[float]:
        """When each call arrived, once so many have."""
        wait_for("all calls", lambda: len(self.look()) >= count, WAIT_SECONDS)
        return self._arrived

    def used(self) -> Figures:
        found = {"worker": cpu_seconds(worker.pid for worker in self._workers)}
        if self._kind == POSTGRES:
            found["Postgres"] = self._server() - self._postgres
        return found

    def _server(self) -> float:
        return cpu_seconds(postgres_pids()) if self._kind == POSTGRES else 0.0


def _idle(meter: Meter, seconds: float = 3) -> float:
    before = meter.used()["worker"]
    threading.Event().wait(seconds)
    return (meter.used()["worker"] - before) / seconds


def _decided(site: Site) -> bool:
    threading.Event().wait(0.3)
    return not json.loads(site.run("deliveries", "--state", "stored", "--json").stdout)["items"]


# The number is that of the orders in a scene of throughput; the others take what their percentiles need.
SCENES: Mapping[str, Callable[[Stand, Build, str, int], Figures]] = {
    "backlog": backlog,
    "placing": placing,
    "latency": lambda stand, build, name, orders: latency(stand, build, name, 60, 5),
    "latency-20": lambda stand, build, name, orders: latency(stand, build, name, 200, 20),
    "sustain": lambda stand, build, name, orders: sustain(stand, build, name, orders / 25, 25),
}
THIS = ROOT
