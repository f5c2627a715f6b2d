"""The database fails under a running web: shops hear 503 and send again, and what was acknowledged is still there."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from bridge.store import Store, migrate, open_store
from tests import postgres
from tests.processes import KEY, Site, configure, configured_postgres, open_site, order, wait_for
from tests.web.test_hooks import problem_of, stored

SETTINGS = {"API_TOKEN": "token-of-the-api"}


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(migrated_sqlite, folder / "bridge.db")
    configure(f"sqlite:///{folder / 'bridge.db'}")
    return f"sqlite:///{folder / 'bridge.db'}"


def test_without_its_folder_it_says_503_and_with_it_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    with open_site(tmp_path, sqlite_url, **SETTINGS) as site:
        site.start_web()
        assert site.send("shop", order(1)).status == 200
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        is_down(site)
        (tmp_path / "elsewhere").rename(tmp_path / "data")
        assert site.send("shop", order(2)).status == 200
        assert len(stored(site, "shop")) == 2


def test_no_delivery_is_acknowledged_into_a_file_that_was_deleted(sqlite_url: str, tmp_path: Path) -> None:
    with open_site(tmp_path, sqlite_url, **SETTINGS) as site:
        site.start_web()
        assert site.send("shop", order(1)).status == 200
        for file in (tmp_path / "data").glob("bridge.db*"):
            file.unlink()
        problem_of(site.send("shop", order(2)), 503)
        ready = site.ask("GET", "/readyz")
        assert ready.status == 503 and "migrate" in ready.json()["reason"]


def test_a_file_that_is_no_database_is_503(sqlite_url: str, tmp_path: Path) -> None:
    with open_site(tmp_path, sqlite_url, **SETTINGS) as site:
        site.start_web()
        whole = tmp_path / "data" / "bridge.db"
        for file in (tmp_path / "data").glob("bridge.db*"):
            file.rename(file.with_name(f"kept-{file.name}"))
        whole.write_bytes(b"this is no database, and never was one. " * 200)
        is_down(site)
        whole.unlink()
        for file in (tmp_path / "data").glob("kept-*"):
            file.rename(file.with_name(file.name.removeprefix("kept-")))
        assert site.send("shop", order(2)).status == 200


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it likes")
def test_a_file_that_may_not_be_written_is_503(sqlite_url: str, tmp_path: Path) -> None:
    with open_site(tmp_path, sqlite_url, **SETTINGS) as site:
        site.start_web()
        for file in (tmp_path / "data").iterdir():
            file.chmod(0o400)
        problem_of(site.send("shop", order(1)), 503)


def test_on_a_full_disk_it_says_503_and_keeps_all_it_acknowledged(sqlite_url: str, tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    with open_site(tmp_path, sqlite_url, **SETTINGS) as site:
        full = site.start_web(shell="ulimit -f 1024")  # a file may grow to half a megabyte, or to one
        for number in range(40):
            answer = site.send("shop", order(number, note="x" * 60_000))
            if answer.status != 200:
                break
            acknowledged.add(f"id-{number}")
        problem_of(answer, 503)
        assert answer.headers["retry-after"] == "30"
        assert acknowledged
        assert site.ask("GET", "/healthz").status == 200
        assert site.send("shop", order(100, note="x" * 60_000)).status == 503
        assert full.end() == 0
        site.start_web()
        assert len(stored(site, "shop")) == len(acknowledged)
        assert site.send("shop", order(100)).status == 200


@pytest.fixture
def line(postgres_server: str) -> Iterator[Line]:
    with configured_postgres(postgres_server) as url, Line(url) as opened:
        yield opened


def test_while_postgres_is_away_it_says_503_and_then_goes_on(line: Line, tmp_path: Path) -> None:
    with open_site(tmp_path, line.url, **SETTINGS) as site:
        site.start_web()
        assert site.send("shop", order(1)).status == 200
        line.cut()
        is_down(site)
        line.mend()
        assert site.send("shop", order(2)).status == 200
        assert len(stored(site, "shop")) == 2


def test_a_web_that_starts_before_its_postgres_serves_once_it_is_there(line: Line, tmp_path: Path) -> None:
    line.cut()
    with open_site(tmp_path, line.url, **SETTINGS) as site:
        site.start_web()
        is_down(site)
        line.mend()
        assert site.send("shop", order(1)).status == 200


def test_many_orders_at_once_are_each_acknowledged_and_there(migrated_url: str, tmp_path: Path) -> None:
    configure(migrated_url)
    with open_site(tmp_path, migrated_url, **SETTINGS) as site:
        site.start_web()
        answers: list[int] = []

        def shop(first: int) -> None:
            answers.extend(site.send("shop", order(number)).status for number in range(first, first + 10))

        shops = [threading.Thread(target=shop, args=(10 * n,)) for n in range(16)]
        for one in shops:
            one.start()
        for one in shops:
            one.join()
        assert answers == [200] * 160
        assert len(stored(site, "shop")) == 160


def test_an_error_of_ours_is_500_and_quotes_nothing(store: Store, migrated_url: str, tmp_path: Path) -> None:
    configure(migrated_url)
    with open_site(tmp_path, migrated_url) as site:
        web = site.start_web()
        with store.write() as conn:
            conn.execute(text("""UPDATE state SET value = '["SESAME-0912345678"]' WHERE key = 'holidays'"""))
            conn.execute(text("UPDATE state SET value = '99' WHERE key = 'catalog'"))
        answer = site.ask("POST", "/hooks/shop?token=SESAME", b"SESAME", [("X-Name", "SESAME")])
        assert "again" in problem_of(answer, 500)["detail"]
        assert b"SESAME" not in answer.body
        log = wait_for("the traceback", lambda: web.said() if "ValueError" in web.said() else None)
    assert "catalog.py" in log
    assert "SESAME" not in log and "0912345678" not in log


def test_a_stored_secret_that_no_key_opens_stops_the_web_and_names_the_source(
    migrated_url: str, tmp_path: Path
) -> None:
    configure(migrated_url)
    with open_site(tmp_path, migrated_url, BRIDGE_SECRET_KEY="another-key-" + KEY) as site:
        web = site.start("gunicorn", "--config", str(Path(__file__).parents[2] / "gunicorn.conf.py"))
        assert web.process.wait(30) == 1
        (line,) = [line for line in web.said().splitlines() if "[INFO]" not in line]
    assert "BRIDGE_SECRET_KEY" in line and "source " in line


def test_a_database_without_schema_is_503_until_it_is_migrated(database_url: str, tmp_path: Path) -> None:
    with open_site(tmp_path, database_url) as site:
        site.start_web()
        assert problem_of(site.send("shop", order(1)), 503)
        ready = site.ask("GET", "/readyz")
        assert ready.status == 503 and "python -m bridge migrate" in ready.json()["reason"]
        store = open_store(database_url)
        migrate(store)
        store.close()
        configure(database_url)
        assert site.ask("GET", "/readyz").status == 200
        assert site.send("shop", order(1)).status == 200


def is_down(site: Site) -> None:
    """The process lives, takes nothing, and says so."""
    answer = site.send("shop", order(1000))
    assert "again" in problem_of(answer, 503)["detail"]
    assert answer.headers["retry-after"] == "30"
    assert site.ask("GET", "/healthz").status == 200
    ready = site.ask("GET", "/readyz")
    assert ready.status == 503 and "DATABASE_URL" in ready.json()["reason"]
    assert site.ask("GET", "/console/sign-in").status == 503


class Line:
    """A line to a Postgres server that can be cut: what goes over it ends, and nobody answers any more."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._port = postgres.free_port()
        user, _, _ = parts.netloc.rpartition("@")
        self.url = parts._replace(netloc=f"{user}@127.0.0.1:{self._port}").geturl()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Line:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        listener = socket.create_server(("127.0.0.1", self._port))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._carry, args=(listener, self._stop))
        self._thread.start()

    def cut(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _carry(self, listener: socket.socket, stop: threading.Event) -> None:
        other: dict[socket.socket, socket.socket] = {}
        with listener, selectors.DefaultSelector() as ready:
            ready.register(listener, selectors.EVENT_READ)
            while not stop.is_set():
                for key, _ in ready.select(0.02):
                    end = key.fileobj
                    assert isinstance(end, socket.socket)
                    if end is listener:
                        for pair in self._pair(listener):
                            other[pair[0]] = pair[1]
                            ready.register(pair[0], selectors.EVENT_READ)
                    elif end in other and not _pass_on(end, other[end]):
                        for gone in (end, other[end]):
                            ready.unregister(gone)
                            del other[gone]
                            gone.close()
            for end in other:
                end.close()

    def _pair(self, listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
        near, _ = listener.accept()
        far = socket.create_connection(self._server)
        yield near, far
        yield far, near


def _pass_on(end: socket.socket, other: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        content = end.recv(65536)
        other.sendall(content)
        return bool(content)
    return False
