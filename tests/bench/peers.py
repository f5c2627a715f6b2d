"""Calls placed by other people's durable queues, and by us, in one run: python -m tests.bench.peers [--environment DIR]

DBOS Transact, Absurd, PgQueuer and Procrastinate on Postgres, Celery on Redis that writes each command to the disk: the
smallest honest programs (`tests/bench/peer`), installed into an environment of their own. What cannot be had is named
as absent.

Placing     COUNT calls wait; one worker places them, 16 at a time, at a VBot that answers after 50 ms.
Kills       100 calls, 4 at a time, 250 ms; 6 times the worker is killed while calls are under way, and started again.
            Leases are 10 s (ours 40). Counted until nothing came for longer than a lease: whose phone rang twice?

Rounds are interleaved, medians count. Asserts no time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import postgres
from tests.bench import scenes
from tests.bench.placing import lean_vbot, postgres_pids, told
from tests.bench.scenes import THIS, Build
from tests.bench.stand import ROUNDS, Stand, cpu_seconds, load, medians, open_stand
from tests.processes import wait_for

FOLDER = Path(__file__).parent / "peer"
PACKAGES = {
    "DBOS": ["dbos==3.4.0"],
    "Absurd": ["absurd-sdk==0.5.1", "absurdctl==0.5.1"],
    "PgQueuer": ["pgqueuer==1.6.0", "asyncpg==0.32.0"],
    "Procrastinate": ["procrastinate==3.10.0", "psycopg[binary]==3.3.9"],
    "Celery": ["celery[redis]==5.7.0"],
}
TOGETHER, ANSWERS_AFTER = 16, 0.05
KILLS, KILLED_CALLS, KILLED_TOGETHER, KILLED_ANSWERS_AFTER = 6, 100, 4, 0.25
LEASE, OUR_LEASE = 10, 40
WAIT_SECONDS = 120
Figures = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers")
    parser.add_argument("--calls", type=int, default=1000, help="placed in each round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--environment", type=Path, help="where their packages are, or are to be installed and kept")
    parser.add_argument("--without", choices=["placing", "kills"])
    parser.add_argument("--folder", help="where SQLite's and Redis's files are")
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        peers = _install(stand, options.environment or stand.folder / "environment")
        if options.without != "placing":
            _compare_placing(stand, peers, options.calls, options.rounds)
        if options.without != "kills":
            _compare_kills(stand, peers)


@dataclass(frozen=True)
class Peer:
    name: str
    python: Path

    @contextmanager
    def opened(self, stand: Stand, name: str) -> Iterator[tuple[str, list[int]]]:
        """The URL of a new store for it, and the processes of that store."""
        if self.name == "Celery":
            with _redis(stand.folder / f"redis-{name}") as found:
                yield found
        else:
            assert stand.server
            with postgres.database(stand.server) as url:
                yield url, postgres_pids()

    def run(self, job: str, url: str, port: int, count: int, together: int) -> subprocess.Popen[bytes]:
        program = FOLDER / f"with_{self.name.lower()}.py"
        words = [self.python, program, job, url, *(str(n) for n in (port, count, together, LEASE))]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(words, start_new_session=True, stdin=subprocess.DEVNULL, **silent)  # type: ignore[call-overload]

    def put(self, url: str, port: int, count: int, together: int) -> None:
        if self.run("put", url, port, count, together).wait(WAIT_SECONDS):
            raise SystemExit(f"{self.name} could not enqueue")


def _install(stand: Stand, folder: Path) -> list[Peer]:
    """The peers that can be had; the others are named, and why."""
    if not (folder / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    found = []
    for name, packages in PACKAGES.items():
        lacks = None
        if subprocess.run(
            [folder / "bin" / "pip", "install", "-q", *packages], capture_output=True, check=False
        ).returncode:
            lacks = f"{', '.join(packages)} could not be installed"
        elif name == "Celery" and shutil.which("redis-server") is None:
            lacks = "redis-server is not installed"
        elif name != "Celery" and stand.server is None:
            lacks = "there is no Postgres"
        if lacks:
            print(f"absent: {name}: {lacks}", flush=True)
        else:
            found.append(Peer(name, folder / "bin" / "python"))
    return found


@contextmanager
def _redis(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Redis that acknowledges what is on the disk, as the others do."""
    folder.mkdir()
    port = postgres.free_port()
    settings = {
        "port": port,
        "dir": folder,
        "bind": "127.0.0.1",
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    with subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL) as server:
        try:
            wait_for("Redis", lambda: _answers(port))
            yield f"redis://127.0.0.1:{port}/0", [server.pid]
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    return subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, check=False).returncode == 0


