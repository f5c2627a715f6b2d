"""A WooCommerce shop that takes notes, fields and statuses, as strict as its REST API; it refuses as it documents.

Its answers have the shape of what version 9.4.3 sent: the orders are captured ones. Signatures of OAuth 1.0a are
judged by Authlib.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.oauth import fault_of

KEY, SECRET = "ck_0123456789abcdef", "cs_0123456789abcdef"
STATUSES = {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash", "da-goi"}


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


class WooCommerce:
    """`orders` by id; `instead`: one for each of the next writes, `reads`: of the next reads."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.faults: list[str] = []
        self.instead: deque[Instead | None] = deque()
        self.reads: deque[Instead | None] = deque()
        self.read_only = False
        self.ended = threading.Event()
        self.nonces: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> WooCommerce:
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
    def settings(self) -> dict[str, Any]:
        login = {"consumer_key": KEY, "consumer_secret": SECRET}
        return {"api_url": self.url, "allow_private_addresses": True, **login}

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        return [asked for asked in self.asked if asked[0] != "GET"]

    def add(self, order: dict[str, Any]) -> None:
        self.orders[str(order["id"])] = order
        self.notes.setdefault(str(order["id"]), [])

    def texts(self, order_id: str | int) -> list[str]:
        return [note["note"] for note in self.notes[str(order_id)]]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Status and document, as the REST API of version 3 gives them."""
        prefix = "/wp-json/wc/v3/orders"
        if path != prefix and not path.startswith(f"{prefix}/"):
            return 404, {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}
        own = {name: value for name, value in query.items() if not name.startswith("oauth_")}
        order_id, _, rest = path[len(prefix) + 1 :].partition("/")
        if not order_id:
            return 200, list(self.orders.values())[: int(own["per_page"])]
        if order_id not in self.orders:
            return 404, {"code": "woocommerce_rest_shop_order_invalid_id", "data": {"status": 404}}
        if method != "GET" and self.read_only:
            return 401, {"code": "woocommerce_rest_authentication_error", "data": {"status": 401}}
        if rest == "notes":
            return self._notes(method, order_id, own, body)
        return self._order(method, order_id, body)

    def _notes(self, method: str, order_id: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        notes = self.notes[order_id]
        if method == "GET":
            assert query == {"type": "internal"}
            return 200, [note for note in notes if not note["customer_note"]]
        assert method == "POST" and body.keys() == {"note", "customer_note"} and query == {}
        assert body["customer_note"] is False, "a note for the customer is mailed to the buyer"
        note = {"id": 281 + len(notes), "author": "bridge", "note": body["note"], "customer_note": False}
        notes.append({**note, "date_created_gmt": "2026-11-23T03:05:00"})
        return 201, notes[-1]

    def _order(self, method: str, order_id: str, body: Any) -> tuple[int, Any]:
        order = self.orders[order_id]
        if method == "GET":
            return 200, order
        assert method == "PUT" and len(body) == 1, "only what changes is sent"
        if "status" in body:
            if body["status"] not in STATUSES:
                return 400, {"code": "rest_invalid_param", "data": {"status": 400, "params": {"status": "…"}}}
            order["status"] = body["status"]
        for meta in body.get("meta_data", ()):
            kept = [one for one in order["meta_data"] if one["key"] != meta["key"]]
            order["meta_data"] = [*kept, {"id": 900 + len(kept), **meta}]
        # Even a PUT that changes nothing saves the order.
        order["date_modified_gmt"] = order["date_modified"] = "2026-11-23T03:06:00"
        return 200, order


class _Handler(BaseHTTPRequestHandler):
    shop: WooCommerce
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the screen of whoever runs the tests."""

    def _serve(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(sent) if sent else None
        parts = urlsplit(self.path)
        with self.shop._lock:
            self.shop.asked.append((self.command, parts.path, body))
            queue = self.shop.reads if self.command == "GET" else self.shop.instead
            instead = queue.popleft() if queue else None
            if instead is None or instead.after:
                status, document = self._try(parts.path, body)
        if instead is not None and instead.silent:
            self.shop.ended.wait(60)
        if instead is not None and (instead.cut or instead.silent):
            self.close_connection = True
            return
        said = json.dumps(document).encode() if instead is None else instead.body
        self.send_response(instead.status if instead else status)
        for name, value in (instead.headers if instead else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _try(self, path: str, body: Any) -> tuple[int, Any]:
        query = dict(parse_qsl(urlsplit(self.path).query))
        fault = fault_of(self.command, self.shop.url, self.path, KEY, SECRET, self.shop.nonces)
        if fault:
            self.shop.faults.append(fault)
            return 401, {"code": "woocommerce_rest_authentication_error", "message": fault}
        try:
            return self.shop.answer(self.command, path, query, body)
        except (AssertionError, KeyError) as error:
            self.shop.faults.append(repr(error))
            return 400, {"code": "rest_invalid_param", "message": repr(error)}
