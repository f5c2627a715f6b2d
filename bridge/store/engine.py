"""Opening the database, and its two kinds of transaction: `read` and `write`.

SQLite: WAL, synchronous=FULL (an answered delivery survives a power cut), BEGIN IMMEDIATE,
and one write lock per database file, for threads and then for processes: SQLite's own busy
wait sleeps and is unfair. Postgres: READ COMMITTED, every statement within 30 s.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, text

from bridge.model import BadSetting, StoreDown

LOCK_SECONDS = 10
STATEMENT_SECONDS = 30


@dataclass(frozen=True, repr=False)
class Store:
    """The open database. `path` is SQLite's file; None on Postgres."""

    engine: Engine
    path: Path | None
    _threads: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view (SQLite) or committed statements (Postgres); StoreDown if there is no database."""
        with _known_errors(), self.engine.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed on leaving without an exception; StoreDown when nothing was stored."""
        with (
            _known_errors(),
            self._alone(),
            self.engine.connect() as conn,
            conn.execution_options(bridge_write=True).begin(),
        ):
            yield conn

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self.path is None:
            yield
            return
        if not self._threads.acquire(timeout=LOCK_SECONDS):
            raise StoreDown("the database is busy")
        try:
            with _file_lock(self.path):
                yield
        finally:
            self._threads.release()

    @property
    def is_postgres(self) -> bool:
        return self.path is None

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, pool_size: int = 4) -> Store:
    """The store at this address; connects when first used. BadSetting for an address that it cannot be."""
    try:
        address = make_url(_named_driver(url))
    except (exc.ArgumentError, ValueError):
        raise BadSetting("DATABASE_URL is not an address; write sqlite:///bridge.db or postgres://…") from None
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:" or address.query:
            raise BadSetting("DATABASE_URL names no file, or more than a file; write sqlite:///bridge.db")
        path = Path(address.database)
        return Store(_sqlite(url, path), path)
    if address.get_backend_name() != "postgresql":
        raise BadSetting("DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://")
    return Store(_postgres(_named_driver(url), pool_size), None)


def database_now(conn: Connection, fallback: datetime) -> datetime:
    """Postgres' own clock, so that one machine's wrong clock rings nobody at night; elsewhere `fallback`."""
    if conn.dialect.name != "postgresql":
        return fallback
    now: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now.astimezone(UTC)


def _named_driver(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_exact)


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _sqlite(url: str, path: Path) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_dump,
        pool_size=32,
        max_overflow=32,
        connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            dbapi.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file_id(path)

    @event.listens_for(engine, "checkout")
    def _same_file(dbapi: Any, record: Any, proxy: object) -> None:
        # A deleted or replaced file stays open here, and whatever is written to it is lost.
        if record.info.get("file") != _file_id(path):
            raise exc.DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        write = conn.get_execution_options().get("bridge_write", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgres(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        json_serializer=_dump,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c statement_timeout={STATEMENT_SECONDS * 1000} -c timezone=UTC -c lock_timeout=10000",
            "application_name": "vbot-bridge",
        },
    )


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreDown(f"the lock file beside the database cannot be opened ({error.strerror})") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _known_errors() -> Iterator[None]:
    try:
        yield
    except (exc.IntegrityError, exc.DataError) as error:
        # The fault of a value: to try again would change nothing.
        # Below the first line of its message Postgres quotes the values.
        refusal = Exception(str(error.orig).partition("\n")[0])
        raise type(error)(error.statement, None, refusal, hide_parameters=True) from None
    except (exc.DBAPIError, exc.TimeoutError) as error:
        cause = getattr(error, "orig", None)
        raise StoreDown(f"{type(error).__name__} ({type(cause).__name__})") from None
