"""Opening the database, and its two kinds of transaction: `read` and `write`.

SQLite: WAL, synchronous=FULL (an answered delivery survives a power cut), BEGIN IMMEDIATE,
and one write lock per database file, for threads and then for processes: SQLite's own busy
wait sleeps and is unfair. Postgres: READ COMMITTED, every statement within 10 s, or 120 s where
nobody waits for it (`patient`).
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, Table, exc, make_url, text

from bridge.core.model import BadSetting, StoreDown
from bridge.store.db.errors import down, is_fault, known_errors
from bridge.store.db.sqlite import checkpoint, file_lock, open_sqlite, write_turn
from bridge.store.db.wake import ring

T = TypeVar("T")
# The most connections to Postgres of a web process, of a worker, and of its hints: one takes them, one is told of them.
# With two web processes: 16, so that a plan of 20 has some for a release and for a person's console.
WEB_CONNECTIONS, WORKER_CONNECTIONS, HINT_CONNECTIONS = 4, 7, 1
_NOW = text("SELECT clock_timestamp()")
# A server that was started at this instant, and which of its databases.
_WHICH = text("SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()")
_NO_ADDRESS = BadSetting(
    "DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://",
    "DATABASE_URL phải bắt đầu bằng sqlite:///, postgres:// hoặc postgresql://",
)


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
            if isinstance(error, exc.DBAPIError) and not is_fault(error):
                raise  # the database's trouble, not this work's
            self.error = error

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self._result[0]


@dataclass(frozen=True, repr=False)
class Store:
    """The open database.

    path    SQLite's file; None on Postgres
    pooled  as in `open_store`
    rings   whether each commit wakes the worker beside the file
    """

    engine: Engine
    path: Path | None
    pooled: bool = False
    rings: bool = True
    _threads: threading.Lock = field(default_factory=threading.Lock)
    _waiting: deque[_Work[Any]] = field(default_factory=deque)
    _recent: dict[str, Any] = field(default_factory=dict)  # what this process read lately, for its transactions
    _patient: bool = False
    _relaxed: bool = False
    _closed: threading.Event = field(default_factory=threading.Event)

    @property
    def patient(self) -> Store:
        """The same store for what no shop and no call waits: its statements may take longer."""
        return replace(self, _patient=True)

    @property
    def hurried(self) -> Store:
        """The same store for what a shop or a call waits for."""
        return replace(self, _patient=False)

    @property
    def relaxed(self) -> Store:
        """The same store for what is done anew where a power cut undoes it: its commits do not wait for the disk.

        The next commit of any other store of this database waits for theirs too, in SQLite's log and in Postgres', so
        nothing that is durable builds on something that is not. A process that is killed loses none of them.
        Sources: "Asynchronous Commit" of Postgres, "PRAGMA synchronous" of SQLite.
        """
        return replace(self, _relaxed=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view (SQLite) or committed statements (Postgres); StoreDown if there is no database."""
        with known_errors(), self._connect() as conn:
            yield conn.execution_options(postgresql_readonly=True)
            if self.is_postgres:
                # After a ROLLBACK psycopg would forget its prepared statements, and Postgres would plan each anew.
                conn.commit()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One consistent view of everything, on Postgres too, for as long as it takes to read it."""
        if self.path is not None:
            with self.read() as conn:
                yield conn
            return
        with known_errors(), self._connect() as conn:
            yield conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed on leaving without an exception; StoreDown when nothing was stored."""
        with known_errors(), self._turn() as until, self._transaction(until) as conn:
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
        try:
            with self._turn() as until:
                # Whoever had the turn before may have done mine; else I do all that wait.
                if not mine.is_done:
                    self._do_waiting(until)
        except StoreDown:
            with suppress(ValueError):  # whoever has the turn is doing it
                self._waiting.remove(mine)
            if not mine.is_done:
                raise
        return mine.result()

    def _do_waiting(self, until: float) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            with known_errors(), self._transaction(until) as conn:
                for work in batch:
                    work.do(conn)
        except Exception as error:
            for work in batch:
                work.error = error
        for work in batch:
            work.is_done = True

    def _turn(self) -> AbstractContextManager[float]:
        """SQLite has one writer: threads of this process take turns before processes do."""
        return nullcontext(0.0) if self.path is None else write_turn(self._threads)

    @contextmanager
    def _transaction(self, until: float) -> Iterator[Connection]:
        with ExitStack() as stack:
            if self.path is not None:
                stack.enter_context(file_lock(self.path, until))
            conn = stack.enter_context(self._connect())
            options = {"bridge_write": True, "bridge_recent": self._recent, "bridge_relaxed": self._relaxed}
            stack.enter_context(conn.execution_options(**options).begin())
            yield conn
        if self.rings and self.path is not None:
            ring(self.path)

    def _connect(self) -> Connection:
        try:
            conn = self.engine.connect()
            return conn.execution_options(bridge_patient=True) if self._patient else conn
        except exc.InvalidRequestError:
            # So the pool names a server that crashes: one connection after the other ends as soon as it is made.
            raise down("lost") from None

    @property
    def is_postgres(self) -> bool:
        return self.path is None

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """A connection to Postgres outside any transaction, for what runs in none, however long; it ends afterwards."""
        with known_errors(), self._connect() as conn:
            driver: Any = conn.connection.driver_connection
            driver.silence_seconds = None
            try:
                alone = conn.execution_options(isolation_level="AUTOCOMMIT")
                alone.exec_driver_sql("SET statement_timeout = 0")
                yield alone
            finally:
                conn.invalidate()  # with its settings

    def wipe(self, *tables: Table) -> None:
        """Let what was erased leave the files as far as the database can; one that cannot now is left to itself.

        SQLite overwrites it in the file (secure_delete); its log beside it is written back and emptied. Postgres makes
        the room of the old rows free: bytes may rest in a page until others take their place.
        """
        with suppress(StoreDown):
            if self.path is not None:
                with known_errors(), self._connect() as conn:
                    checkpoint(conn.connection.driver_connection)
                return
            with self.outside() as conn:
                for table in tables:
                    conn.exec_driver_sql(f"VACUUM {table.name}")

    def need_sessions(self) -> None:
        """BadSetting where DATABASE_URL leads through a pooler in transaction mode and nothing says so."""
        if self.path is None and not self.pooled:
            from bridge.store.db.postgres import shares_sessions  # noqa: PLC0415

            with known_errors():
                shared = shares_sessions(self.engine)
            if shared:
                cause = down("pooler_transactions")
                raise BadSetting(str(cause), cause.vietnamese)

    def need_same_database(self, direct: Store) -> None:
        """BadSetting where DATABASE_DIRECT_URL leads elsewhere than DATABASE_URL: both are Postgres, and answer."""
        if self._which() != direct._which():
            raise BadSetting(
                "DATABASE_DIRECT_URL leads to another database than DATABASE_URL, or to a copy of it; "
                "write the direct address of the same one",
                "DATABASE_DIRECT_URL dẫn đến một cơ sở dữ liệu khác với DATABASE_URL, hoặc đến bản sao của nó; "
                "hãy ghi địa chỉ trực tiếp của chính cơ sở dữ liệu đó",
            )

    def _which(self) -> object:
        with self.read() as conn:
            return tuple(conn.execute(_WHICH).one())

    def quiet(self) -> Store:
        """The same database for the worker itself, which knows of its own commits."""
        return replace(self, rings=False)

    def close(self) -> None:
        self._closed.set()
        self.engine.dispose()

    @property
    def is_closed(self) -> bool:
        """Whoever uses it still would open a connection that nobody closes."""
        return self._closed.is_set()


