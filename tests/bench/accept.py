"""How fast a delivery is accepted, beside what cannot be faster: ratios, since machines differ. Asserts no time.

    python -m tests.bench.accept [--requests 1000] [--connections 16] [--folder /var/tmp]

Rounds are interleaved, and of each variant's three the median counts. All are served by one process of
gunicorn.conf.py. What a commit costs is the disk's word, so it is printed too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bridge.store import migrate, open_store
from tests import postgres
from tests.processes import ROOT, House, configure, open_house, wait_for

ROUNDS = 3
WARM_UP = 100
HELLO, NOTHING, SQLITE, POSTGRES = "Flask hello", "hook, storing nothing", "hook, SQLite", "hook, Postgres"
APPS = {HELLO: "tests.bench.apps:hello()", NOTHING: "tests.bench.apps:nothing_stored()"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accept")
    parser.add_argument("--requests", type=int, default=1000, help="of each round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--folder", help="where SQLite's file is; one in memory would flatter it")
    options = parser.parse_args()
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bridge-bench-", dir=options.folder)))
        ports = {name: _serve(opened, folder, name, f"sqlite:///{folder}/{name}.db") for name in (*APPS, SQLITE)}
        print(f"fsync of 4 kB in {folder.parent}: {_fsync_ms(folder):.2f} ms, as SQLite does once for each delivery")
        try:
            server = opened.enter_context(postgres.serve())
            url = opened.enter_context(postgres.database(server))
            print(_postgres_words(url))
            ports[POSTGRES] = _serve(opened, folder, POSTGRES, url)
        except postgres.NoServer as reason:
            print(f"no Postgres: {reason}")
        rounds = _measure(ports, options.requests, options.connections)
    _print(rounds, options.requests, options.connections)


def _serve(opened: contextlib.ExitStack, folder: Path, name: str, url: str) -> int:
    store = open_store(url)
    migrate(store)
    store.close()
    configure(url)
    (folder / name).mkdir()
    house: House = opened.enter_context(
        open_house(folder / name, url, LOG_LEVEL="INFO", WEB_CONCURRENCY="1", API_TOKEN="token-of-the-api")
    )
    web = house.start("gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), *([APPS[name]] if name in APPS else []))
    wait_for("a server", lambda: "Booting worker" in web.said())
    return house.port


def _measure(ports: dict[str, int], requests: int, connections: int) -> dict[str, list[dict[str, float]]]:
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in ports}
    for port in ports.values():
        _load(port, 0, WARM_UP, connections)
    for number in range(ROUNDS):
        for name, port in ports.items():
            rounds[name].append(_load(port, WARM_UP + number * requests, requests, connections))
    return rounds


def _load(port: int, first: int, count: int, connections: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.load", *(str(n) for n in (port, first, count, connections))]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = json.loads(printed)
    if found["statuses"] != {"200": count}:
        raise SystemExit(f"not all were answered 200: {found['statuses']}")
    return {"rate": count / found["seconds"], "p50": found["p50_ms"], "p99": found["p99_ms"]}


def _print(rounds: dict[str, list[dict[str, float]]], requests: int, connections: int) -> None:
    middle = {
        name: {key: statistics.median(one[key] for one in ones) for key in ones[0]} for name, ones in rounds.items()
    }
    print(f"{ROUNDS} rounds of {requests} signed orders of 10 kB, {connections} connections, {os.cpu_count()} cores")
    print(f"{'':24}{'requests/s':>12}{'of hello':>10}{'of nothing':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for name, one in middle.items():
        ratios = f"{one['rate'] / middle[HELLO]['rate']:>10.2f}{one['rate'] / middle[NOTHING]['rate']:>12.2f}"
        print(f"{name:24}{one['rate']:>12.0f}{ratios}{one['p50']:>9.1f}{one['p99']:>9.1f}")


def _postgres_words(url: str) -> str:
    with psycopg.connect(url) as connection:
        words = [
            connection.execute(f"SHOW {name}").fetchone() for name in ("server_version", "fsync", "synchronous_commit")
        ]
    version, fsync, commit = (word[0] if word else "?" for word in words)
    return f"Postgres {version}: fsync {fsync}, synchronous_commit {commit}"


def _fsync_ms(folder: Path) -> float:
    took = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


if __name__ == "__main__":
    main()
