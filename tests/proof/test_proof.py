"""Whatever is killed, repeated, lost, cut or wrong: nobody rings twice, and no order is lost.

`make proof` runs the long form, `make proof SEED=123` the same dice again; `make test` runs the short one. Scenes run
side by side, since most of their time is waiting for leases; each test waits for one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests import postgres
from tests.proof import clocks, copies, cuts, disks, hints, kills
from tests.proof.scene import Plan

AT_ONCE_SHORT, AT_ONCE_LONG = 6, 4
ENGINES = ("sqlite", "postgres")

# The longest first.
SCENES: Mapping[str, Mapping[str, Callable[[Plan], str]]] = {
    "kills": {"sqlite": kills.prove, "postgres": kills.prove},
    "clocks": {"sqlite": clocks.prove, "postgres": clocks.prove},
    "cuts": {"sqlite": cuts.prove_sqlite, "postgres": cuts.prove_postgres},
    "disks": {"sqlite": disks.prove_sqlite, "postgres": disks.prove_postgres},
    "hints_lost": {"sqlite": hints.prove_lost, "postgres": hints.prove_lost},
    "hints_doubled": {"sqlite": hints.prove_doubled, "postgres": hints.prove_doubled},
    "copies": {"sqlite": copies.prove, "postgres": copies.prove},
}


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, seed: int, long: bool
) -> Iterator[dict[str, Future[str]]]:
    """Every scene that a test of this run waits for, begun."""
    wanted = {
        item.callspec.id for item in request.session.items if hasattr(item, "callspec") and "proof" in item.nodeid
    }
    folder = tmp_path_factory.mktemp("proof")
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE_LONG if long else AT_ONCE_SHORT))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        begun: dict[str, Future[str]] = {}
        for name, scenes in SCENES.items():
            for engine in ENGINES:
                key = f"{name}-{engine}"
                if key not in wanted:
                    continue
                place = folder / key
                if engine == "sqlite":
                    url = f"sqlite:///{place / 'bridge.db'}"
                else:
                    server = request.getfixturevalue("postgres_server")
                    if name == "cuts" and long:
                        server = stack.enter_context(postgres._own())
                    url = stack.enter_context(postgres.database(server))
                begun[key] = pool.submit(scenes[engine], Plan(place, url, seed, long))
        yield begun


@pytest.mark.parametrize("scene", [f"{name}-{engine}" for name in SCENES for engine in ENGINES])
def test_nobody_rings_twice_and_no_order_is_lost(
    scene: str, running: dict[str, Future[str]], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    told = running[scene].result()
    with capsys.disabled():
        sys.stdout.write(f"\nproof, seed {seed}: {scene}: {told}\n")
