"""Many shops on one machine: python -m tests.bench.sources [--sources 200] [--orders 50] [--hotlines 1 20]

So many orders of so many generic shops, signed, of 10 kB, come as fast as they are accepted while the workers decide
and call them, at a VBot that answers after 50 ms. Each hotline has a rule for its share of the shops. Two workers need
Postgres. `accepted`: orders/s while they come; `called`: orders/s until the last call; processor time of an order.
Asserts no time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Sequence
from typing import Any

from tests.bench.scenes import CONNECTIONS, THIS, Build, Figures, Meter, open_build
from tests.bench.stand import POSTGRES, Stand, cpu_seconds, load, open_stand
from tests.processes import RULE, SECRETS


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sources")
    parser.add_argument("--sources", type=int, nargs="+", default=[200])
    parser.add_argument(
        "--orders", type=int, default=50, help="of each source where they are most; fewer sources have more"
    )
    parser.add_argument("--hotlines", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kind", help="SQLite or Postgres only")
    parser.add_argument("--folder", help="where SQLite's files are; in memory they would be flattered")
    options = parser.parse_args(arguments)
    total = options.orders * max(options.sources)
    print(f"{total} orders, {os.cpu_count()} cores")
    names = f"{'accepted':>10}{'called':>8}{'web ms':>8}{'worker ms':>10}{'Postgres ms':>12}"
    print(f"{'':10}{'sources':>8}{'hotlines':>9}{'workers':>8}{names}")
    with open_stand(options.folder) as stand:
        for kind in stand.kinds if options.kind is None else (options.kind,):
            for sources, hotlines, workers in itertools.product(options.sources, options.hotlines, options.workers):
                if hotlines <= sources and (workers == 1 or kind == POSTGRES):
                    found = _measure(stand, kind, sources, hotlines, workers, total)
                    parts = (
                        f"{found['accepted']:>10.0f}{found['called']:>8.0f}{found['web']:>8.1f}{found['worker']:>10.1f}"
                    )
                    print(
                        f"{kind:10}{sources:>8}{hotlines:>9}{workers:>8}{parts}{found.get('Postgres', 0):>12.1f}",
                        flush=True,
                    )


def _measure(stand: Stand, kind: str, sources: int, hotlines: int, workers: int, total: int) -> Figures:
    name = f"{kind}-{sources}-{hotlines}-{workers}"
    with open_build(stand, Build(THIS, kind), name, document=_document(sources, hotlines)) as (site, port):
        (web,) = site.running
        meter = Meter(site, port, kind)
        for _ in range(workers):
            meter.start_worker()
        meter.wait_until_started()
        before, began = {"web": cpu_seconds(web.members()), **meter.used()}, time.monotonic()
        accepted = load(site.port, 0, total, CONNECTIONS, sources=sources)["rate"]
        arrived = meter.wait_for(total)
        used = {"web": cpu_seconds(web.members()), **meter.used()}
        each = {who: 1000 * (seconds - before[who]) / total for who, seconds in used.items()}
        return {"accepted": accepted, "called": total / (max(arrived) - began), **each}


def _document(sources: int, hotlines: int) -> dict[str, Any]:
    """Each hotline's rule serves every so-manieth source."""
    names = [f"shop-{n}" for n in range(sources)]
    rules = [
        {**RULE, "rule": f"confirm-{n}", "hotline": f"08123{n:05d}", "sources": names[n::hotlines]}
        for n in range(hotlines)
    ]
    return {
        "sources": [{"id": name, "platform": "generic", "secrets": [SECRETS["shop"]]} for name in names],
        "rules": rules,
    }


if __name__ == "__main__":
    main()
