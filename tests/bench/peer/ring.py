"""What each peer's program begins with: its arguments, and one POST as for one call.

    python PROGRAM put|work URL PORT COUNT THREADS LEASE

put    make what the peer needs in the database, and enqueue the calls 0 to COUNT - 1
work   one worker, THREADS calls at a time; what a dead worker held is free after LEASE seconds
"""

from __future__ import annotations

import asyncio
import http.client
import json
import sys

JOB, URL = sys.argv[1:3]
PORT, COUNT, THREADS, LEASE = (int(word) for word in sys.argv[3:7])
PHONES = [f"090{number:07d}" for number in range(COUNT)]


def ring(phone: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        connection.request("POST", "/", _body(phone))
        connection.getresponse().read()
    finally:
        connection.close()


async def ring_async(phone: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    body = _body(phone)
    writer.write(f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    await reader.read()
    writer.close()


def _body(phone: str) -> bytes:
    return json.dumps({"phone": phone, "template": "CONFIRM", "datas": {"number": f"DH-{phone}"}}).encode()
