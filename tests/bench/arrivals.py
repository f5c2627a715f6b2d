"""How long a shop waits at a steady rate, on both databases: python -m tests.bench.arrivals [--rate 100] [--seconds 20]

Open loop: 10 kB orders come at even intervals, and their time counts from when they were due. One process of
gunicorn.conf.py; its processor time says how busy it was. Rounds are interleaved, medians of three. Asserts no time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tests.bench.stand import ROUNDS, cpu_seconds, load, medians, open_stand

CONNECTIONS = 32
WARM_UP = 100


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.arrivals")
    parser.add_argument("--rate", type=float, default=100, help="orders each second")
    parser.add_argument("--seconds", type=int, default=20, help="of each round")
    parser.add_argument("--folder", help="where SQLite's file is; one in memory would flatter it")
    options = parser.parse_args(arguments)
    count = int(options.rate * options.seconds)
    with open_stand(options.folder) as stand:
        webs = {kind: stand.web(stand.database(kind, kind), f"web {kind}") for kind in stand.kinds}
        rounds: dict[str, list[dict[str, float]]] = {kind: [] for kind in webs}
        for web in webs.values():
            load(web.port, 0, WARM_UP, CONNECTIONS)
        for number in range(ROUNDS):
            for kind, web in webs.items():
                before = cpu_seconds(web.running[0].members())
                found = load(web.port, WARM_UP + number * count, count, CONNECTIONS, options.rate)
                busy = (cpu_seconds(web.running[0].members()) - before) / options.seconds
                rounds[kind].append({**found, "busy": busy})
    print(f"open loop, {options.rate:.0f} orders/s, {ROUNDS} rounds of {options.seconds} s")
    print(f"{'':24}{'orders/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'web busy':>10}")
    for kind, ones in rounds.items():
        one = medians(ones)
        print(
            f"{kind:24}{one['rate']:>12.0f}{one['p50']:>9.1f}{one['p99']:>9.1f}{one['max']:>9.1f}{one['busy']:>10.0%}"
        )


if __name__ == "__main__":
    main()
