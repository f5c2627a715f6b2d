"""A shop's API as a strict HTTP server: BigCommerce's and KiotViet's on one address; what it is asked is kept."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bridge.core.model import Json

STORE_HASH, ACCESS_TOKEN = "abc123", "access-token-of-the-fake-shop"
RETAILER, CLIENT_ID, CLIENT_SECRET = "cuahangmau", "client-of-the-fake-shop", "client-secret-of-the-fake-shop"


@dataclass(frozen=True)
class Asked:
    """One request. `fault`: the words of the shop's refusal, where the request was not as its documentation wants."""

    method: str
    path: str
    status: int
    fault: str = ""


@dataclass
class Spoilt:
    """An answer instead of the true one: a status with headers and body, silence, or a connection cut."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    silent: bool = False


class FakeShop:
    """`documents` by path, without the query; what is absent is a 404. `spoil` comes first, one answer each."""

    token_path = "/connect/token"

    def __init__(self) -> None:
        self.documents: dict[str, Json] = {}
        self.spoil: deque[Spoilt] = deque()
        self.spoil_tokens: deque[Spoilt] = deque()
        self.asked: list[Asked] = []
        self.tokens: list[str] = []
        self.token_seconds = 86400
        self.ended = threading.Event()
        self.held = threading.Event()  # a silent answer is being waited for

    def __enter__(self) -> FakeShop:
        handler = type("Handler", (self.handler(),), {"shop": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def handler(self) -> type[ShopHandler]:
        return ShopHandler

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    @property
    def faults(self) -> list[str]:
        return [asked.fault for asked in self.asked if asked.fault]

    def bigcommerce(self, documents: Mapping[str, Json]) -> None:
        """The store has this order: {order, shipping_addresses, products}."""
        base = f"/stores/{STORE_HASH}/v2/orders/{documents['order']['id']}"
        self.documents[base] = documents["order"]
        for name in ("shipping_addresses", "products"):
            if name in documents:
                self.documents[f"{base}/{name}"] = documents[name]

    def settings(self, platform: str) -> dict[str, Json]:
        """What a source of this shop writes."""
        own = {
            "bigcommerce": {"store_hash": STORE_HASH, "access_token": ACCESS_TOKEN},
            "kiotviet": {"retailer": RETAILER, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        }
        return {**own[platform], "api_url": self.url, "allow_private_addresses": True}


class ShopHandler(BaseHTTPRequestHandler):
    shop: FakeShop
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on the screen of whoever runs the tests."""

    def _serve(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        status, document, fault = self.answer(path, body)
        spoilt = self.shop.spoil_tokens if path == self.shop.token_path else self.shop.spoil
        instead = spoilt.popleft() if spoilt and not fault else None
        self.shop.asked.append(Asked(self.command, self.path, instead.status if instead else status, fault))
        if instead is None:
            self._write(status, {}, b"" if status == 204 else json.dumps(document).encode())
        elif instead.silent:
            self.shop.held.set()
            self.shop.ended.wait(60)
            self.close_connection = True
        else:
            self._write(instead.status, instead.headers, instead.body)

    def answer(self, path: str, body: bytes) -> tuple[int, Json, str]:
        """Status, document, and the fault of the request."""
        if path == self.shop.token_path:
            return self._lend(body)
        fault = self._fault_of(path)
        if fault:
            return (401 if fault == "token" else 400), {"error": fault}, fault
        if path not in self.shop.documents:
            return 404, {"error": "not found"}, ""
        document = self.shop.documents[path]
        return (204 if document == [] else 200), document, ""

    def _fault_of(self, path: str) -> str:
        if self.command != "GET":
            return "method"
        if self.headers.get("Accept") != "application/json":
            return "accept"
        if path.startswith("/stores/"):
            return "" if self.headers.get("X-Auth-Token") == ACCESS_TOKEN else "token"
        if self.headers.get("Retailer") != RETAILER:
            return "retailer"
        issued = self.shop.tokens[-1:]
        return "" if issued and self.headers.get("Authorization") == f"Bearer {issued[0]}" else "token"

    def _lend(self, body: bytes) -> tuple[int, Json, str]:
        form = dict(parse_qsl(body.decode(), strict_parsing=True))
        wanted = {"scopes": "PublicApi.Access", "grant_type": "client_credentials"}
        wanted |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if self.command != "POST" or self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return 405, {}, "form"
        if form != wanted:
            return 400, {"error": "invalid_client"}, ""
        self.shop.tokens.append(f"issued-token-{len(self.shop.tokens)}")
        life = self.shop.token_seconds
        return 200, {"access_token": self.shop.tokens[-1], "expires_in": life, "token_type": "Bearer"}, ""

    def _write(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
