"""Tiki as a strict HTTP server: it lends tokens, has one queue that forgets what was acknowledged, and tells orders."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl

from bridge.core.model import Json
from tests.fakeshop import CLIENT_ID, CLIENT_SECRET, FakeShop, ShopHandler

QUEUE = "5a84289f-ed78-4285-9670-9a34508fb4a7"
SELLER = "0123456789ABCDEF0123456789ABCDEF01234567"


class FakeTiki(FakeShop):
    """`events` in their order; what was acknowledged is not told again. `page`: how many at a time."""

    token_path = "/sc/oauth2/token"

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Json] = []
        self.page = 2
        self.acknowledged = 0
        self.places: dict[str, int] = {}  # by ack_id: how many events it acknowledges
        self.pulled: list[str | None] = []  # each ack_id that came

    def handler(self) -> type[ShopHandler]:
        return TikiHandler

    def has(self, order: dict[str, Any], event: dict[str, Any]) -> None:
        """An event of the queue, and its order as it is by now."""
        self.events.append(event)
        self.documents[f"/integration/v2/orders/{order['code']}"] = order

    def source(self, **settings: Any) -> dict[str, Any]:
        """Its entry in a configuration."""
        own = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "queue": QUEUE}
        settings = {**own, "api_url": self.url, "allow_private_addresses": True, **settings}
        return {"id": "tiki-shop", "platform": "tiki", "settings": settings}

    def pull(self, said: Json) -> tuple[int, Json, str]:
        if not isinstance(said, dict) or said.keys() != {"ack_id"}:
            return 400, {"errors": ["body"]}, "body"
        ack = said["ack_id"]
        self.pulled.append(ack)
        if ack is not None and ack not in self.places:
            return 400, {"errors": ["ack_id"]}, ""
        self.acknowledged = max(self.acknowledged, self.places.get(ack, 0))
        told = self.events[self.acknowledged : self.acknowledged + self.page]
        if not told:
            return 200, {"events": None, "ack_id": ack}, ""
        upto = self.acknowledged + len(told)
        self.places[f"ack-{upto}"] = upto
        return 200, {"events": told, "ack_id": f"ack-{upto}"}, ""


class TikiHandler(ShopHandler):
    shop: FakeTiki

    def answer(self, path: str, body: bytes) -> tuple[int, Json, str]:
        if path == self.shop.token_path:
            return self._lend(body)
        issued = self.shop.tokens[-1:]
        if not issued or self.headers.get("Authorization") != f"Bearer {issued[0]}":
            return 401, {"errors": ["token"]}, "token"
        is_pull = path == f"/integration/v1/queues/{QUEUE}/events/pull"
        if not is_pull and path not in self.shop.documents:
            return 404, {"errors": ["not found"]}, ""
        if self.command != ("POST" if is_pull else "GET"):
            return 405, {"errors": ["method"]}, "method"
        if is_pull and self.headers.get("Content-Type") != "application/json":
            return 415, {"errors": ["content type"]}, "content type"
        return self.shop.pull(json.loads(body)) if is_pull else (200, self.shop.documents[path], "")

    def _lend(self, body: bytes) -> tuple[int, Json, str]:
        if self.command != "POST" or self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return 405, {}, "form"
        if dict(parse_qsl(body.decode(), strict_parsing=True)) != {"grant_type": "client_credentials"}:
            return 400, {"error": "invalid_request"}, "grant"
        if self.headers.get("Authorization") != f"Basic {b64encode(f'{CLIENT_ID}:{CLIENT_SECRET}'.encode()).decode()}":
            return 401, {"error": "invalid_client"}, ""
        self.shop.tokens.append(f"issued-token-{len(self.shop.tokens)}")
        life = self.shop.token_seconds
        return 200, {"access_token": self.shop.tokens[-1], "expires_in": life, "token_type": "bearer"}, ""
