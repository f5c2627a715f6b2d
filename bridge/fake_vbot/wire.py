"""The fake VBot on the wire: paths to operations, control paths, and answers spoilt as a fault wants them."""

from __future__ import annotations

import gzip
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from bridge.core.model import Json
from bridge.fake_vbot.account import Books, Reply, refuse
from bridge.fake_vbot.faults import Fault, Faults
from bridge.fake_vbot.generations import Words, say_broken, say_no
from bridge.fake_vbot.requests import Seen

_CONTROL = "/_fake/"
_HUGE_BYTES = 10_000_000
_LONGEST_BODY_BYTES = 1_000_000
_HTML = "text/html; charset=utf-8"


class Server(ThreadingHTTPServer):
    """A listening server; `end` frees its port and wakes the requests that hang."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, books: Books, faults: Faults) -> None:
        self.books = books
        self.faults = faults
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # Without the reverse look-up of HTTPServer, which takes seconds on a machine without a resolver.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def end(self) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is no news here."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def serve(self) -> None:
        seen = self._read()
        if seen is None or self.server.ended.is_set():
            self.close_connection = True
        elif seen.path.startswith(_CONTROL):
            self._write(_control(self.server, seen))
        else:
            self._answer(seen)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Nothing: what was asked is in the books."""

    def _read(self) -> Seen | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LONGEST_BODY_BYTES or "Transfer-Encoding" in self.headers:
            self._write(refuse(400, "the body's length is not clear"))
            return None
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        peer = f"{self.client_address[0]}:{self.client_address[1]}"
        arrived_at = time.time()
        body = self.rfile.read(int(length))
        return Seen(self.command, url.path, url.query, headers, body, peer, arrived_at)

    def _answer(self, seen: Seen) -> None:
        server = self.server
        server.books.record(seen)
        way = server.books.generation.ways.get(seen.path)
        if way is None:
            self._write(_page(404, "Not Found"))
            return
        if way.method != seen.method:
            self._write(_page(405, "Method Not Allowed", Allow=way.method))
            return
        # What places one call, or many, is one operation to whoever switches faults on, whatever its path.
        fault = server.faults.take(way.operation.replace("create", "insert"))
        seen = replace(seen, most=fault.phones) if fault else seen
        accepts = fault is None or fault.accepted
        reply = server.books.answer(way, seen) if accepts else refuse(500, "spoilt")
        if fault:
            self._spoil(fault, reply, way.words)
        else:
            self._write(reply)

    def _spoil(self, fault: Fault, reply: Reply, words: Words) -> None:
        if fault.name in ("delay", "hang"):
            self.server.ended.wait(fault.seconds)
        if fault.name in ("hang", "close"):
            self.close_connection = True
        elif fault.name in ("reset_before", "reset_after"):
            self._reset()
        elif fault.name == "cut":
            self._write(reply, body=reply.body[: len(reply.body) // 2])
            self.close_connection = True
        elif fault.name == "trickle":
            self._write(reply, body=b"")
            for byte in reply.body:
                self.wfile.write(bytes([byte]))
                if self.server.ended.wait(fault.seconds):
                    break
        else:
            self._write(_SPOILT.get(fault.name, _as_it_is)(fault, reply, words))

    def _write(self, reply: Reply, body: bytes | None = None) -> None:
        """The head for the whole reply, and its body, or as much of it as `body` says."""
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body if body is None else body)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler.serve)


def _page(status: int, title: str, **headers: str) -> Reply:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, f"<html><head><title>{title}</title></head></html>".encode(), _HTML, names)


def _as_it_is(_fault: Fault, reply: Reply, _words: Words) -> Reply:
    return reply


# What a fault makes of the right reply, or puts in its place.
_SPOILT: Mapping[str, Callable[[Fault, Reply, Words], Reply]] = {
    "rate_limited": lambda fault, _, words: replace(
        refuse(429, "Too many requests", words), headers={"Retry-After": str(fault.retry_after)}
    ),
    "system_error": lambda _fault, _, words: _plain(500, say_broken(words)),
    "bad_gateway": lambda _fault, _, _words: _page(502, "Bad Gateway"),
    "unavailable": lambda fault, _, _words: _page(503, "Service Unavailable", Retry_After=str(fault.retry_after)),
    "expired_token": lambda _fault, _, words: refuse(401, "Authorization has been denied for this request.", words),
    "refuse": lambda fault, _, words: refuse(200, fault.message, words),
    "too_many": lambda _fault, _, words: refuse(403, "Forbidden", words),
    "not_allowed": lambda _fault, _, words: _plain(200, say_no(words, 803, "Not allowed")),
    "cut_json": lambda _fault, reply, _words: replace(reply, body=reply.body[: len(reply.body) // 2]),
    "huge": lambda _fault, reply, _words: replace(reply, body=reply.body + b" " * _HUGE_BYTES),
    "redirect": lambda _fault, _, _words: _page(302, "Found", Location="/api/campaignCall/callConfirm/insert"),
    "utf16": lambda _fault, reply, _words: replace(
        reply, body=reply.body.decode().encode("utf-16"), content_type="application/json; charset=utf-16"
    ),
    "gzip": lambda _fault, reply, _words: replace(
        reply, body=gzip.compress(reply.body), headers={"Content-Encoding": "gzip"}
    ),
    "html": lambda _fault, _, _words: _page(200, "Welcome"),
    "not_found": lambda _fault, _, _words: _page(404, "Not Found"),
}


def _control(server: Server, seen: Seen) -> Reply:
    """What tests and the demo ask from outside. JSON in and out; 400 says what is wrong."""
    try:
        body = json.loads(seen.body or b"null")
        return _plain(200, _steer(server, seen.method, seen.path.removeprefix(_CONTROL), body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _plain(400, {"error": str(error)})


def _steer(server: Server, method: str, name: str, body: Json) -> Json:
    books, faults = server.books, server.faults
    controls: Mapping[tuple[str, str], Callable[[], Json]] = {
        ("GET", "calls"): lambda: {"calls": books.list_calls()},
        ("GET", "records"): lambda: {"records": books.records.all()},
        ("GET", "requests"): lambda: {"requests": books.list_requests()},
        ("POST", "faults"): lambda: faults.add(*Fault.read_all(body)),
        ("DELETE", "faults"): faults.clear,
        ("POST", "templates"): lambda: books.add_templates(body),
        ("POST", "hotlines"): lambda: books.add_hotlines(body),
        ("POST", "balance"): lambda: books.set_balance(body["balance"]),
        ("POST", "expire_tokens"): books.expire_tokens,
    }
    if (method, name) not in controls:
        raise ValueError(f"no such control: {method} {name}")
    answer = controls[method, name]()
    return answer if method == "GET" else {"done": True}


def _plain(status: int, document: Json) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False).encode())
