"""Shops that list their orders over HTTP, each as strict as its platform: path, credentials, filter, order, pages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bridge.platforms import find_platform
from tests.oauth import fault_of

Answer = tuple[int, dict[str, str], bytes]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bare(at: datetime) -> str:
    return _iso(at)[:-1]


def _read(text: Any) -> datetime:
    if isinstance(text, int):
        return datetime.fromtimestamp(text, UTC)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass
class Shop:
    """One shop: its orders as documents. `spoil` is called with each request; what it returns is answered instead."""

    platform: str
    settings: dict[str, Any]
    answer: Callable[[Shop, str, str, dict[str, str], Any, bytes], Answer]
    created: tuple[str, ...]
    updated: tuple[str, ...]
    write: Callable[[datetime], Any] = _iso
    url: str = ""
    page: int = 50
    orders: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    spoil: Callable[[str], Answer | None] = lambda path: None

    def source(self, **settings: Any) -> dict[str, Any]:
        """Its entry in a configuration."""
        asked = {"api_url": self.url, "allow_private_addresses": True, **self.settings, **settings}
        return {"id": "shop", "platform": self.platform, "secrets": ["a-secret"], "settings": asked}

    def add(self, at: datetime, number: int = 1, **changes: Any) -> dict[str, Any]:
        """A new cash-on-delivery order made at this instant."""
        platform = find_platform(self.platform)
        assert platform is not None
        sample = platform.sample.document(at)
        order: dict[str, Any] = sample["data"] if self.platform == "nhanh" else sample
        (order["info"] if self.platform == "nhanh" else order)["id"] = number
        for path in (self.created, self.updated):
            self._put(order, path, at)
        order |= changes
        self.orders.append(order)
        return order

    def change(self, order: dict[str, Any], at: datetime, **changes: Any) -> None:
        order |= changes
        self._put(order, self.updated, at)

    def since(self, since: datetime) -> list[dict[str, Any]]:
        """Changed then or later, in the order of their changes."""
        found = [order for order in self.orders if self.updated_at(order) >= since]
        return sorted(found, key=self.updated_at)

    def updated_at(self, order: dict[str, Any]) -> datetime:
        value: Any = order
        for name in self.updated:
            value = value[name]
        return _read(value)

    def _put(self, order: dict[str, Any], path: tuple[str, ...], at: datetime) -> None:
        for name in path[:-1]:
            order = order[name]
        order[path[-1]] = self.write(at)


def _dump(document: Any, **headers: str) -> Answer:
    return 200, {"Content-Type": "application/json", **headers}, json.dumps(document).encode()


def _numbered(shop: Shop, orders: list[dict[str, Any]], page: str, size: int) -> list[dict[str, Any]]:
    start = (int(page) - 1) * size
    return orders[start : start + size]


def _woocommerce(shop: Shop, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
    signed = f"{path}?{urlencode(query)}"
    if fault_of(method, shop.url, signed, "ck_reader", "cs_reader", shop.nonces):
        return 401, {}, b'{"code":"woocommerce_rest_cannot_view"}'
    query = {name: value for name, value in query.items() if not name.startswith("oauth_")}
    assert (method, path) == ("GET", "/wp-json/wc/v3/orders")
    assert query.keys() == {"modified_after", "dates_are_gmt", "status", "orderby", "order", "per_page", "page"}
    assert (query["dates_are_gmt"], query["status"], query["orderby"], query["order"]) == (
        "true",
        "any",
        "modified",
        "asc",
    )
    assert "Z" not in query["modified_after"] and int(query["per_page"]) <= 100
    size = min(int(query["per_page"]), shop.page)
    since = _read(query["modified_after"])
    found = [order for order in shop.since(since) if order["status"] != "trash" and shop.updated_at(order) > since]
    pages = str(-(-len(found) // size))
    return _dump(_numbered(shop, found, query["page"], size), **{"X-WP-TotalPages": pages})


def _shopify(shop: Shop, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
    if headers["X-Shopify-Access-Token"] != "shpat_reader":
        return 401, {}, b'{"errors":"[API] Invalid API key or access token"}'
    assert method == "GET" and path.startswith("/admin/api/20") and path.endswith("/orders.json")
    size = min(int(query["limit"]), shop.page)
    if "page_info" in query:
        assert query.keys() == {"limit", "page_info"}
        since, skip = query["page_info"].split("|")
    else:
        assert (query["status"], query["order"]) == ("any", "updated_at asc")
        since, skip = query["updated_at_min"], "0"
    found = shop.since(_read(since))
    end = int(skip) + size
    link = {}
    if end < len(found):
        link = {"Link": f'<{shop.url}{path}?limit={size}&page_info={since}%7C{end}>; rel="next"'}
    return _dump({"orders": found[int(skip) : end]}, **link)


def _haravan(shop: Shop, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
    if headers["Authorization"] != "Bearer hr_reader":
        return 401, {}, b""
    assert (method, path, query["order"]) == ("GET", "/com/orders.json", "updated_at asc")
    size = min(int(query["limit"]), 50)
    return _dump({"orders": _numbered(shop, shop.since(_read(query["updated_at_min"])), query["page"], size)})


def _sapo(shop: Shop, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
    if headers["X-Sapo-Access-Token"] != "sapo_reader":
        return 401, {}, b""
    assert (method, path, query["status"]) == ("GET", "/admin/orders.json", "any")
    size = min(int(query["limit"]), 250)
    return _dump({"orders": _numbered(shop, shop.since(_read(query["modified_on_min"])), query["page"], size)})


def _nhanh(shop: Shop, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
    if headers["Authorization"] != "nhanh_reader":
        return _dump({"code": 0, "messages": ["Invalid access token"]})
    assert (method, path, query) == ("POST", "/v3.0/order/list", {"appId": "76000", "businessId": "120000"})
    asked = json.loads(body)
    since, paginator = asked["filters"]["updatedAtFrom"], asked["paginator"]
    assert isinstance(since, int) and paginator["sort"] == {"id": "asc"}
    found = sorted(shop.since(_read(since)), key=lambda order: order["info"]["id"])
    behind = [order for order in found if order["info"]["id"] > paginator.get("next", {"id": 0})["id"]]
    listed = behind[: min(paginator["size"], shop.page)]
    following = {"id": listed[-1]["info"]["id"]} if len(listed) < len(behind) else None
    return _dump({"code": 1, "data": listed, "paginator": {"next": following}})


_GMT = {"created": ("date_created_gmt",), "updated": ("date_modified_gmt",), "write": _bare}
_ISO = {"created": ("created_at",), "updated": ("updated_at",)}
_UNIX = {"created": ("info", "createdAt"), "updated": ("info", "updatedAt"), "write": lambda at: int(at.timestamp())}

# Platform -> what answers, the settings that it wants, and where its orders hold their times.
SHOPS: dict[str, Any] = {
    "woocommerce": (_woocommerce, {"consumer_key": "ck_reader", "consumer_secret": "cs_reader"}, _GMT),
    "shopify": (_shopify, {"access_token": "shpat_reader"}, _ISO),
    "haravan": (_haravan, {"access_token": "hr_reader"}, _ISO),
    "sapo": (_sapo, {"access_token": "sapo_reader"}, {"created": ("created_on",), "updated": ("modified_on",)}),
    "nhanh": (_nhanh, {"app_id": "76000", "business_id": 120000, "access_token": "nhanh_reader"}, _UNIX),
}


def make_shop(platform: str) -> Shop:
    answer, settings, times = SHOPS[platform]
    return Shop(platform, settings, answer, **times)


@contextmanager
def open_shop(platform: str) -> Iterator[Shop]:
    """The shop at `url`; a request that no such platform would take is answered 400."""
    shop = make_shop(platform)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *args: Any) -> None:
            """Nothing on the screen of whoever runs the tests."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            shop.asked.append(self.path)
            try:
                spoiled = shop.spoil(self.path)
                status, headers, said = spoiled or shop.answer(
                    shop, self.command, parts.path, query, self.headers, body
                )
            except (AssertionError, KeyError, ValueError) as error:
                status, headers, said = 400, {}, repr(error).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
