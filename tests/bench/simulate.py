"""Stored deliveries decided for the first time, and simulated: python -m tests.bench.simulate [--deliveries 10000]

Orders of the generic shop on SQLite. `decide` makes each a decision and a call, one transaction each; `simulate` asks
the rules that stand and changed ones about all of them, and stores nothing. Prints seconds and the ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from bridge.decide.delivery import decide
from bridge.decide.trial.difference import count, pairs
from bridge.decide.trial.simulate import run, start
from bridge.rules.rule import parse_rule
from bridge.store import Store, make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.db.tables import calls, decisions, deliveries, events, orders
from tests.bench.filling import fill
from tests.bench.stand import SQLITE, open_stand
from tests.processes import HOTLINE, KEY, RULE


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.simulate")
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--folder", help="where SQLite's file is")
    options = parser.parse_args(arguments)
    now = datetime.now(UTC)
    with open_stand(options.folder) as stand:
        url = stand.database(SQLITE, "simulate")
        fill(url, range(options.deliveries), now, due=now)
        with contextlib.closing(open_store(url)) as store:
            catalogs = Catalogs(make_seal((KEY,)))
            ids = _undecide(store)
            begun = time.perf_counter()
            for delivery_id in ids:
                decide(store, catalogs, delivery_id, now, HOTLINE)
            decided = time.perf_counter() - begun
            with store.read() as conn:
                catalog = catalogs.read(conn)
            changed = parse_rule({**RULE, "when": "order.total >= 300000", "after": "1h"})
            begun = time.perf_counter()
            simulation = start(catalog, [changed])
            for _ in run(store, simulation, ids):
                pass
            found = count(pairs(simulation))
            simulated = time.perf_counter() - begun
    print(f"{len(ids)} deliveries: decided for the first time in {decided:.1f} s, simulated in {simulated:.1f} s")
    print(f"ratio {simulated / decided:.2f}; {found}")


def _undecide(store: Store) -> list[int]:
    """The deliveries are stored and nothing else is known of them."""
    with store.write() as conn:
        for table in (decisions, calls, orders, events):
            conn.execute(table.delete())
        conn.execute(deliveries.update().values(state="stored", decided_at=None))
        return list(conn.execute(select(deliveries.c.id).order_by(deliveries.c.id)).scalars())


if __name__ == "__main__":
    main()
