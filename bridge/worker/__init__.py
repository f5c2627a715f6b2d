"""The worker: a loop that looks at the tables and hands what is due to its threads, and periodic jobs beside it.

1. Read the clock (`clock`): on Postgres the database's, on SQLite this machine's, which is not believed when it steps.
2. Sweep: take up stored deliveries that no hint named, or whose hint was lost, and calls that somebody queued and left.
3. Place: record what requests came out, and dial due calls for the threads that are free (`bridge.place.attempt`).
4. Wait for a hint, or for the next look; when a request comes out, do 3 again at once (`loop`).

Threads decide deliveries as the engine hands them out (`bridge.engine`), others send requests. Each periodic job has a
thread of its own (`periodic`). All work is found in tables, so that any number of workers may run.
"""
