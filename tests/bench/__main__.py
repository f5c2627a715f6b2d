"""Every benchmark, one after the other: python -m tests.bench [--small] [--folder /var/tmp]

`--small`: shorter rounds, and a ledger of 20,000 calls instead of a million. Each is a command of its own too, with
its own arguments: accept, arrivals, latency, placing, growth, hostile, simulate, start.
"""

from __future__ import annotations

import argparse

from tests.bench import accept, arrivals, growth, hostile, latency, placing, simulate, start

SMALL = {
    "accept": ["--requests", "300"],
    "arrivals": ["--seconds", "5"],
    "placing": ["--calls", "500"],
    "growth": ["--finished", "200", "20000"],
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--folder", help="where SQLite's files are; in memory they would be flattered")
    options = parser.parse_args()
    folder = ["--folder", options.folder] if options.folder else []
    for name, run in (("accept", accept.main), ("arrivals", arrivals.main), ("placing", placing.main)):
        print(f"\n== {name}", flush=True)
        run([*folder, *(SMALL[name] if options.small else [])])
    print("\n== latency", flush=True)
    latency.main(50 if options.small else 200)
    print("\n== growth", flush=True)
    growth.main([*folder, *(SMALL["growth"] if options.small else [])])
    print("\n== hostile", flush=True)
    hostile.main()
    print("\n== simulate", flush=True)
    simulate.main([*folder, *(["--deliveries", "1000"] if options.small else [])])
    print("\n== start", flush=True)
    start.main(folder)


main()
