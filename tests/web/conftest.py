"""One real gunicorn for a whole module, on each kind of database."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import House, configure, configured_postgres, open_house


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A configured bridge whose web answers; no worker."""
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "bridge.db")
        configure(f"sqlite:///{folder / 'bridge.db'}")
        with _serve(folder, f"sqlite:///{folder / 'bridge.db'}") as house:
            yield house
        return
    with configured_postgres(request.getfixturevalue("postgres_server")) as url, _serve(folder, url) as house:
        yield house


@contextlib.contextmanager
def _serve(folder: Path, database_url: str) -> Iterator[House]:
    with open_house(folder, database_url, API_TOKEN="token-of-the-api") as house:
        house.start_web()
        yield house
