"""A shop's API over HTTP that takes writes, for each platform to be as strict in as its documentation."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Instead:
    """What the shop does instead of answering as it should.

    after   it does what was asked before that
    cut     the connection ends without an answer
    silent  nothing comes until the shop's `ended`
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    cut: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    raw: bytes = b""


class Shop:
    """`instead`: one for each of the next writes, `reads`: of the next reads. A request that is wrong is a fault."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self.instead: deque[Instead | None] = deque()
        self.reads: deque[Instead | None] = deque()
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.seconds = 0.0  # before each answer

    def __enter__(self) -> Any:
        handler = type("Handler", (_Handler,), {"shop": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def writes(self) -> list[Asked]:
        return [asked for asked in self.asked if not self.is_read(asked)]

    def is_read(self, asked: Asked) -> bool:
        return asked.method == "GET"

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Status and document; AssertionError: no such platform would take this."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the screen of whoever runs the tests."""

    def _serve(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        is_json = "json" in self.headers.get("Content-Type", "")
        body = json.loads(sent) if is_json and sent else dict(parse_qsl(sent.decode())) if sent else None
        asked = Asked(self.command, parts.path, query, dict(self.headers), body, sent)
        shop = self.shop
        with shop.lock:
            queue = shop.reads if shop.is_read(asked) else shop.instead
            shop.asked.append(asked)
            instead = queue.popleft() if queue else None
            if instead is None or instead.after:
                status, document = self._try(asked)
        if shop.seconds:
            shop.ended.wait(shop.seconds)
        if instead is not None and instead.silent:
            shop.ended.wait(60)
        if instead is not None and (instead.cut or instead.silent):
            self.close_connection = True
            return
        said = instead.body if instead is not None else json.dumps(document).encode() if document is not None else b""
        with contextlib.suppress(OSError):  # whoever asked was killed
            self._say(instead, status if instead is None else instead.status, said)

    def _say(self, instead: Instead | None, status: int, said: bytes) -> None:
        self.send_response(status)
        for name, value in (instead.headers if instead else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _try(self, asked: Asked) -> tuple[int, Any]:
        try:
            return self.shop.answer(asked)
        except (AssertionError, KeyError) as error:
            self.shop.faults.append(f"{asked.method} {asked.path}: {error!r}")
            return 400, {"error": "fault"}
