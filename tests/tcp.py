"""A TCP relay between a program and its server, which a test can cut, or let fall silent as a dead firewall does."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on both ways, until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._open = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> int:
        """No byte of the connections that are there passes any more, and none is closed; return how many."""
        with self._lock:
            for line in self._lines:
                line.frozen.set()
            return sum(not line.ended.is_set() for line in self._lines)

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        with self._lock:
            self._open = False
            for line in self._lines:
                line.end()

    def mend(self) -> None:
        """Let new connections pass again."""
        with self._lock:
            self._open = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._open:
                    client.close()
                    continue
                self._lines.append(_Line(client, self._server))


class _Line:
    def __init__(self, client: socket.socket, server: tuple[str, int]) -> None:
        self.frozen, self.ended = threading.Event(), threading.Event()
        self._ends = (client, socket.create_connection(server))
        threading.Thread(target=self._relay, daemon=True).start()

    def end(self) -> None:
        self.ended.set()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _relay(self) -> None:
        client, server = self._ends
        with client, server, contextlib.suppress(OSError):
            while not self.ended.is_set():
                readable, _, _ = select.select([client, server], [], [], 0.2)
                for end in readable:
                    data = end.recv(65536)
                    if not data:
                        return self.ended.set()
                    if not self.frozen.is_set():
                        (server if end is client else client).sendall(data)
        return None


@contextlib.contextmanager
def relay(url: str) -> Iterator[tuple[Relay, str]]:
    """Yield a relay to the server of this URL, and the URL through it."""
    parts = urlsplit(url)
    opened = Relay(parts.hostname or "", parts.port or 5432)
    try:
        yield opened, parts._replace(netloc=f"{parts.username}@127.0.0.1:{opened.port}").geturl()
    finally:
        opened.close()
