"""Whatever is killed, repeated, lost, cut or wrong: nobody rings twice, and no order is lost.

`make proof` runs the long form, `make proof SEED=123` the same dice again; `make test` runs the short one. Scenes run
side by side, since most of their time is waiting for leases; each test waits for one of them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from bridge.store import migrate, open_store
from tests import postgres
from tests.proof import (
    batches,
    changes,
    clocks,
    copies,
    cuts,
    disks,
    early,
    groups,
    hints,
    kills,
    silences,
    strangers,
    writes,
)
from tests.proof.scene import Plan

AT_ONCE = 2  # of each engine; a server gives 100 connections, a scene takes up to 24, and other tests run beside it
ENGINES = ("sqlite", "postgres")

# The longest first.
SCENES: Mapping[str, Mapping[str, Callable[[Plan], str]]] = {
    "kills": {"sqlite": kills.prove, "postgres": kills.prove},
    "groups": {"sqlite": groups.prove, "postgres": groups.prove},
    "batches": {"sqlite": batches.prove, "postgres": batches.prove},
    "clocks": {"sqlite": clocks.prove, "postgres": clocks.prove},
    "cuts": {"sqlite": cuts.prove_sqlite, "postgres": cuts.prove_postgres},
    "disks": {"sqlite": disks.prove_sqlite, "postgres": disks.prove_postgres},
    "silences": {"sqlite": silences.prove_sqlite, "postgres": silences.prove_postgres},
    "lost_hints": {"sqlite": hints.prove, "postgres": hints.prove},
    "changes": {"sqlite": changes.prove, "postgres": changes.prove},
    "copies": {"sqlite": copies.prove, "postgres": copies.prove},
    "writes": {"sqlite": writes.prove, "postgres": writes.prove},
    "strangers": {"sqlite": strangers.prove, "postgres": strangers.prove},
    "early": {"sqlite": early.prove, "postgres": early.prove},
}
KEYS = [f"{name}-{engine}" for name in SCENES for engine in ENGINES]


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, seed: int, long: bool) -> Iterator[dict[str, Future[str]]]:
    """Every scene that a test of this run waits for, begun; on Postgres only where a server can be had."""
    wanted = {item.name.partition("[")[2].rstrip("]") for item in request.session.items if item.path == Path(__file__)}
    with ExitStack() as stack:
        plans: dict[str, Plan] = {}
        for key in (key for key in KEYS if key in wanted):
            # The test that waits for it will say why there is none.
            with suppress(pytest.skip.Exception, pytest.fail.Exception):
                plans[key] = prepare(request, stack, key, seed, long)
        pools = {engine: ThreadPoolExecutor(AT_ONCE) for engine in ENGINES}
        for pool in pools.values():
            stack.callback(pool.shutdown, cancel_futures=True)
        yield {key: pools[key.split("-")[1]].submit(find_scene(key), plan) for key, plan in plans.items()}


def prepare(request: pytest.FixtureRequest, stack: ExitStack, key: str, seed: int, long: bool) -> Plan:
    """A folder and a migrated database; in the long form, where it can be had, a server that may crash."""
    folder = request.getfixturevalue("tmp_path_factory").mktemp(key, numbered=False)
    if key.endswith("sqlite"):
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "bridge.db")
        return Plan(folder, f"sqlite:///{folder / 'bridge.db'}", seed, long)
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("migrated_postgres")
    if long and key.startswith("cuts"):
        with suppress(postgres.NoServer):
            own = stack.enter_context(postgres._own())
            return Plan(folder, make_database(own), seed, long, may_crash=True)
    postgres.empty(template)
    return Plan(folder, stack.enter_context(postgres.database(server, template)), seed, long)


def make_database(server: str) -> str:
    """A migrated database that lives as long as its server."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE proof")
    url = urlsplit(server)._replace(path="/proof").geturl()
    store = open_store(url)
    migrate(store)
    store.close()
    return url


def find_scene(key: str) -> Callable[[Plan], str]:
    name, engine = key.split("-")
    return SCENES[name][engine]


@pytest.mark.parametrize("scene", KEYS)
def test_nobody_rings_twice_and_no_order_is_lost(
    scene: str,
    running: dict[str, Future[str]],
    seed: int,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if scene.endswith("postgres"):
        request.getfixturevalue("postgres_server")
    told = running[scene].result()
    with capsys.disabled():
        sys.stdout.write(f"\nproof, seed {seed}: {scene}: {told}\n")
