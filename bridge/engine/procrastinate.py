"""Hints carried by Procrastinate, in tables of the same Postgres: any number of workers, on any machine.

A hint is a job, added in the transaction that changed the row; NOTIFY wakes a worker, whose own
threads handle it. Recovery is not its business: a job is never run again, and one that is lost
costs at most a sweep.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from bridge.engine.embedded import Embedded
from bridge.store import Connection
from bridge.store.db.errors import store_down
from bridge.store.db.hints import add_hints, remove_stale_hints

log = logging.getLogger(__name__)

STALE = timedelta(seconds=60)  # the sweep has found its row since, and a handler takes at most 35 s
JOB_POLL_SECONDS = 1.0  # where notifications do not come through
RESTART_SECONDS = 1.0  # after the listening failed
GOODBYE_SECONDS = 2.0  # of the stop, for closing connections


class Procrastinate:
    """Holds, once started, one connection for jobs and one for each kind's notifications."""

    look_seconds = 0.1
    sweep_seconds = 0.2  # the web hints at the first delivery of a burst only

    def __init__(self, url: str) -> None:
        self._url = url
        self._threads = Embedded()
        self._stopping = threading.Event()
        self._listening: threading.Thread | None = None

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        add_hints(conn, kind, ids)

    def start(
        self, handlers: Mapping[str, Callable[[int], object]], threads: Mapping[str, int], wake: Callable[[], None]
    ) -> None:
        self._threads.start(handlers, threads, wake)
        self._listening = threading.Thread(target=self._listen, args=(threads,), name="hints", daemon=True)
        self._listening.start()

    def take(self, kind: str, item: int) -> Future[None]:
        return self._threads.take(kind, item)

    def free(self, kind: str, submitted: Collection[int]) -> int:
        return self._threads.free(kind, submitted)

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

    def _listen(self, threads: Mapping[str, int]) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it logs every job
        while not self._stopping.is_set():
            try:
                asyncio.run(self._run_workers(threads))
            except Exception as error:
                log.warning("hints not received reason=%s", store_down(error))
            self._stopping.wait(RESTART_SECONDS)

    async def _run_workers(self, threads: Mapping[str, int]) -> None:
        """Run until `stop`, or until one of them fails."""
        from procrastinate import App, PsycopgConnector  # noqa: PLC0415  10 MB that only a worker needs

        asyncio.get_running_loop().set_exception_handler(_log_lost_job)
        # A hint may be lost, so nobody waits for the disk to take one.
        options = {"options": "-c synchronous_commit=off", "application_name": "vbot-bridge-hints"}
        app = App(connector=PsycopgConnector(conninfo=self._url, kwargs=options, min_size=1, max_size=1))
        for kind in threads:
            app.task(name=kind, queue=kind)(self._task(kind))
        async with app.open_async():
            workers = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[kind],
                        name=kind,
                        concurrency=count,
                        fetch_job_polling_interval=JOB_POLL_SECONDS,
                        delete_jobs="always",
                        install_signal_handlers=False,
                    )
                )
                for kind, count in threads.items()
            ]
            while not self._stopping.is_set() and not any(worker.done() for worker in workers):
                await asyncio.sleep(0.1)
            for worker in workers:
                worker.cancel()
            for ended in await asyncio.gather(*workers, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    def _task(self, kind: str) -> Callable[[int], Awaitable[None]]:
        async def handle(item: int) -> None:
            await asyncio.wrap_future(self._threads.take(kind, item))

        return handle


def _log_lost_job(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A job whose end could not be written; `tidy` removes it.
    log.warning("hint not ended reason=%s", type(context.get("exception")).__name__)
