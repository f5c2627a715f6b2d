"""A Postgres server for the tests: the one named, one that runs here, or one of our own for this session.

Only databases whose names begin with PREFIX are ever made, changed or dropped.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from bridge.store.db.tables import metadata
from tests import warm

PREFIX = "bridge_test_"
DAY_SECONDS = 86_400
_emptying: dict[str, psycopg.Connection[Any]] = {}
START_SECONDS = 60


class NoServer(Exception):
    """No Postgres can be had here; the text says why."""


@contextlib.contextmanager
def serve() -> Iterator[str]:
    """Yield the URL of a server on which databases can be made; raise NoServer if there is none."""
    with contextlib.ExitStack() as started:
        url = _named() or _running() or started.enter_context(_own())
        drop_leftovers(url)
        yield url


@contextlib.contextmanager
def database(server: str, template: str | None = None) -> Iterator[str]:
    """Yield the URL of a new database, empty or a copy of `template` (a URL), and drop it afterwards."""
    if template:
        leave(template)  # nobody may be connected to what is copied
    name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    source = sql.Identifier(urlsplit(template).path[1:] if template else "template0")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def forget_durability(server: str, url: str) -> None:
    """Commits in this database no longer wait for the disk."""
    name = sql.Identifier(urlsplit(url).path[1:])
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))


def empty(url: str) -> None:
    """Every table of the schema is there without a row, its numbers begin at 1, and no test before is connected.

    By DELETE: with tables this small it takes a tenth of TRUNCATE's time.
    """
    tables = [table.name for table in reversed(metadata.sorted_tables)] + [
        "procrastinate_jobs",
        "procrastinate_workers",
    ]
    statements = [f"DELETE FROM {table}" for table in tables]
    admin = _emptying.get(url) or _emptying.setdefault(url, psycopg.connect(url, autocommit=True))
    others = "datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)"
    admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}", [warm.sessions()])
    counters = admin.execute("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL").fetchall()
    statements += [f"SELECT setval('{name}', 1, false)" for (name,) in counters]
    admin.execute("; ".join(statements), prepare=False)


def leave(url: str) -> None:
    """What this process keeps open on this database, to empty it and for its stores, is closed."""
    warm.end()
    if url in _emptying:
        _emptying.pop(url).close()


def drop_leftovers(server: str) -> None:
    """Databases of sessions that were killed over a day ago, and that nobody uses, are gone."""
    with psycopg.connect(server, autocommit=True) as admin:
        for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall():
            made = re.fullmatch(PREFIX + r"(\d+)_[0-9a-f]{8}", name)
            if made and int(made[1]) < time.time() - DAY_SECONDS:
                with contextlib.suppress(psycopg.Error):
                    admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _named() -> str | None:
    url = os.environ.get("TEST_DATABASE_URL", "").replace("postgresql+psycopg://", "postgresql://")
    problem = _problem(url) if url else None
    if problem:
        raise NoServer(f"TEST_DATABASE_URL cannot be used: {problem}")
    return url or None


def _running() -> str | None:
    users = [getpass.getuser(), "postgres"]
    urls = (f"postgresql://{quote(user)}@127.0.0.1:5432/postgres" for user in users)
    return next((url for url in urls if not _problem(url)), None)


def _problem(url: str) -> str | None:
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper, current_setting('server_version_num')::int >= 130000"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return type(error).__name__
    if not row or not row[0]:
        return "its user may not create databases"
    return None if row[1] else "it is older than Postgres 13"


@contextlib.contextmanager
def _own() -> Iterator[str]:
    """A server of our own: it lives as long as the session."""
    with cluster() as url:
        yield url


@contextlib.contextmanager
def cluster(
    hba: Iterable[str] = (), files: Mapping[str, bytes] = MappingProxyType({}), **settings: object
) -> Iterator[str]:
    """Yield the URL of a server of our own, in a folder of its own, on a free port, without durability.

    hba       lines of pg_hba.conf before the one that lets everybody in
    files     further files of its data folder, for its owner only
    settings  of postgresql.conf
    """
    programs = _programs()
    user = user_who_may_serve()
    with tempfile.TemporaryDirectory(prefix="bridge-postgres-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        data = Path(folder, "data")
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]
        made = subprocess.run(
            [*initdb, "--encoding=UTF8", "--locale=C"], user=user, cwd=folder, capture_output=True, check=False
        )
        if made.returncode:
            raise NoServer(f"{programs / 'initdb'} failed")
        for name, content in files.items():
            (data / name).write_bytes(content)
            (data / name).chmod(0o600)
            if user:
                shutil.chown(data / name, user)
        (data / "pg_hba.conf").write_text("\n".join([*hba, "host all all 127.0.0.1/32 trust", ""]))
        with _serving(programs / "postgres", data, user, settings) as url:
            yield url


@contextlib.contextmanager
def _serving(program: Path, data: Path, user: str | None, own: Mapping[str, object]) -> Iterator[str]:
    port = free_port()
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "port": port, **own}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        [program, "-D", data, *options], user=user, cwd=data.parent, start_new_session=True, **quiet
    )
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        _wait_until_it_answers(url, server)
        yield url
    finally:
        server.send_signal(2)  # SIGINT: fast shutdown, without waiting for clients
        server.wait()


def _programs() -> Path:
    on_path = [Path(path).parent for path in [shutil.which("initdb")] if path]
    places = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"]
    elsewhere = [found for place in places for found in Path("/").glob(place[1:])]
    elsewhere.sort(key=lambda folder: [int(digits) for digits in re.findall(r"\d+", str(folder))], reverse=True)
    for folder in on_path + elsewhere:
        if all((folder / program).exists() for program in ("initdb", "postgres")):
            return folder
    raise NoServer("no server on 127.0.0.1:5432 lets us in, and initdb is not installed")


def user_who_may_serve() -> str | None:
    """Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            break
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=3):
            return
        time.sleep(0.1)
    raise NoServer("our own server did not start")
