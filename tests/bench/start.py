"""From the command to ready, and what the processes then hold: python -m tests.bench.start

`run`: until /readyz answers 200 and a worker beats. `gunicorn`, `worker`: each alone, as in the Procfile, until it
answers or has begun. Processor seconds beside it, since a shared machine stretches the others. Then memory at rest
(PSS: a page that processes share counts in parts) and connections to Postgres. Asserts nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from tests.bench.stand import POSTGRES, ROUNDS, Running, Stand, cpu_seconds, medians, open_stand
from tests.processes import Site, wait_for

REST_SECONDS = 8  # a beat of the worker has passed, and whatever the start left behind is gone
STARTS: dict[str, Callable[[Site], Running]] = {
    "run": Site.start_run,
    "web": Site.start_web,
    "worker": Site.start_worker,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.start")
    parser.add_argument("--folder", help="where SQLite's file is")
    with open_stand(parser.parse_args(arguments).folder) as stand:
        rows = [_measure(stand, kind) for kind in stand.kinds]
    print(f"start to ready, {ROUNDS} rounds; memory at rest")
    print(f"{'':24}{'seconds':>12}{'of processor':>14}")
    for kind, starts, _ in rows:
        for name, one in starts.items():
            print(f"{f'{name}, {kind}':24}{one['seconds']:>12.2f}{one['cpu']:>14.2f}")
    for kind, _, rest in rows:
        parts = ", ".join(f"{name} {mega:.0f}" for name, mega in rest.items() if name != "connections")
        both = rest["web"] + rest["worker"]
        print(f"PSS in MB, {kind:13}{both:>12.0f} web and worker together ({parts})")
        if "connections" in rest:
            print(f"connections, {kind:11}{rest['connections']:>12.0f}")


def _measure(stand: Stand, kind: str) -> tuple[str, dict[str, dict[str, float]], dict[str, float]]:
    url = stand.database(kind, kind)
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in STARTS}
    rest: dict[str, float] = {}
    for number in range(ROUNDS + 1):  # the first writes the compiled files
        for name, start in STARTS.items():
            site = stand.site(url, f"{kind} {name} {number}")
            begun = time.perf_counter()
            started = start(site)
            seconds = time.perf_counter() - begun
            if number:
                rounds[name].append({"seconds": seconds, "cpu": cpu_seconds(started.members())})
            if name == "run" and number == ROUNDS:
                rest = _at_rest(started, url if kind == POSTGRES else None)
            started.end()
            wait_for("the end of all", lambda started=started: not started.members())
    return kind, {name: medians(ones) for name, ones in rounds.items()}, rest


def _at_rest(run: Running, url: str | None) -> dict[str, float]:
    time.sleep(REST_SECONDS)
    found = {"web": 0.0, "worker": 0.0, "run": 0.0}
    for pid in run.members():
        name = Path(f"/proc/{pid}/comm").read_text().strip().removeprefix("bridge-")
        found[name if name in found else "run"] += _pss_mega(pid)
    if url:
        with psycopg.connect(url) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            row = connection.execute(query + " AND pid <> pg_backend_pid()").fetchone()
            found["connections"] = row[0] if row else 0
    return found


def _pss_mega(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
