"""Signed orders of 10 kB over kept connections, closed loop or open.

    python -m tests.bench.load PORT FIRST COUNT CONNECTIONS [RATE [SOURCES]]

Without a rate each connection sends its next order as soon as the last one was answered. With one, orders are due at
even intervals, whatever became of those before, and their time counts from when they were due: a server that stalls
is not excused the orders that could not be sent meanwhile. With SOURCES the orders go in turn to the sources shop-0,
shop-1, …, all with the secret of `shop`.
Bodies and signatures are ready before the clock starts. Prints {seconds, statuses, p50_ms, p99_ms, max_ms}.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.processes import order, sign

BODY_BYTES = 10_000
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Tally:
    statuses: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)

    async def send(self, stream: Stream, request: bytes, due: float) -> None:
        reader, writer = stream
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        self.took.append(time.perf_counter() - due)
        self.statuses[head[9:12].decode()] += 1


def main() -> None:
    port, first, count, connections = (int(word) for word in sys.argv[1:5])
    rate = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
    sources = int(sys.argv[6]) if len(sys.argv) > 6 else 0
    requests = [_request(number, sources) for number in range(first, first + count)]
    gc.disable()  # a pause of ours would count as the server's
    print(json.dumps(asyncio.run(_run(port, requests, connections, rate))))


async def _run(port: int, requests: list[bytes], connections: int, rate: float) -> dict[str, object]:
    tally = Tally()
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    begun = time.perf_counter()
    await (_open_loop(tally, streams, requests, rate) if rate else _closed_loop(tally, streams, requests))
    seconds = time.perf_counter() - begun
    for _, writer in streams:
        writer.close()
    took = sorted(tally.took)
    at = {name: 1000 * took[int(len(took) * share)] for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99))}
    return {"seconds": seconds, "statuses": tally.statuses, **at, "max_ms": 1000 * took[-1]}


async def _closed_loop(tally: Tally, streams: list[Stream], requests: list[bytes]) -> None:
    waiting = iter(requests)

    async def loop(stream: Stream) -> None:
        for request in waiting:
            await tally.send(stream, request, time.perf_counter())

    await asyncio.gather(*(loop(stream) for stream in streams))


async def _open_loop(tally: Tally, streams: list[Stream], requests: list[bytes], rate: float) -> None:
    idle: asyncio.Queue[Stream] = asyncio.Queue()
    for stream in streams:
        idle.put_nowait(stream)
    begun = time.perf_counter()

    async def arrive(number: int, request: bytes) -> None:
        due = begun + number / rate
        await asyncio.sleep(due - time.perf_counter())
        stream = await idle.get()
        await tally.send(stream, request, due)
        idle.put_nowait(stream)

    await asyncio.gather(*(arrive(number, request) for number, request in enumerate(requests)))


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))


def _request(number: int, sources: int) -> bytes:
    source = f"shop-{number % sources}" if sources else "shop"
    body = order(number, note="x" * (BODY_BYTES - len(order(number, note=""))))
    head = [f"{name}: {value}" for name, value in sign("shop", body)]
    lines = [
        f"POST /hooks/{source} HTTP/1.1",
        "Host: bridge.example.test",
        f"Content-Length: {len(body)}",
        *head,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


if __name__ == "__main__":
    main()