def open_store(
    url: str, pool_size: int = WEB_CONNECTIONS, *, pooled: bool = False, setting: str = "DATABASE_URL"
) -> Store:
    """The store at this address; connects when first used. BadSetting for an address that it cannot be.

    pooled   it leads through a pooler in transaction mode
    setting  the setting that holds the address
    """
    if url.startswith(("postgres://", "postgresql://", "postgresql+psycopg://")):
        from bridge.store.db.postgres import open_postgres  # noqa: PLC0415  SQLite needs no driver of Postgres

        return Store(open_postgres(url, pool_size, _dump, pooled=pooled, setting=setting), None, pooled)
    try:
        address = make_url(url)
    except (exc.ArgumentError, ValueError):
        raise _NO_ADDRESS from None
    if address.get_backend_name() != "sqlite":
        raise _NO_ADDRESS
    if not address.database or address.database == ":memory:" or address.query:
        raise BadSetting(
            "DATABASE_URL names no file, or more than a file; write sqlite:///bridge.db",
            "DATABASE_URL không ghi tên tệp, hoặc ghi nhiều hơn một tệp; hãy viết sqlite:///bridge.db",
        )
    path = Path(address.database)
    return Store(open_sqlite(url, path, _dump), path)


def sqlite_path(url: str) -> Path | None:
    """The file of this address; None of a server's."""
    return Path(make_url(url).database or "") if url.startswith("sqlite") else None


def database_now(conn: Connection, fallback: datetime) -> datetime:
    """Postgres' own clock, so that one machine's wrong clock rings nobody at night; elsewhere `fallback`."""
    if conn.dialect.name != "postgresql":
        return fallback
    now: datetime = conn.execute(_NOW).scalar_one()
    return now.astimezone(UTC)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_exact)


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
