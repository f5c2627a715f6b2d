"""One real gunicorn for a whole module, on each kind of database."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.people import PASSWORD
from tests.processes import Site, configure, configured_postgres, open_site


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A configured bridge whose web answers; no worker."""
    folder = tmp_path_factory.mktemp("site")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "bridge.db")
        configure(f"sqlite:///{folder / 'bridge.db'}")
        with _serve(folder, f"sqlite:///{folder / 'bridge.db'}") as site:
            yield site
        return
    with configured_postgres(request.getfixturevalue("postgres_server")) as url, _serve(folder, url) as site:
        yield site


@contextlib.contextmanager
def _serve(folder: Path, database_url: str) -> Iterator[Site]:
    with open_site(folder, database_url, API_TOKEN="token-of-the-api", CONSOLE_PASSWORD=PASSWORD) as site:
        site.start_web()
        yield site
