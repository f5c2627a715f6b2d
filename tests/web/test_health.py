from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bridge.settings import read_config
from bridge.store import Store, open_store
from bridge.store.db.tables import state
from bridge.store.db.upsert import upsert
from bridge.store.operation.workers import beat, retire
from bridge.web import create_app
from tests.processes import KEY, Site


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    opened = open_store(site.settings["DATABASE_URL"])
    yield opened
    opened.close()


def test_a_living_process_says_so(site: Site) -> None:
    answer = site.ask("GET", "/healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_whether_or_not_a_worker_beats_and_says_which(site: Site, store: Store) -> None:
    silent = site.ask("GET", "/readyz")
    assert (silent.status, silent.json()["status"]) == (200, "ready")
    assert "python -m bridge worker" in silent.json()["worker"]
    with beats(store, timedelta(seconds=30)):
        assert site.ask("GET", "/readyz").json() == {"status": "ready", "worker": "beats"}
    with beats(store, timedelta(seconds=90)):
        assert site.ask("GET", "/readyz").json() == silent.json()


@pytest.mark.parametrize(
    ("revision", "compatible_from", "status", "reason"),
    [
        ("0000", None, 503, "python -m bridge migrate"),
        ("9999", "9999", 503, "newer"),
        ("9999", "0001", 200, None),
    ],
)
def test_a_schema_that_this_code_cannot_use_is_not_ready(
    site: Site, store: Store, revision: str, compatible_from: str | None, status: int, reason: str | None
) -> None:
    with standing(store, revision, compatible_from):
        ready, home = site.ask("GET", "/readyz"), site.ask("GET", "/console/sign-in")
    assert (ready.status, home.status) == (status, status)
    assert reason is None or reason in ready.json()["reason"]
    assert reason is None or "python -m bridge migrate" in home.body.decode()
    assert site.ask("GET", "/readyz").status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(site: Site, path: str) -> None:
    answer = site.ask("POST", path, b"{}")
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


@contextlib.contextmanager
def beats(store: Store, ago: timedelta) -> Iterator[None]:
    with store.write() as conn:
        beat(conn, "a-worker", datetime.now(UTC) - ago)
    yield
    with store.write() as conn:
        retire(conn, "a-worker")


@contextlib.contextmanager
def standing(store: Store, revision: str, compatible_from: str | None) -> Iterator[None]:
    """The database says that it is of this revision, which serves every code since `compatible_from`."""
    with store.write() as conn:
        before = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        conn.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        if compatible_from:
            upsert(conn, state, {"key": "compatible_from"}, {"value": compatible_from})
    yield
    with store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": before})
        conn.execute(state.delete().where(state.c.key == "compatible_from"))


def test_a_database_that_cannot_be_used_is_told_by_its_cause(free_port: int) -> None:
    config = read_config({"BRIDGE_SECRET_KEY": "k" * 32, "DATABASE_URL": f"postgres://u:hush@127.0.0.1:{free_port}/b"})
    answer = create_app(config).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reason"].startswith("nothing listens at the host and port in DATABASE_URL: ")
    assert "hush" not in answer.get_data(as_text=True)


def test_a_database_that_can_only_be_read_is_not_ready(site: Site) -> None:
    url = site.settings["DATABASE_URL"]
    opened = open_store(url)
    app = create_app(read_config({"BRIDGE_SECRET_KEY": KEY, "DATABASE_URL": url}), opened)
    assert app.test_client().get("/readyz").status_code == 200
    opened.engine.dispose()
    # A connection of its own, as a server that became a standby would give it, or a file on a disk that only reads.
    forbid = "SET default_transaction_read_only = on" if opened.is_postgres else "PRAGMA query_only = ON"

    @event.listens_for(opened.engine, "connect")
    def _only_read(dbapi: Any, record: object) -> None:
        dbapi.cursor().execute(forbid)
        if opened.is_postgres:
            dbapi.commit()

    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reason"].startswith("the database can only be read: ")
    opened.close()
