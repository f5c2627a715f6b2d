"""Procrastinate alone, with the rescue of stalled jobs that its documentation describes."""

from __future__ import annotations

import asyncio

from procrastinate import App, PsycopgConnector
from ring import JOB, LEASE, PHONES, THREADS, URL, ring_async

app = App(connector=PsycopgConnector(conninfo=URL))


@app.task(name="call", queue="calls")
async def call(phone: str) -> None:
    await ring_async(phone)


async def rescue() -> None:
    while True:
        await asyncio.sleep(1)
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=LEASE):
            await app.job_manager.retry_job(job)


async def main() -> None:
    async with app.open_async():
        if JOB == "put":
            await app.schema_manager.apply_schema_async()
            await call.batch_defer_async(*({"phone": phone} for phone in PHONES))
            return
        task = asyncio.create_task(rescue())
        await app.run_worker_async(
            concurrency=THREADS,
            install_signal_handlers=False,
            update_heartbeat_interval=LEASE / 2,
            stalled_worker_timeout=LEASE,
        )
        task.cancel()


asyncio.run(main())
