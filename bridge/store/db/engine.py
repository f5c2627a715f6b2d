"""Opening the database, and its two kinds of transaction: `read` and `write`.

SQLite: WAL, synchronous=FULL (an answered delivery survives a power cut), BEGIN IMMEDIATE,
and one write lock per database file, for threads and then for processes: SQLite's own busy
wait sleeps and is unfair. Postgres: READ COMMITTED, every statement within 30 s.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, text

from bridge.core.model import BadSetting, StoreDown

T = TypeVar("T")
LOCK_SECONDS = 10
STATEMENT_SECONDS = 30


class _Work(Generic[T]):
    """One caller's part of a shared transaction."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self.error: Exception | None = None
        self.is_done = False

    def do(self, conn: Connection) -> None:
        try:
            with conn.begin_nested():
                self._result.append(self._work(conn))
        except Exception as error:
            if isinstance(error, exc.DBAPIError) and not isinstance(error, exc.IntegrityError | exc.DataError):
                raise  # the database's trouble, not this work's
            self.error = error

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self._result[0]


@dataclass(frozen=True, repr=False)
class Store:
    """The open database. `path` is SQLite's file; None on Postgres."""

    engine: Engine
    path: Path | None
    _threads: threading.Lock = field(default_factory=threading.Lock)
    _waiting: deque[_Work[Any]] = field(default_factory=deque)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view (SQLite) or committed statements (Postgres); StoreDown if there is no database."""
        with _known_errors(), self._connect() as conn:
            yield conn.execution_options(postgresql_readonly=True)
            if self.is_postgres:
                # After a ROLLBACK psycopg would forget its prepared statements, and Postgres would plan each anew.
                conn.commit()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed on leaving without an exception; StoreDown when nothing was stored."""
        with _known_errors(), self._turn(), self._transaction() as conn:
            yield conn

    def write_together(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, after the commit of a transaction that other threads' work may share.

        On SQLite one fsync then serves all who wait (Postgres groups its commits itself). Each work is done
        wholly or not at all: its own exception undoes it alone, a failed commit is StoreDown for all.
        """
        if self.path is None:
            with self.write() as conn:
                return work(conn)
        mine = _Work(work)
        self._waiting.append(mine)
        with self._turn():
            # Whoever had the turn before may have done mine; else I do all that wait.
            if not mine.is_done:
                self._do_waiting()
        return mine.result()

    def _do_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            with _known_errors(), self._transaction() as conn:
                for work in batch:
                    work.do(conn)
        except Exception as error:
            for work in batch:
                work.error = error
        for work in batch:
            work.is_done = True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer: threads of this process take turns before processes do."""
        if self.path is None:
            yield
            return
        if not self._threads.acquire(timeout=LOCK_SECONDS):
            raise StoreDown("the database is busy")
        try:
            yield
        finally:
            self._threads.release()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with ExitStack() as stack:
            if self.path is not None:
                stack.enter_context(_file_lock(self.path))
            conn = stack.enter_context(self._connect())
            stack.enter_context(conn.execution_options(bridge_write=True).begin())
            yield conn

    def _connect(self) -> Connection:
        try:
            return self.engine.connect()
        except exc.InvalidRequestError:
            # So the pool names a server that crashes: one connection after the other ends as soon as it is made.
            raise StoreDown("connections end as soon as they are made") from None

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
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_dump,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c statement_timeout={STATEMENT_SECONDS * 1000} -c timezone=UTC -c lock_timeout=10000",
            "application_name": "vbot-bridge",
        },
    )

    @event.listens_for(engine, "checkout")
    def _still_open(dbapi: Any, record: object, proxy: object) -> None:
        # The socket of a connection that its server has ended is readable. A query would cost a round trip each time.
        if dbapi.closed or _is_readable(dbapi.fileno()):
            raise exc.DisconnectionError
        # After a `read` it sends READ WRITE by itself, and a server that is to be read only would be overruled.
        if dbapi.read_only is not None:
            dbapi.read_only = None

    return engine


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


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
