"""SQLite: the file, its connections, and the lock by which processes take turns to write."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc

from bridge.store.db.errors import down

LOCK_SECONDS = 10
REST_SECONDS = 0.005
_left_behind: list[threading.Thread] = []
_FAILURES = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EROFS: "read_only", errno.EIO: "disk_fails"}
# secure_delete: what is erased is overwritten, not only unlinked.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON")


def open_sqlite(url: str, path: Path, json_dump: Any) -> Engine:
    """The engine of this file; makes it, for its owner alone, when first used."""
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=json_dump,
        pool_size=32,
        max_overflow=32,
        connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def _make(dialect: object, record: object, cargs: object, cparams: object) -> None:
        # SQLite gives the files beside it the same rights. What cannot be made it reports itself. A file that is there
        # must not be opened here: closing it would drop the locks of all this process's connections (POSIX), and the
        # next process that leaves would take the write-ahead log away from under them.
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError:
            return

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in _PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file_id(path)

    @event.listens_for(engine, "checkout")
    def _same_file(dbapi: Any, record: Any, proxy: object) -> None:
        # A deleted or replaced file stays open here, and whatever is written to it is lost.
        if record.info.get("file") != _file_id(path):
            raise exc.DisconnectionError

    event.listen(engine, "begin", _begin)
    return engine


def _begin(conn: Connection) -> None:
    options = conn.get_execution_options()
    if not options.get("bridge_write", False):
        conn.exec_driver_sql("BEGIN")
        return
    level = "NORMAL" if options.get("bridge_relaxed", False) else "FULL"
    conn.exec_driver_sql(f"PRAGMA synchronous={level}")  # of the connection: another store may have used it before
    conn.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def write_turn(threads: threading.Lock) -> Iterator[float]:
    """The one writer among the threads of this process; StoreDown where another writes for LOCK_SECONDS.

    Yields the monotonic instant until which this process may wait for its turn among processes.
    """
    until = time.monotonic() + LOCK_SECONDS
    if not threads.acquire(timeout=LOCK_SECONDS):
        raise down("busy")
    try:
        yield until
    finally:
        threads.release()


@contextmanager
def file_lock(path: Path, until: float) -> Iterator[None]:
    """The one writer of this file among all processes; StoreDown where another holds it until then (monotonic)."""
    try:
        handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise down(_FAILURES.get(error.errno or 0, "cannot_open")) from None
    try:
        _lock(handle, until)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, until: float) -> None:
    """Lock the file, or raise StoreDown at that monotonic instant: flock knows no deadline, so a thread waits in it.

    To try again and again instead starves a process beside another that writes on and on: it waited up to 3 s.
    """
    if _try_to_lock(handle):
        return
    _left_behind[:] = [thread for thread in _left_behind if thread.is_alive()]
    if _left_behind:  # somebody holds the file for long already, and one thread that waits for him is enough
        _try_until(handle, until)
        return
    locked = threading.Event()
    waiting = threading.Thread(target=_wait_for_lock, args=(handle, locked), name="file lock", daemon=True)
    waiting.start()
    if not locked.wait(max(until - time.monotonic(), 0)):
        # Its handle is closed now, and so the lock is let go as soon as flock returns with it.
        _left_behind.append(waiting)
        raise down("busy")


def _wait_for_lock(handle: int, locked: threading.Event) -> None:
    fcntl.flock(handle, fcntl.LOCK_EX)
    locked.set()


def _try_until(handle: int, until: float) -> None:
    while not _try_to_lock(handle):
        if time.monotonic() >= until:
            raise down("busy")
        time.sleep(REST_SECONDS)


def _try_to_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def checkpoint(driver: Any) -> None:
    """Write the log beside the file back and empty it; readers may put that off. SQLAlchemy would begin before."""
    with suppress(sqlite3.Error):
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
