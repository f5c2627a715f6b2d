"""Shops that list and register webhooks over HTTP, each as strict as its platform's documentation."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRET = "a-secret-for-the-tests-of-webhooks"
Answer = tuple[int, Any]


@dataclass
class HookShop:
    """One shop. `deny`: the status that answers every change instead; `made`: how many webhooks were made.

    on_made  what the shop does whenever one was made
    page_size  how many webhooks a page of its list has; 0: as many as are asked for
    """

    platform: str
    settings: dict[str, Any]
    answer: Callable[[HookShop, str, str, Any, Any], Answer]
    url: str = ""
    hooks: list[dict[str, Any]] = field(default_factory=list)
    deny: int = 0
    made: int = 0
    on_made: Callable[[], None] = lambda: None
    page_size: int = 0
    query: dict[str, str] = field(default_factory=dict)
    link: str = ""

    def source(self, **settings: Any) -> dict[str, Any]:
        asked = {"api_url": self.url, "allow_private_addresses": True, **self.settings, **settings}
        return {"id": "shop", "platform": self.platform, "secrets": [SECRET], "settings": asked}

    def make(self, entry: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        self.hooks.append({"id": self.made, **entry})
        self.on_made()
        return self.hooks[-1]

    def page(self) -> list[dict[str, Any]]:
        """The page that was asked for, by its number, by where it begins, or by the word of a Link header."""
        asked, size = self.query, self.page_size
        wanted = next((int(asked[name]) for name in ("limit", "per_page", "pageSize") if name in asked), 0)
        size = min(size or wanted, wanted or size) or len(self.hooks) or 1
        start = int(asked.get("currentItem") or asked.get("page_info") or (int(asked.get("page", 1)) - 1) * size)
        self.link = ""
        if start + size < len(self.hooks):
            self.link = f'<https://elsewhere.example.test/hooks?page_info={start + size}&limit={size}>; rel="next"'
        return self.hooks[start : start + size]

    def find(self, hook_id: str) -> dict[str, Any]:
        return next(hook for hook in self.hooks if str(hook["id"]) == hook_id)


def _by_topic(shop: HookShop, method: str, body: Any, wrapped: bool, keys: set[str]) -> Answer:
    if method == "GET":
        return 200, {"webhooks": shop.page()}
    entry = body["webhook"] if wrapped else body
    assert method == "POST" and entry.keys() == keys, (method, body)
    if any((hook["topic"], hook["address"]) == (entry["topic"], entry["address"]) for hook in shop.hooks):
        return 422, {"errors": {"address": ["for this topic has already been taken"]}}
    made = shop.make(entry)
    return 201, {"webhook": made} if wrapped else made


def _shopify(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["X-Shopify-Access-Token"] != "shpat_writer":
        return 401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
    assert path == "/admin/api/2026-10/webhooks.json"
    return _by_topic(shop, method, body, True, {"topic", "address", "format"})


def _sapo(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["X-Sapo-Access-Token"] != "sapo_writer":
        return 401, {}
    assert path == "/admin/webhooks.json"
    return _by_topic(shop, method, body, True, {"topic", "address", "format"})


def _shopline(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["Authorization"] != "Bearer sl_writer":
        return 401, {"errors": "Unauthorized"}
    assert path == "/admin/openapi/v20260601/webhooks.json"
    assert method == "GET" or body["webhook"]["api_version"] >= "v20240601"
    return _by_topic(shop, method, body, True, {"topic", "address", "api_version"})


def _shoplazza(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["Access-Token"] != "sz_writer":
        return 401, {"errors": ["Unauthorized"]}
    assert path == "/openapi/2022-01/webhooks"
    return _by_topic(shop, method, body, False, {"topic", "address"})


def _easystore(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["EasyStore-Access-Token"] != "es_writer":
        return 401, {"error": {"message": "Unauthorized"}}
    assert path == "/api/3.0/webhooks.json"
    if method == "GET":
        return 200, {"total_count": len(shop.hooks), "webhooks": shop.page()}
    assert body["webhook"].keys() == {"topic", "url"}
    return 200, {"webhook": shop.make(body["webhook"])}


def _facebook_leads(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["Authorization"] != "Bearer fb_writer":
        return 401, {"error": {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190}}
    assert path == "/v26.0/100000000000001/subscribed_apps"
    if method == "GET":
        return 200, {"data": shop.hooks}
    assert body == "subscribed_fields=leadgen"
    shop.make({"name": "VBot", "subscribed_fields": ["leadgen"]})
    return 200, {"success": True}


def _woocommerce(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["Authorization"] != "Basic " + base64.b64encode(b"ck_writer:cs_writer").decode():
        return 401, {"code": "woocommerce_rest_cannot_view"}
    assert path.startswith("/wp-json/wc/v3/webhooks")
    if method == "GET":
        return 200, shop.page()
    if method == "PUT":
        hook = shop.find(path.rpartition("/")[2])
        hook |= body
        return 200, hook
    assert body.keys() == {"name", "topic", "delivery_url", "secret", "status"} and body["secret"] == SECRET
    return 201, shop.make({key: value for key, value in body.items() if key != "secret"})


def _kiotviet(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if path == "/connect/token":
        return 200, {"access_token": "kv-token", "expires_in": 86400, "token_type": "Bearer"}
    if (headers["Retailer"], headers["Authorization"]) != ("cuahangmau", "Bearer kv-token"):
        return 401, {}
    if method == "GET":
        assert path == "/webhooks"
        return 200, {"total": len(shop.hooks), "pageSize": 100, "data": shop.page()}
    if method == "DELETE":
        shop.hooks.remove(shop.find(path.rpartition("/")[2]))
        return 200, {"message": "Xóa dữ liệu thành công"}
    entry = body["Webhook"]
    assert base64.b64decode(entry["Secret"]).decode() == SECRET and entry["IsActive"] is True
    return 200, shop.make({"type": entry["Type"], "url": entry["Url"], "isActive": True})


def _bigcommerce(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["X-Auth-Token"] != "bc-writer":
        return 401, {"status": 401, "title": "Unauthorized"}
    assert path.startswith("/stores/abc123/v3/hooks")
    if method == "GET":
        return 200, {"data": shop.page(), "meta": {}}
    if method == "PUT":
        hook = shop.find(path.rpartition("/")[2])
        hook |= body
        return 200, {"data": hook}
    assert body.keys() == {"scope", "destination", "is_active", "headers"}
    return 200, {"data": shop.make(body)}


def _haravan(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    if headers["Authorization"] != "Bearer hr_writer":
        return 401, {}
    assert path == "/api/subscribe"
    if method == "POST" and not shop.hooks:
        shop.make({"topic": "all"})
    return 200, {"data": shop.hooks}


def _saleor(shop: HookShop, method: str, path: str, headers: Any, body: Any) -> Answer:
    assert (method, path) == ("POST", "/graphql/")
    if headers["Authorization"] != "Bearer sa_writer":
        denied = {"message": "Invalid token", "extensions": {"exception": {"code": "InvalidTokenError"}}}
        return 200, {"errors": [denied], "data": {"app": None}}
    if shop.deny:
        denied = {
            "message": "To access this path, you need …",
            "extensions": {"exception": {"code": "PermissionDenied"}},
        }
        return 200, {"errors": [denied], "data": {}}
    if "webhookUpdate" in body["query"]:
        shop.find(str(body["variables"]["id"]))["isActive"] = True
        return 200, {"data": {"webhookUpdate": {"errors": []}}}
    if "webhookCreate" in body["query"]:
        wanted = body["variables"]["input"]
        assert wanted.keys() == {"name", "targetUrl", "asyncEvents", "isActive", "secretKey"}
        events = [{"eventType": event} for event in wanted["asyncEvents"]]
        shop.make({"targetUrl": wanted["targetUrl"], "isActive": True, "asyncEvents": events})
        return 200, {"data": {"webhookCreate": {"errors": []}}}
    return 200, {"data": {"app": {"webhooks": shop.hooks}}}


KINDS: dict[str, tuple[dict[str, Any], Callable[[HookShop, str, str, Any, Any], Answer]]] = {
    "shopify": ({"access_token": "shpat_writer", "shop_domain": "shop.example.test"}, _shopify),
    "sapo": ({"access_token": "sapo_writer"}, _sapo),
    "woocommerce": ({"consumer_key": "ck_writer", "consumer_secret": "cs_writer"}, _woocommerce),
    "kiotviet": ({"retailer": "cuahangmau", "client_id": "kv-client", "client_secret": "kv-secret"}, _kiotviet),
    "bigcommerce": ({"store_hash": "abc123", "access_token": "bc-writer"}, _bigcommerce),
    "haravan": ({"access_token": "hr_writer"}, _haravan),
}
KINDS |= {
    "shopline": ({"access_token": "sl_writer", "shop_domain": "shop.myshopline.com"}, _shopline),
    "shoplazza": ({"access_token": "sz_writer", "shop_domain": "shop.myshoplaza.com"}, _shoplazza),
    "saleor": ({"access_token": "sa_writer"}, _saleor),
    "facebook_leads": ({"access_token": "fb_writer", "page_id": "100000000000001"}, _facebook_leads),
    "easystore": ({"access_token": "es_writer", "shop_domain": "shop.easy.co"}, _easystore),
}


@contextmanager
def open_hook_shop(platform: str) -> Iterator[HookShop]:
    settings, answer = KINDS[platform]
    shop = HookShop(platform, dict(settings), answer)

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in (self.headers["Content-Type"] or "")
            shop.query, shop.link = dict(parse_qsl(urlsplit(self.path).query)), ""
            path, body = urlsplit(self.path).path, json.loads(raw) if raw and is_json else raw.decode()
            change = self.command != "GET" and "token" not in path and shop.platform != "saleor"
            status, found = (
                (shop.deny, {}) if shop.deny and change else shop.answer(shop, self.command, path, self.headers, body)
            )
            sent = json.dumps(found).encode()
            self.send_response(status)
            if shop.link:
                self.send_header("Link", shop.link)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PUT(self) -> None:
            self._do()

        def do_DELETE(self) -> None:
            self._do()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the library calls it
            """Nothing on the screen of whoever runs the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
