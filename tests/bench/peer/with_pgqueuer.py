"""PgQueuer on asyncpg, as its documentation begins."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
from pgqueuer import AsyncpgPoolDriver, PgQueuer, Queries
from ring import JOB, LEASE, PHONES, THREADS, URL, ring_async


async def main() -> None:
    async with asyncpg.create_pool(URL, min_size=2, max_size=8) as pool:
        driver = AsyncpgPoolDriver(pool)
        if JOB == "put":
            queries = Queries(driver)
            await queries.install()
            await queries.enqueue(["call"] * len(PHONES), [phone.encode() for phone in PHONES], [0] * len(PHONES))
            return
        worker = PgQueuer(driver)

        @worker.entrypoint("call", concurrency_limit=THREADS)
        async def call(job) -> None:
            await ring_async(job.payload.decode())

        await worker.run(
            batch_size=max(THREADS // 2, 1),
            max_concurrent_tasks=THREADS,
            dequeue_timeout=timedelta(seconds=1),
            heartbeat_timeout=timedelta(seconds=LEASE),
        )


asyncio.run(main())
