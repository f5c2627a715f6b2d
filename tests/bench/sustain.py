"""The highest rate at which the backlog stands still: python -m tests.bench.sustain [--kind SQLite] [--workers 1]

Orders come at an even rate, and are received, decided and called on this machine. A rate is kept up if, when the last
order has come, no more wait than came in one second. From the first rate on each next is half as much again, until one
is not kept up; then the middle, three times. Each is measured on a new database. Asserts no time.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from tests.bench.scenes import THIS, Build, Figures, sustain
from tests.bench.stand import Stand, open_stand

STEP = 1.5
HALVINGS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sustain")
    parser.add_argument("--first", type=float, default=60, help="orders/s to begin with")
    parser.add_argument("--seconds", type=float, default=15, help="of each rate")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kind", help="SQLite or Postgres only")
    parser.add_argument("--folder", help="where SQLite's files are; in memory they would be flattered")
    options = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores, {options.workers} worker(s), {options.seconds:.0f} s of each rate")
    with open_stand(options.folder) as stand:
        for kind in stand.kinds if options.kind is None else (options.kind,):
            print(f"{kind}: keeps up with {_search(stand, kind, options):.0f} orders/s", flush=True)


def _search(stand: Stand, kind: str, options: argparse.Namespace) -> float:
    kept, lost, rate = 0.0, float("inf"), options.first
    halvings = 0
    while halvings < HALVINGS:
        found = sustain(
            stand, Build(THIS, kind), f"sustain-{kind}-{rate:.1f}", rate, options.seconds, workers=options.workers
        )
        keeps = found["waiting"] <= rate
        print(f"  {rate:>6.0f}/s {'kept up' if keeps else 'not kept up'}: {_said(found)}", flush=True)
        kept, lost = (rate, lost) if keeps else (kept, rate)
        halvings += lost < float("inf")
        rate = rate * STEP if lost == float("inf") else (kept + lost) / 2
    return kept


def _said(found: Figures) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in found.items())


if __name__ == "__main__":
    main()
