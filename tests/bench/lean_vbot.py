"""A VBot that costs little, so that the bridge is what is measured: python -m tests.bench.lean_vbot [SECONDS]

Says yes to every POST after SECONDS (0.05); its port is the first line on stdout. `GET /` answers {arrived, phones,
cpu}: of what came since the last question the monotonic seconds of arrival and the numbers, and its own processor
seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

PHONE = re.compile(rb'"phone": ?"([0-9]+)"')
ANSWER = json.dumps({"status": 1, "message": "Thành công", "data": {"call_id": "CALL"}}).encode()


class Books:
    def __init__(self) -> None:
        self.arrived: list[tuple[float, bytes]] = []

    def tell(self) -> bytes:
        came, self.arrived = self.arrived, []
        phones = [found[1].decode() for _, body in came for found in PHONE.finditer(body)]
        told = {"arrived": [at for at, _ in came], "phones": phones, "cpu": time.process_time()}
        return json.dumps(told).encode()


class Exchange(asyncio.Protocol):
    def __init__(self, books: Books, seconds: float) -> None:
        self._books, self._seconds, self._got = books, seconds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, mark, body = self._got.partition(b"\r\n\r\n")
        if not mark:
            return
        if head.startswith(b"GET"):
            self._answer(self._books.tell())
            return
        length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
        if len(body) >= int(length):
            self._books.arrived.append((time.monotonic(), body))
            asyncio.get_running_loop().call_later(self._seconds, self._answer, ANSWER)

    def _answer(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._transport.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        self._transport.close()


async def main(seconds: float) -> None:
    books = Books()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(books, seconds), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.05))
