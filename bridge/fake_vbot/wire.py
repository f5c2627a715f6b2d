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
from bridge.fake_vbot.account import FakeAccount, Reply, refuse
from bridge.fake_vbot.faults import Fault, Faults
from bridge.fake_vbot.generations import SuccessField, failure_body, system_error_body
from bridge.fake_vbot.requests import FakeRequest

_CONTROL = "/_fake/"
_HUGE_BYTES = 10_000_000
_LONGEST_BODY_BYTES = 1_000_000
_HTML = "text/html; charset=utf-8"


class Server(ThreadingHTTPServer):
    """A listening server; `end` frees its port and wakes the requests that hang."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, account: FakeAccount, faults: Faults) -> None:
        self.account = account
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
        received = self._read()
        if received is None or self.server.ended.is_set():
            self.close_connection = True
        elif received.path.startswith(_CONTROL):
            self._write(_control(self.server, received))
        else:
            self._answer(received)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Nothing: the account keeps every request."""

    def _read(self) -> FakeRequest | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LONGEST_BODY_BYTES or "Transfer-Encoding" in self.headers:
            self._write(refuse(400, "the body's length is not clear"))
            return None
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        peer = f"{self.client_address[0]}:{self.client_address[1]}"
        arrived_at = time.time()
        body = self.rfile.read(int(length))
        return FakeRequest(self.command, url.path, url.query, headers, body, peer, arrived_at)

    def _answer(self, received: FakeRequest) -> None:
        server = self.server
        server.account.record(received)
        route = server.account.generation.routes.get(received.path)
        if route is None:
            self._write(_page(404, "Not Found"))
            return
        if route.method != received.method:
            self._write(_page(405, "Method Not Allowed", Allow=route.method))
            return
        # What places one call, or many, is one operation to whoever switches faults on, whatever its path.
        fault = server.faults.take(route.operation.replace("create", "insert"))
        received = replace(received, most=fault.phones) if fault else received
        accepts = fault is None or fault.accepted
        reply = server.account.answer(route, received) if accepts else refuse(500, "spoilt")
        if fault:
            self._spoil(fault, reply, route.success)
        else:
            self._write(reply)

    def _spoil(self, fault: Fault, reply: Reply, success: SuccessField) -> None:
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
            self._write(_SPOILT.get(fault.name, _as_it_is)(fault, reply, success))

    def _write(self, reply: Reply, body: bytes | None = None) -> None:
        """The head for the whole reply, and its body, or as much of it as `body` holds."""
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


def _as_it_is(_fault: Fault, reply: Reply, _success: SuccessField) -> Reply:
    return reply


# What a fault makes of the right reply, or puts in its place.
_SPOILT: Mapping[str, Callable[[Fault, Reply, SuccessField], Reply]] = {
    "rate_limited": lambda fault, _, success: replace(
        refuse(429, "Too many requests", success), headers={"Retry-After": str(fault.retry_after)}
    ),
    "system_error": lambda _fault, _, success: _plain(500, system_error_body(success)),
    "bad_gateway": lambda _fault, _, _success: _page(502, "Bad Gateway"),
    "unavailable": lambda fault, _, _success: _page(503, "Service Unavailable", Retry_After=str(fault.retry_after)),
    "expired_token": lambda _fault, _, success: refuse(401, "Authorization has been denied for this request.", success),
    "refuse": lambda fault, _, success: refuse(200, fault.message, success),
    "too_many": lambda _fault, _, success: refuse(403, "Forbidden", success),
    "not_allowed": lambda _fault, _, success: _plain(200, failure_body(success, 803, "Not allowed")),
    "cut_json": lambda _fault, reply, _success: replace(reply, body=reply.body[: len(reply.body) // 2]),
    "huge": lambda _fault, reply, _success: replace(reply, body=reply.body + b" " * _HUGE_BYTES),
    "redirect": lambda _fault, _, _success: _page(302, "Found", Location="/api/campaignCall/callConfirm/insert"),
    "utf16": lambda _fault, reply, _success: replace(
        reply, body=reply.body.decode().encode("utf-16"), content_type="application/json; charset=utf-16"
    ),
    "gzip": lambda _fault, reply, _success: replace(
        reply, body=gzip.compress(reply.body), headers={"Content-Encoding": "gzip"}
    ),
    "html": lambda _fault, _, _success: _page(200, "Welcome"),
    "not_found": lambda _fault, _, _success: _page(404, "Not Found"),
}


def _control(server: Server, received: FakeRequest) -> Reply:
    """What tests and the demo request from outside. JSON in and out; 400 names what is wrong."""
    try:
        body = json.loads(received.body or b"null")
        return _plain(200, _steer(server, received.method, received.path.removeprefix(_CONTROL), body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _plain(400, {"error": str(error)})


def _steer(server: Server, method: str, name: str, body: Json) -> Json:
    account, faults = server.account, server.faults
    controls: Mapping[tuple[str, str], Callable[[], Json]] = {
        ("GET", "calls"): lambda: {"calls": account.list_calls()},
        ("GET", "records"): lambda: {"records": account.records.all()},
        ("GET", "requests"): lambda: {"requests": account.list_requests()},
        ("POST", "faults"): lambda: faults.add(*Fault.read_all(body)),
        ("DELETE", "faults"): faults.clear,
        ("POST", "templates"): lambda: account.add_templates(body),
        ("POST", "hotlines"): lambda: account.add_hotlines(body),
        ("POST", "balance"): lambda: account.set_balance(body["balance"]),
        ("POST", "expire_tokens"): account.expire_tokens,
    }
    if (method, name) not in controls:
        raise ValueError(f"no such control: {method} {name}")
    answer = controls[method, name]()
    return answer if method == "GET" else {"done": True}


def _plain(status: int, document: Json) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False).encode())
