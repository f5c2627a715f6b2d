"""A server that speaks exactly the bytes a test gives it, for answers that no HTTP server would make."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# What a test does on one connection, after the whole request was read.
Script = Callable[[socket.socket, threading.Event], None]


@dataclass
class Raw:
    """`requests` holds what came over each connection, b"" where nothing did."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(script: Script, *, tls: ssl.SSLContext | None = None, read: bool = True) -> Iterator[Raw]:
    """A listening server; with `read` False the script runs as soon as a client has connected."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        raw = Raw(listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(30)
                spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
                with spoken:
                    raw.requests.append(_read_request(spoken) if read else b"")
                    script(spoken, over)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threads.append(threading.Thread(target=answer, args=(connection,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield raw
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for thread in threads:
                thread.join(10)


def say(*pieces: bytes) -> Script:
    """Say these bytes, then close."""
    return lambda connection, _: connection.sendall(b"".join(pieces))


def trickle(head: bytes, piece: bytes) -> Script:
    """Say the head, then the piece again and again until the client has gone."""

    def script(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.wait(0.02):
            connection.sendall(piece)

    return script


def reset(before: bytes = b"") -> Script:
    """Say these bytes, then end the connection with a TCP reset."""

    def script(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(before)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return script


def hang(connection: socket.socket, _: threading.Event) -> None:
    """Say nothing until the client has gone."""
    while connection.recv(65536):
        pass


def answer(body: bytes, status: str = "200 OK", *headers: str) -> Script:
    """A whole and right HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return say("\r\n".join(lines).encode(), body)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
