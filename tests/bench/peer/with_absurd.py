"""Absurd: a task of one step for each call. Its schema is applied by `absurdctl init`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from absurd_sdk import Absurd
from ring import JOB, LEASE, PHONES, THREADS, URL, ring

if JOB == "put":
    absurdctl = Path(sys.executable).with_name("absurdctl")
    subprocess.run([absurdctl, "init", "-d", URL], check=True, capture_output=True)

app = Absurd(URL, queue_name="calls")


@app.register_task("call")
def call(params, context):
    context.step("place", lambda: ring(params["phone"]))


if JOB == "put":
    app.create_queue()
    for phone in PHONES:
        app.spawn("call", {"phone": phone})
else:
    app.start_worker(claim_timeout=LEASE, concurrency=THREADS, poll_interval=0.05)
