"""Calls placed each second by one worker of 16 threads, and by two: python -m tests.bench.placing [--calls 2000]

Against a VBot that answers after 50 ms, in a process of its own. The calls are there before the workers start, and
the rate is that of the middle nine tenths of the arrivals at VBot, so that the start does not count. Beside it the
processor time of a call, where it was spent: with fewer cores than what it sums up to, that is the limit.
Rounds are interleaved, medians of three. Asserts no time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.filling import fill
from tests.bench.stand import POSTGRES, ROUNDS, Stand, cpu_seconds, medians, open_stand
from tests.processes import ROOT, Site, ask, wait_for

WAIT_SECONDS = 120


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.placing")
    parser.add_argument("--calls", type=int, default=2000, help="of each round")
    parser.add_argument("--answers-after", type=float, default=0.05, help="seconds that VBot takes")
    parser.add_argument("--folder", help="where SQLite's file is; one in memory would flatter it")
    options = parser.parse_args(arguments)
    rounds: dict[str, list[dict[str, float]]] = {}
    with open_stand(options.folder) as stand, lean_vbot(options.answers_after) as port:
        urls = {kind: stand.database(kind, kind) for kind in stand.kinds}
        variants = [(kind, count) for kind in urls for count in ((1, 2) if kind == POSTGRES else (1,))]
        first = 0
        for number in range(ROUNDS):
            for kind, count in variants:
                site = stand.site(urls[kind], f"{kind} {count} {number}", f"http://127.0.0.1:{port}")
                fill(urls[kind], range(first, first + options.calls), datetime.now(UTC), due=datetime.now(UTC))
                first += options.calls
                words = f"{kind}, {count} worker{'s' if count > 1 else ''}"
                rounds.setdefault(words, []).append(_place(stand, site, port, count, options.calls))
    _print({name: medians(ones) for name, ones in rounds.items()}, options.answers_after)


@contextlib.contextmanager
def lean_vbot(seconds: float) -> Iterator[int]:
    """Its port."""
    command = [sys.executable, "-m", "tests.bench.lean_vbot", str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _place(stand: Stand, site: Site, port: int, count: int, calls: int) -> dict[str, float]:
    told(port)
    workers = [site.start("bridge", "worker") for _ in range(count)]
    arrived: list[float] = []

    def have_arrived(wanted: int) -> bool:
        arrived.extend(told(port)["arrived"])
        return len(arrived) >= wanted

    def used() -> dict[str, float]:
        worker = sum(cpu_seconds([worker.pid]) for worker in workers)
        now = told(port)
        arrived.extend(now["arrived"])
        return {"worker": worker, "vbot": now["cpu"], "postgres": cpu_seconds(postgres_pids())}

    # To start costs as much as many calls: it is not theirs.
    wait_for("the first calls", lambda: have_arrived(calls // 20), WAIT_SECONDS)
    first, before = len(arrived), used()
    wait_for("all calls", lambda: have_arrived(calls), WAIT_SECONDS)
    after = used()
    for worker in workers:
        worker.end()
    middle = sorted(arrived)[calls // 20 : -calls // 20]
    each = 1000 / (calls - first)
    cost = {name: (after[name] - before[name]) * each for name in before}
    return {"rate": (len(middle) - 1) / (middle[-1] - middle[0]), **cost}


def told(port: int) -> dict[str, Any]:
    """What arrived since the last question, and the processor seconds of VBot."""
    found: dict[str, Any] = ask(port, "GET", "/").json()
    return found


def postgres_pids() -> list[int]:
    """Of every server on this machine: what else asks one meanwhile counts too."""
    names = {int(path.parent.name): path for path in Path("/proc").glob("[0-9]*/comm")}
    found = []
    for pid, path in names.items():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if path.read_text().startswith("postgres"):
                found.append(pid)
    return found


def _print(rows: dict[str, dict[str, float]], seconds: float) -> None:
    print(
        f"VBot answers after {1000 * seconds:.0f} ms, {ROUNDS} rounds, {os.cpu_count()} cores; ms of processor a call"
    )
    print(f"{'':24}{'calls/s':>12}{'of one':>8}{'workers':>9}{'Postgres':>10}{'VBot':>7}")
    ones = {name.partition(",")[0]: row["rate"] for name, row in rows.items() if name.endswith("1 worker")}
    for name, row in rows.items():
        ratio = row["rate"] / ones[name.partition(",")[0]]
        parts = f"{row['worker']:>9.2f}{row['postgres']:>10.2f}{row['vbot']:>7.2f}"
        print(f"{name:24}{row['rate']:>12.0f}{ratio:>8.2f}{parts}")


if __name__ == "__main__":
    main()
