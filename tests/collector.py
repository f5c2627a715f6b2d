"""Who takes traces and errors: one real server that keeps what it was sent, as an OTLP/HTTP collector and as Sentry."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Taken:
    """One request, its body unpacked."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Collector:
    port: int
    taken: list[Taken] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def dsn(self) -> str:
        return f"http://a-public-key@127.0.0.1:{self.port}/7"

    def spans(self) -> list[Any]:
        """Every span of OTLP, in the order in which they came; the service's name is its `service`."""
        requests = [ExportTraceServiceRequest.FromString(one.body) for one in self._at("/v1/traces")]
        return [span for request in requests for each in request.resource_spans for span in each.scope_spans[0].spans]

    def events(self) -> list[dict[str, Any]]:
        """Every event in an envelope of Sentry's: a line for the envelope, then for each item its header and itself."""
        items = [one.body.split(b"\n")[1:] for one in self._at("/api/7/envelope/")]
        pairs = [(json.loads(lines[0]), json.loads(lines[1])) for lines in items]
        return [event for header, event in pairs if header["type"] == "event"]

    def _at(self, path: str) -> list[Taken]:
        return [one for one in self.taken if one.path == path]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            collector.taken.append(Taken(self.path, dict(self.headers), gzip.decompress(body) if packed else body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(server.server_port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
