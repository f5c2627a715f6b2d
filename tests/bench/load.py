"""A closed loop: so many connections, each sending its next order as soon as the last one was answered.

    python -m tests.bench.load PORT FIRST COUNT CONNECTIONS

Bodies and signatures are ready before the clock starts. Prints {seconds, statuses, p50_ms, p99_ms}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.processes import order, sign

BODY_BYTES = 10_000


def main() -> None:
    port, first, count, connections = (int(word) for word in sys.argv[1:5])
    requests = iter([_request(number) for number in range(first, first + count)])
    print(json.dumps(asyncio.run(_run(port, requests, connections))))


async def _run(port: int, requests: Iterator[bytes], connections: int) -> dict[str, object]:
    statuses: Counter[str] = Counter()
    took: list[float] = []
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]

    async def loop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in requests:
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            took.append(time.perf_counter() - begun)
            statuses[head[9:12].decode()] += 1
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(loop(*stream) for stream in streams))
    seconds = time.perf_counter() - begun
    took.sort()
    at = {name: 1000 * took[int(len(took) * share)] for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99))}
    return {"seconds": seconds, "statuses": statuses, **at}


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))


def _request(number: int) -> bytes:
    body = order(number, note="x" * (BODY_BYTES - len(order(number, note=""))))
    head = [f"{name}: {value}" for name, value in sign("shop", body)]
    lines = ["POST /hooks/shop HTTP/1.1", "Host: bridge.example.test", f"Content-Length: {len(body)}", *head, "", ""]
    return "\r\n".join(lines).encode() + body


if __name__ == "__main__":
    main()
