"""Hints carried by Procrastinate, in tables of the same Postgres: any number of workers, on any machine.

A hint is a job, added in the transaction that changed the row; NOTIFY wakes a worker, whose own
threads handle it. Recovery is not its business: a job is never run again, and one that is lost
costs at most a sweep.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from weakref import WeakSet

from bridge.engine.embedded import Embedded, Handler
from bridge.store import Connection
from bridge.store.db.errors import store_down
from bridge.store.db.hints import add_hints, remove_stale_hints
from bridge.store.db.postgres import STATEMENT_SECONDS, read_address

log = logging.getLogger(__name__)

STALE = timedelta(seconds=60)  # the sweep has found its row since, and a handler takes at most 35 s
JOB_POLL_SECONDS = 5.0  # where notifications do not come through: the worker's look finds the row before
STOP_LOOK_SECONDS = 0.3
START_REST_SECONDS = 0.3  # what waits already is found by the first look; its import would hold that up
RESTART_SECONDS = 1.0  # after the listening failed
WATCH_SECONDS = 3.0
WATCH_ANSWER_SECONDS = 6.0
GOODBYE_SECONDS = 2.0  # of the stop, for closing connections


class Procrastinate:
    """Holds, once started, one connection for jobs and one for each kind's notifications."""

    look_seconds = 0.5
    alert_seconds = 0.3  # the web hints at the first delivery of a burst only

    def __init__(self, url: str) -> None:
        self._url = url
        self._threads = Embedded()
        self._stopping = threading.Event()
        self._listening: threading.Thread | None = None

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        add_hints(conn, kind, ids)

    def start(self, handlers: Mapping[str, Handler], most: int, wake: Callable[[], None]) -> None:
        self._threads.start(handlers, most, wake)
        self._listening = threading.Thread(target=self._listen, args=(tuple(handlers), most), name="hints", daemon=True)
        self._listening.start()

    def take(self, kind: str, item: int) -> Future[None]:
        return self._threads.take(kind, item)

    def tidy(self, conn: Connection, now: datetime) -> None:
        removed = remove_stale_hints(conn, now - STALE)
        if removed:
            log.warning("stale hints removed count=%d", removed)

    def stop(self, seconds: float) -> bool:
        self._stopping.set()
        ended = self._threads.stop(seconds - GOODBYE_SECONDS)
        if self._listening is not None:
            self._listening.join(GOODBYE_SECONDS)
        return ended

    def _listen(self, kinds: Sequence[str], most: int) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it logs every job
        self._stopping.wait(START_REST_SECONDS)
        while not self._stopping.is_set():
            try:
                asyncio.run(self._run_workers(kinds, most))
            except Exception as error:
                log.warning("hints not received reason=%s", store_down(error))
            self._stopping.wait(RESTART_SECONDS)

    async def _run_workers(self, kinds: Sequence[str], most: int) -> None:
        """Run until `stop`, or until one of them fails."""
        from procrastinate import App, PsycopgConnector  # noqa: PLC0415  10 MB that only a worker needs

        asyncio.get_running_loop().set_exception_handler(_log_lost_job)
        address = {**read_address(self._url), "application_name": "vbot-bridge-hints"}
        opened: WeakSet[Any] = WeakSet()
        configure = partial(_set, opened)
        app = App(connector=PsycopgConnector(kwargs=address, configure=configure, min_size=1, max_size=1))
        for kind in kinds:
            app.task(name=kind, queue=kind)(self._task(kind))
        async with app.open_async():
            workers = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[kind],
                        name=kind,
                        concurrency=most,
                        fetch_job_polling_interval=JOB_POLL_SECONDS,
                        delete_jobs="always",
                        install_signal_handlers=False,
                    )
                )
                for kind in kinds
            ]
            watched = asyncio.create_task(_watch(app, len(workers)))
            tasks = [*workers, watched]
            while not self._stopping.is_set() and not any(task.done() for task in tasks):
                await asyncio.wait(tasks, timeout=STOP_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if watched.done():
                _hang_up(opened)  # else the workers wait for ever to say goodbye
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    def _task(self, kind: str) -> Callable[[int], Awaitable[None]]:
        async def handle(item: int) -> None:
            await asyncio.wrap_future(self._threads.take(kind, item))

        return handle


async def _set(opened: WeakSet[Any], connection: Any) -> None:
    """Set our limits by a statement, for a pooler refuses such settings in the packet that starts a connection."""
    # A hint may be lost, so nobody waits for the disk to take one.
    await connection.execute(f"SET synchronous_commit = off; SET statement_timeout = '{STATEMENT_SECONDS}s'")
    await connection.commit()
    opened.add(connection)


def _hang_up(connections: WeakSet[Any]) -> None:
    """End these connections under those who wait for their answer."""
    for connection in [one for one in connections if not one.closed]:
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


async def _watch(app: Any, workers: int) -> None:
    """Return when no notice reaches the workers any more, which Procrastinate 3.10 does not notice itself.

    It watches its side tasks only until the first ends, and without periodic tasks one ends at once: its listener and
    its heartbeat may then fail unseen. A connection that fell silent fails nothing, so it is asked.
    """
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        alive = [task.get_name() for task in asyncio.all_tasks() if not task.done()]
        if alive.count("listener") < workers or alive.count("update_heartbeats") < workers:
            log.warning("hints not received reason=its listener ended")
            return
        try:
            await asyncio.wait_for(app.connector.execute_query_async("SELECT 1"), WATCH_ANSWER_SECONDS)
        except TimeoutError:
            log.warning("hints not received reason=the database says nothing")
            return
        except Exception as error:
            log.warning("hints not received reason=%s", store_down(error.__cause__ or error))
            return


def _log_lost_job(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A job whose end could not be written; `tidy` removes it.
    log.warning("hint not ended reason=%s", type(context.get("exception")).__name__)
