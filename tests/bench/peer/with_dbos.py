"""DBOS Transact: a workflow of one step for each call."""

from __future__ import annotations

import threading

from dbos import DBOS, DBOSClient
from ring import COUNT, JOB, PHONES, THREADS, URL, ring

DBOS(config={"name": "peer", "system_database_url": URL, "run_admin_server": False, "log_level": "ERROR"})


@DBOS.step()
def place(phone: str) -> None:
    ring(phone)


@DBOS.workflow(name="call")
def call(phone: str) -> None:
    place(phone)


DBOS.launch()
if JOB == "put":
    # The shortest look that its documentation has; the default of a second places 16 calls in each.
    DBOS.register_queue("calls", worker_concurrency=THREADS, polling_interval_sec=0.05)
    DBOS.destroy()
    client = DBOSClient(system_database_url=URL)
    for phone in PHONES[:COUNT]:
        client.enqueue({"workflow_name": "call", "queue_name": "calls"}, phone)
    client.destroy()
else:
    threading.Event().wait()
