"""Celery on Redis: a task is acknowledged after it has run, and another worker has it when it was not."""

from __future__ import annotations

import logging

from celery import Celery
from ring import JOB, LEASE, PHONES, THREADS, URL, ring

app = Celery("peer", broker=URL)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": LEASE},
    broker_connection_retry_on_startup=True,
)


@app.task(name="call")
def call(phone: str) -> None:
    ring(phone)


if JOB == "put":
    for phone in PHONES:
        call.delay(phone)
else:
    logging.disable()
    app.worker_main(["worker", "--pool", "threads", "--concurrency", str(THREADS), "--loglevel", "CRITICAL"])