def _compare_placing(stand: Stand, peers: Sequence[Peer], calls: int, rounds: int) -> None:
    found: dict[str, list[Figures]] = {}

    def note(name: str, figures: Figures) -> None:
        found.setdefault(name, []).append(figures)
        print(f"  {name}: {', '.join(f'{part} {value:.1f}' for part, value in figures.items())}", flush=True)

    for number in range(rounds):
        for kind in stand.kinds:
            placed = scenes.placing(stand, Build(THIS, kind), f"ours-{kind}-{number}", calls)
            store = placed.get("Postgres ms", 0.0)
            note(f"ours, {kind}", {"rate": placed["calls/s"], "worker": placed["worker ms"], "store": store})
        for peer in peers:
            note(peer.name, _place(stand, peer, f"{peer.name}-{number}", calls))
    print(f"\n{calls} calls, {TOGETHER} at a time, VBot of {1000 * ANSWERS_AFTER:.0f} ms, {rounds} rounds")
    print(f"{'':20}{'calls/s':>10}{'worker ms':>11}{'store ms':>10}   (of processor, a call)")
    for name, ones in found.items():
        one, rates = medians(ones), sorted(each["rate"] for each in ones)
        print(
            f"{name:20}{one['rate']:>10.0f}{one['worker']:>11.2f}{one['store']:>10.2f}   {rates[0]:.0f}-{rates[-1]:.0f}"
        )


def _place(stand: Stand, peer: Peer, name: str, calls: int) -> Figures:
    with lean_vbot(ANSWERS_AFTER) as port, peer.opened(stand, name) as (url, store):
        peer.put(url, port, calls, TOGETHER)
        worker = peer.run("work", url, port, calls, TOGETHER)
        arrived: list[float] = []

        def have(count: int) -> bool:
            arrived.extend(told(port)["arrived"])
            return len(arrived) >= count

        def used() -> tuple[float, float]:
            # Postgres has a process for each connection.
            return cpu_seconds([worker.pid]), cpu_seconds(store if peer.name == "Celery" else postgres_pids())

        try:
            wait_for("the first calls", lambda: have(calls // 20), WAIT_SECONDS)
            first, before = len(arrived), used()
            wait_for("all calls", lambda: have(calls), WAIT_SECONDS)
            after = used()
        finally:
            _kill(worker)
    middle = sorted(arrived)[calls // 20 : -calls // 20]
    each = 1000 / (calls - first)
    worker_ms, store_ms = (each * (now - then) for now, then in zip(after, before, strict=True))
    return {"rate": (len(middle) - 1) / (middle[-1] - middle[0]), "worker": worker_ms, "store": store_ms}


def _compare_kills(stand: Stand, peers: Sequence[Peer]) -> None:
    """All at once: what is counted are rings, and each waits most of the time."""
    found: dict[str, str] = {}

    def count(name: str, scene: Callable[[], Counter[str]]) -> None:
        rung = scene()
        twice = sum(times > 1 for times in rung.values())
        found[name] = f"{KILLED_CALLS - len(rung):>12}{len(rung) - twice:>12}{twice:>12}"

    named: list[tuple[str, Callable[[], Counter[str]]]] = [
        (f"ours, {kind}", lambda kind=kind: _kill_ours(stand, kind))
        for kind in stand.kinds  # type: ignore[misc]
    ]
    named += [(peer.name, lambda peer=peer: _kill_theirs(stand, peer)) for peer in peers]  # type: ignore[misc]
    threads = [threading.Thread(target=count, args=one) for one in named]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"\n{KILLED_CALLS} calls, {KILLED_TOGETHER} at a time, the worker killed {KILLS} times")
    print(f"{'':20}{'never':>12}{'once':>12}{'twice':>12}")
    for name, _ in named:
        print(f"{name:20}{found.get(name, '      failed')}")


def _kill_theirs(stand: Stand, peer: Peer) -> Counter[str]:
    with lean_vbot(KILLED_ANSWERS_AFTER) as port, peer.opened(stand, f"{peer.name}-kills") as (url, _):
        peer.put(url, port, KILLED_CALLS, KILLED_TOGETHER)
        return _ring_under_kills(port, lambda: peer.run("work", url, port, KILLED_CALLS, KILLED_TOGETHER), 3 * LEASE)


def _kill_ours(stand: Stand, kind: str) -> Counter[str]:
    name, slow = f"kills-{kind}", KILLED_ANSWERS_AFTER
    with scenes.open_build(stand, Build(THIS, kind), name, answers_after=slow, threads=KILLED_TOGETHER) as (site, port):
        load(site.port, 0, KILLED_CALLS, scenes.CONNECTIONS)
        rung = _ring_under_kills(port, lambda: site.start("bridge", "worker").process, OUR_LEASE + LEASE)
        print(f"ours, {kind}, says: {site.run('balance').stdout.splitlines()[1:]}", flush=True)
        return rung


def _ring_under_kills(port: int, start: Callable[[], subprocess.Popen[bytes]], quiet: float) -> Counter[str]:
    """How often each phone rang, once nothing has come for so many seconds."""
    rung: Counter[str] = Counter()
    came_at = time.monotonic()

    def look() -> int:
        nonlocal came_at
        phones = told(port)["phones"]
        rung.update(phones)
        came_at = time.monotonic() if phones else came_at
        return len(phones)

    worker = start()
    for _ in range(KILLS):
        wait_for("a call", look, WAIT_SECONDS)
        time.sleep(random.uniform(0.2, 0.9))
        _kill(worker)
        look()
        worker = start()
    wait_for("an end", lambda: not look() and time.monotonic() - came_at > quiet, 3 * WAIT_SECONDS)
    _kill(worker)
    return rung


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    main()
