"""How fast a delivery is accepted, beside what cannot be faster: ratios, since machines differ. Asserts no time.

    python -m tests.bench.accept [--requests 1000] [--connections 16] [--folder /var/tmp]

Rounds are interleaved, and of each variant's three the median counts. All are served by one process of
gunicorn.conf.py. What a commit costs is the disk's word, so it is printed too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.bench.stand import POSTGRES, ROUNDS, SQLITE, load, medians, open_stand

WARM_UP = 100
HELLO, NOTHING = "Flask hello", "hook, storing nothing"
APPS = {HELLO: "tests.bench.apps:hello()", NOTHING: "tests.bench.apps:nothing_stored()"}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accept")
    parser.add_argument("--requests", type=int, default=1000, help="of each round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--folder", help="where SQLite's file is; one in memory would flatter it")
    options = parser.parse_args(arguments)
    with open_stand(options.folder) as stand:
        print(f"fsync of 4 kB in {stand.folder.parent}: {_fsync_ms(stand.folder):.2f} ms, as SQLite does for each")
        ports = {name: stand.web(stand.database(SQLITE, name), f"web {name}", app).port for name, app in APPS.items()}
        for kind in stand.kinds:
            url = stand.database(kind, kind)
            ports[f"hook, {kind}"] = stand.web(url, f"web {kind}").port
            if kind == POSTGRES:
                print(_postgres_words(url))
        rounds = _measure(ports, options.requests, options.connections)
    _print(rounds, options.requests, options.connections)


def _measure(ports: dict[str, int], requests: int, connections: int) -> dict[str, list[dict[str, float]]]:
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in ports}
    for port in ports.values():
        load(port, 0, WARM_UP, connections)
    for number in range(ROUNDS):
        for name, port in ports.items():
            rounds[name].append(load(port, WARM_UP + number * requests, requests, connections))
    return rounds


def _print(rounds: dict[str, list[dict[str, float]]], requests: int, connections: int) -> None:
    middle = {name: medians(ones) for name, ones in rounds.items()}
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
