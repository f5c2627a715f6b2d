"""Fixtures that more than one room needs: databases of both kinds, and a free port."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from bridge.fake_vbot import FakeVBot
from bridge.settings import BY_NAME
from bridge.store import Store, migrate, open_store
from tests import compiled, forking, postgres, warm

ROOM = 2_000_000_000
LONG = {
    "proof",
    "demo",
    "test_kills.py",
    "test_fixtures.py",
    "test_hooks.py",
    "test_looks.py",
    "test_browser.py",
    "test_sources.py",
    "test_serving.py",
}
MISSING = pytest.StashKey[dict[str, str]]()
# Debian installs servers where only administrators look.
PLACES = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"

# Whatever the person at this machine has set belongs to a real bridge; no test, and no process of one, may see it.
for name in ("DYNO", *BY_NAME):
    os.environ.pop(name, None)

# Timed checks of hypothesis would fail on a busy machine, and random examples on an unlucky day.
settings.register_profile(
    "bridge", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("bridge")
compiled.share()
forking.share()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server on which tests may make databases; without one, skipped here and failed under CI."""
    try:
        with postgres.serve() as url:
            yield url
    except postgres.NoServer as reason:
        do_without(request.config, "Postgres", str(reason))


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Find a program that .ci/packages names; where it is not installed, skipped here and failed under CI."""

    def find(name: str) -> str:
        return shutil.which(name, path=PLACES) or do_without(request.config, name, f"apt-get install {name}")

    return find


def do_without(config: pytest.Config, what: str, reason: str) -> NoReturn:
    """End this test: what it needs is not here. Under CI it fails; else it is skipped, and the last lines say so."""
    config.stash.setdefault(MISSING, {})[what] = reason
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} could not be had: {reason}", pytrace=False)
    pytest.skip(f"{what} could not be had: {reason}")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """One database for all tests that only fill tables: making one for each would cost more than the tests."""
    with postgres.database(postgres_server) as url:
        _migrate(url)
        postgres.forget_durability(postgres_server, url)
        warm.keep(urlsplit(url).path[1:])
        yield url
        postgres.leave(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "bridge.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bridge.db'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the newest schema without a row, once of each kind; `store`, in the same test, is open on it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "bridge.db")
        yield f"sqlite:///{tmp_path / 'bridge.db'}"
        return
    url = request.getfixturevalue("migrated_postgres")
    postgres.empty(url)
    yield url


@pytest.fixture
def store(migrated_url: str) -> Iterator[Store]:
    """A store on a new database of the newest schema, once of each kind."""
    opened = open_store(migrated_url)
    yield opened
    opened.close()


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot() as running:
        yield running


@pytest.fixture
def free_port() -> int:
    return postgres.free_port()


def pytest_configure(config: pytest.Config) -> None:
    # In memory where there is room: thousands of durable commits cost minutes on a slow disk and prove nothing more.
    memory = Path("/dev/shm")
    if config.option.basetemp is None and memory.is_dir() and shutil.disk_usage(memory).free > ROOM:
        config.option.basetemp = str(memory / f"bridge-tests-{os.getpid()}")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    # 25,000 tests stay until the end: to look through them for garbage, again and again, took a fifth of collecting.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Where several processes share the files, those that take a minute each must not be left for the end.
    items.sort(key=lambda item: not LONG.intersection(item.path.parts))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for what, reason in sorted(config.stash.get(MISSING, {}).items()):
            config.get_terminal_writer().line(f"{what} could not be had, so nothing was tested with it: {reason}.")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What one of several test processes could not have is said by the one that speaks."""
    node.config.stash.setdefault(MISSING, {}).update(getattr(node, "workeroutput", {}).get("missing", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = session.config.stash.get(MISSING, {})
    base = str(session.config.option.basetemp or "")
    if base.startswith("/dev/shm/bridge-tests-"):
        shutil.rmtree(base, ignore_errors=True)


def _migrate(url: str) -> None:
    opened = open_store(url)
    migrate(opened)
    opened.close()
