"""Somebody's webhook receiver: a real HTTP server on loopback that keeps what came and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Came:
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass
class Listener:
    """`answers`: one for each request, the last for all that follow: a status, with headers, or "cut", "hang"."""

    url: str
    answers: list[Any] = field(default_factory=lambda: [204])
    came: list[Came] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)  # set: those that hang end

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listen() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.came.append(Came(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            answer = listener.next_answer()
            if answer == "hang":
                listener.free.wait(30)
            if answer in ("hang", "cut"):
                self.close_connection = True
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
                return
            status, headers, content = answer if isinstance(answer, tuple) else (answer, {}, b"")
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield listener
    listener.free.set()
    server.shutdown()
    server.server_close()
