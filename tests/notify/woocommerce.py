"""A WooCommerce shop that takes notes, fields and statuses, as strict as its REST API; it refuses as it documents.

Its answers have the shape of what version 9.4.3 sent: the orders are captured ones. Signatures of OAuth 1.0a are
judged by Authlib.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.notify.shop import Asked, Shop
from tests.oauth import fault_of

KEY, SECRET = "ck_0123456789abcdef", "cs_0123456789abcdef"
STATUSES = {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash", "da-goi"}


class WooCommerce(Shop):
    """`orders` and `notes` by the order's id."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.read_only = False
        self.nonces: set[str] = set()

    @property
    def settings(self) -> dict[str, Any]:
        login = {"consumer_key": KEY, "consumer_secret": SECRET}
        return {"api_url": self.url, "allow_private_addresses": True, **login}

    def add(self, order: dict[str, Any]) -> None:
        self.orders[str(order["id"])] = order
        self.notes.setdefault(str(order["id"]), [])

    def texts(self, order_id: str | int) -> list[str]:
        return [note["note"] for note in self.notes[str(order_id)]]

    def answer(self, asked: Asked) -> tuple[int, Any]:  # noqa: PLR0911  one for each answer
        path = f"{asked.path}?{urlencode(asked.query)}"
        fault = fault_of(asked.method, self.url, path, KEY, SECRET, self.nonces)
        if fault:
            self.faults.append(fault)
            return 401, {"code": "woocommerce_rest_authentication_error", "message": fault}
        prefix = "/wp-json/wc/v3/orders"
        if asked.path != prefix and not asked.path.startswith(f"{prefix}/"):
            return 404, {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}
        own = {name: value for name, value in asked.query.items() if not name.startswith("oauth_")}
        order_id, _, rest = asked.path[len(prefix) + 1 :].partition("/")
        if not order_id:
            return 200, list(self.orders.values())[: int(own["per_page"])]
        if order_id not in self.orders:
            return 404, {"code": "woocommerce_rest_shop_order_invalid_id", "data": {"status": 404}}
        if asked.method != "GET" and self.read_only:
            return 401, {"code": "woocommerce_rest_authentication_error", "data": {"status": 401}}
        if rest == "notes":
            return self._notes(asked.method, order_id, own, asked.body)
        return self._order(asked.method, order_id, own, asked.body)

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

    def _order(self, method: str, order_id: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        order = self.orders[order_id]
        if method == "GET":
            wanted = query["_fields"].split(",") if "_fields" in query else list(order)
            return 200, {name: order[name] for name in wanted}
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
