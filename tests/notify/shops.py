"""Shops of the other platforms, each with one order, as strict as its API; each refuses as it documents.

`order` is the order as the shop keeps it; `staff` changes it between a read and the write that follows.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, ClassVar

from standardwebhooks import Webhook

from bridge.platforms import find_platform
from tests.notify.shop import Asked, Shop

MADE = datetime(2026, 11, 23, 2, 59, tzinfo=UTC)


class OneOrder(Shop):
    platform = ""
    order_id = "450789469"
    login: ClassVar[dict[str, Any]] = {}
    # Requests a second, as documented or, of Sapo and Pancake, as their clients keep; of each address where True.
    rate: ClassVar[tuple[float, bool] | None] = None
    changed_at, amount = "updated_at", "total_price"  # as its messages name them

    def __init__(self) -> None:
        super().__init__()
        self.order = self.make()
        self.staff: Callable[[], None] = lambda: None
        self.total: float | None = None  # what staff make of it

    @property
    def settings(self) -> dict[str, Any]:
        return {"api_url": self.url, "allow_private_addresses": True, **self.login}

    def make(self) -> dict[str, Any]:
        """The platform's sample order."""
        platform = find_platform(self.platform)
        assert platform is not None
        return {**platform.sample.document(MADE), "id": int(self.order_id)}

    def message(self, word: str, at: datetime) -> dict[str, Any]:
        """The webhook that it sends about the order as it stands; `word`: its topic."""
        document = {**self.sample(), **self.shown(), self.changed_at: at.isoformat()}
        return document if self.total is None else {**document, self.amount: self.total}

    def sample(self) -> dict[str, Any]:
        platform = find_platform(self.platform)
        assert platform is not None
        return {**platform.sample.document(MADE), "id": self.order["id"]}

    def shown(self) -> dict[str, Any]:
        return self.order

    # What the tests look at.
    def note(self) -> str:
        return self.order.get("note") or ""

    def tags(self) -> list[str]:
        return [tag.strip() for tag in (self.order.get("tags") or "").split(",") if tag.strip()]

    def set_note(self, text: str) -> None:
        self.order["note"] = text

    def set_tags(self, *tags: str) -> None:
        self.order["tags"] = ", ".join(tags)

    def end(self) -> None:
        self.order["cancelled_at"] = "2026-11-23T03:00:00Z"

    def is_cancelled(self) -> bool:
        return self.order.get("cancelled_at") is not None

    def is_confirmed(self) -> bool:
        return False


class Shopify(OneOrder):
    """Admin GraphQL of 2026-10, and the tokens that it lends for client credentials."""

    platform = "shopify"
    login: ClassVar[dict[str, Any]] = {"client_id": "app-1", "client_secret": "app-secret"}

    def __init__(self) -> None:
        super().__init__()
        self.token = 0
        self.lent = 0

    def make(self) -> dict[str, Any]:
        state = {"cancelledAt": None, "closedAt": None, "displayFulfillmentStatus": "UNFULFILLED"}
        return {"id": f"gid://shopify/Order/{self.order_id}", "tags": ["khach-quen"], "note": None, **state}

    def tags(self) -> list[str]:
        return list(self.order["tags"])

    def set_tags(self, *tags: str) -> None:
        self.order["tags"] = list(tags)

    def end(self) -> None:
        self.order["cancelledAt"] = "2026-11-23T03:00:00Z"

    def is_cancelled(self) -> bool:
        return self.order["cancelledAt"] is not None

    def shown(self) -> dict[str, Any]:
        order, tags = self.order, ", ".join(self.order["tags"])
        return {"id": int(self.order_id), "tags": tags, "note": order["note"], "cancelled_at": order["cancelledAt"]}

    def is_read(self, asked: Asked) -> bool:
        return asked.path.endswith("/access_token") or asked.body["query"].startswith("query")

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.path == "/admin/oauth/access_token":
            wanted = {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "app-secret"}
            assert asked.method == "POST" and asked.body == wanted
            self.lent += 1
            self.token = self.lent
            return 200, {"access_token": f"shpat_{self.token}", "scope": "write_orders", "expires_in": 86399}
        assert (asked.method, asked.path) == ("POST", "/admin/api/2026-10/graphql.json")
        if asked.headers.get("X-Shopify-Access-Token") != f"shpat_{self.token}":
            return 401, {"errors": "[API] Invalid API key or access token"}
        query, given = asked.body["query"], asked.body["variables"]
        assert set(re.findall(r"\$(\w+): ", query)) == given.keys()
        if query.startswith("query Probe"):
            return 200, {"data": {"shop": {"name": "Lan"}}}
        if query.startswith("query"):
            found = dict(self.order) if given["id"] == self.order["id"] else None
            self.staff()
            return 200, {"data": {"order": found}}
        return 200, {"data": self._mutate(query, given)}

    def _mutate(self, query: str, given: dict[str, Any]) -> dict[str, Any]:
        order = self.order
        if "orderCancel(" in query:
            assert "refundMethod" in query and "notifyCustomer: false" in query and "refund:" not in query
            wrong = {"code": "INVALID", "field": ["orderId"], "message": "Order has already been canceled"}
            if order["cancelledAt"]:
                return {"orderCancel": {"job": None, "orderCancelUserErrors": [wrong]}}
            order["cancelledAt"] = "2026-11-23T03:00:00Z"
            return {"orderCancel": {"job": {"id": "gid://shopify/Job/1", "done": False}, "orderCancelUserErrors": []}}
        if "orderUpdate(" in query:
            assert given["input"].keys() == {"id", "note"}
            order["note"] = given["input"]["note"]
            return {"orderUpdate": {"order": {"note": order["note"]}, "userErrors": []}}
        assert all(len(tag) <= 40 and tag.isascii() and "," not in tag for tag in given["tags"])
        found: dict[str, Any] = {}
        if "tagsRemove(" in query:
            assert given["gone"]
            gone = {_handle(tag) for tag in given["gone"]}
            order["tags"] = [tag for tag in order["tags"] if _handle(tag) not in gone]
            found["gone"] = {"userErrors": []}
        # Tags with one handle are one, as it was first written; blanks around it and doubled ones are dropped.
        have = {_handle(tag) for tag in order["tags"]}
        order["tags"] += [" ".join(tag.split()) for tag in given["tags"] if _handle(tag) not in have]
        return {**found, "added": {"node": {"tags": order["tags"]}, "userErrors": []}}


def _handle(tag: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", tag.lower()))


class Haravan(OneOrder):
    platform = "haravan"
    rate = (4, False)
    login: ClassVar[dict[str, Any]] = {"access_token": "hr_writer"}

    def answer(self, asked: Asked) -> tuple[int, Any]:  # noqa: PLR0911  one for each answer
        if asked.headers.get("Authorization") != "Bearer hr_writer":
            return 401, {"errors": "unauthorized"}
        if asked.path == "/com/orders.json":
            return 200, {"orders": [self.order]}
        found = re.fullmatch(r"/com/orders/(\d+)(/\w+)?\.json", asked.path)
        assert found
        if found[1] != self.order_id:
            return 404, {"errors": "Not Found"}
        what = (asked.method, found[2])
        if what == ("GET", None):
            before = {"order": dict(self.order)}
            self.staff()
            return 200, before
        if what == ("PUT", None):
            assert asked.body["order"].keys() == {"id", "note"}
            self.order["note"] = asked.body["order"]["note"]
            return 200, {"order": self.order}
        if found[2] == "/tags":
            mine = asked.body["tags"].split(",")
            assert asked.body.keys() == {"tags"} and mine
            kept = [tag for tag in self.tags() if tag not in mine]
            self.set_tags(*kept, *(mine if asked.method == "POST" else ()))
            return 200, {"tags": self.order["tags"]}
        if what == ("POST", "/confirm"):
            assert asked.body == {} and not self.order.get("confirmed_at"), "a confirmation is not repeated"
            self.order |= {"confirmed_status": "confirmed", "confirmed_at": "2026-11-23T03:00:00Z"}
            return 200, {"order": self.order}
        assert what == ("POST", "/cancel")
        assert asked.body == {"reason": "customer", "email": False, "restock": True}
        self.end()
        return 200, {"order": self.order}

    def is_confirmed(self) -> bool:
        return self.order.get("confirmed_status") == "confirmed"


class Sapo(OneOrder):
    """Of a private app's key and secret."""

    platform = "sapo"
    rate = (40 / 60, False)
    changed_at = "modified_on"
    login: ClassVar[dict[str, Any]] = {"api_key": "sapo-key", "api_secret": "sapo-secret"}

    def end(self) -> None:
        self.order["cancelled_on"] = "2026-11-23T03:00:00Z"

    def is_cancelled(self) -> bool:
        return self.order.get("cancelled_on") is not None

    def answer(self, asked: Asked) -> tuple[int, Any]:  # noqa: PLR0911  one for each answer
        if asked.headers.get("Authorization") != f"Basic {b64encode(b'sapo-key:sapo-secret').decode()}":
            return 401, {"errors": "unauthorized"}
        if asked.path == "/admin/orders.json":
            return 200, {"orders": [self.order]}
        found = re.fullmatch(r"/admin/orders/(\d+)(/cancel)?\.json", asked.path)
        assert found
        if found[1] != self.order_id:
            return 404, {"errors": "Not Found"}
        if asked.method == "GET":
            before = {"order": dict(self.order)}
            self.staff()
            return 200, before
        if found[2]:
            assert asked.method == "POST" and asked.body["email"] is False
            self.end()
            return 200, {"order": self.order}
        changed = asked.body["order"]
        assert asked.method == "PUT" and changed.keys() in ({"id", "note"}, {"id", "tags"})
        if any(len(tag) > 40 for tag in changed.get("tags", "").split(",")):
            return 422, {"errors": {"tags": ["is too long"]}}
        self.order |= changed
        return 200, {"order": self.order}


class Nhanh(OneOrder):
    """Refusals come with the status 200, and a request during a lock lengthens it."""

    platform = "nhanh"
    rate = (150 / 30, True)
    login: ClassVar[dict[str, Any]] = {"app_id": "76000", "business_id": 120000, "access_token": "nhanh_writer"}
    known = ({"id": 7, "name": "khach-quen"}, {"id": 8, "name": "vbot-unreachable"}, {"id": 9, "name": "vbot-ok"})
    adds = False  # whether `tagIds` adds to the order's tags: both readings of its documentation must do

    def make(self) -> dict[str, Any]:
        platform = find_platform("nhanh")
        assert platform is not None
        order: dict[str, Any] = platform.sample.document(MADE)["data"]
        order["info"] |= {"id": int(self.order_id), "status": 54, "privateDescription": "", "tags": [self.known[0]]}
        return order

    def tags(self) -> list[str]:
        return [tag["name"] for tag in self.order["info"]["tags"]]

    def set_tags(self, *tags: str) -> None:
        self.order["info"]["tags"] = [tag for tag in self.known if tag["name"] in tags]

    def note(self) -> str:
        return str(self.order["info"]["privateDescription"])

    def set_note(self, text: str) -> None:
        self.order["info"]["privateDescription"] = text

    def end(self) -> None:
        self.order["info"]["status"] = 63

    def is_cancelled(self) -> bool:
        return bool(self.order["info"]["status"] == 63)

    def is_confirmed(self) -> bool:
        return bool(self.order["info"]["status"] == 56)

    def message(self, word: str, at: datetime) -> dict[str, Any]:
        order = {**self.order, "info": {**self.order["info"], "updatedAt": int(at.timestamp())}}
        if self.total is not None:
            order["payment"] = {**order["payment"], "codAmount": self.total}
        return {"event": word, "businessId": 120000, "data": order}

    def is_read(self, asked: Asked) -> bool:
        return asked.path.endswith(("/list", "/tags"))

    def answer(self, asked: Asked) -> tuple[int, Any]:
        assert asked.method == "POST" and asked.query == {"appId": "76000", "businessId": "120000"}
        if asked.headers.get("Authorization") != "nhanh_writer":
            return 200, {"code": 0, "errorCode": "ERR_INVALID_ACCESS_TOKEN", "messages": ["Invalid access token"]}
        if asked.path == "/v3.0/order/list":
            wanted = asked.body["filters"].get("ids", [int(self.order_id)])
            found = [{**self.order, "info": dict(self.order["info"])}] if int(self.order_id) in wanted else []
            self.staff()
            return 200, {"code": 1, "data": found, "paginator": {"next": None}}
        if asked.path == "/v3.0/order/tags":
            return 200, {"code": 1, "data": list(self.known)}
        assert asked.path == "/v3.0/order/edit" and asked.body.keys() == {"info"}
        changed = dict(asked.body["info"])
        assert changed.pop("id") == int(self.order_id) and len(changed) == 1 and all(changed.values())
        if self.order["info"]["status"] in (59, 60, 72):
            return 200, {"code": 0, "errorCode": "ERR_INVALID_DATA", "messages": {"id": "Không thể cập nhật đơn hàng"}}
        assert changed.get("status", 56) in (56, 63, 64, 60, 72)
        if "tagIds" in changed:
            given = set(changed.pop("tagIds")) | (
                {tag["id"] for tag in self.order["info"]["tags"]} if self.adds else set()
            )
            changed["tags"] = [tag for tag in self.known if tag["id"] in given]
        self.order["info"] |= changed
        return 200, {"code": 1, "data": {"id": int(self.order_id)}}


class Pancake(OneOrder):
    """The key stands in the address; tags are numbers; an order that has left is not changed any more."""

    platform = "pancake"
    rate = (60 / 60, True)
    login: ClassVar[dict[str, Any]] = {"shop_id": 777, "api_key": "pk-1"}
    known = ({"id": 1, "name": "khach-quen"}, {"id": 2, "name": "vbot-unreachable"}, {"id": 3, "name": "vbot-ok"})

    def make(self) -> dict[str, Any]:
        return {**super().make(), "status": 0, "tags": [self.known[0]]}

    def message(self, word: str, at: datetime) -> dict[str, Any]:
        """It names its topic by the order's status alone; its times have no zone."""
        order = {**self.order, "updated_at": at.strftime("%Y-%m-%dT%H:%M:%S.%f")}
        is_new = at == MADE
        money = {} if self.total is None else {"cod": self.total, "money_to_collect": self.total}
        return {**order, **money, "event_type": "create" if is_new else "update"}

    def tags(self) -> list[str]:
        return [tag["name"] for tag in self.order["tags"]]

    def set_tags(self, *tags: str) -> None:
        self.order["tags"] = [tag for tag in self.known if tag["name"] in tags]

    def end(self) -> None:
        self.order["status"] = 6

    def is_cancelled(self) -> bool:
        return bool(self.order["status"] == 6)

    def is_confirmed(self) -> bool:
        return bool(self.order["status"] == 1)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.query.get("api_key") != "pk-1":
            return 401, {"success": False, "message": "invalid api_key"}
        if asked.path == "/shops/777/orders/tags":
            return 200, {"success": True, "data": list(self.known)}
        if asked.path != f"/shops/777/orders/{self.order_id}":
            return 404, {"success": False}
        if asked.method == "GET":
            before = {"success": True, "data": dict(self.order)}
            self.staff()
            return 200, before
        assert asked.method == "PUT" and len(asked.body) == 1
        if self.order["status"] not in (0, 17, 11, 12, 13, 20, 1):
            return 422, {"success": False, "message": "order cannot be changed"}
        changed = dict(asked.body)
        if "tags" in changed:
            changed["tags"] = [tag for tag in self.known if tag["id"] in changed["tags"]]
        self.order |= changed
        return 200, {"success": True, "data": self.order}


class BigCommerce(OneOrder):
    platform = "bigcommerce"
    rate = (150 / 30, False)
    login: ClassVar[dict[str, Any]] = {"store_hash": "abc123", "access_token": "bc_writer"}

    def make(self) -> dict[str, Any]:
        platform = find_platform("bigcommerce")
        assert platform is not None
        self.parts = platform.sample.fetched(MADE)
        return {**self.parts["order"], "id": int(self.order_id), "staff_notes": ""}

    def message(self, word: str, at: datetime) -> dict[str, Any]:
        """Thin: the order itself is asked for."""
        self.order["date_modified"] = format_datetime(at)
        if self.total is not None:
            self.order["total_inc_tax"] = f"{self.total}.0000"
        event = {"scope": word, "hash": f"{int(at.timestamp()):040x}", "created_at": int(at.timestamp())}
        data = {"type": "order", "id": int(self.order_id)}
        if word == "store/order/statusUpdated":
            data |= {"status": {"previous_status_id": 11, "new_status_id": self.order["status_id"]}}  # type: ignore[dict-item]
        return {**self.sample(), **event, "data": data, "producer": "stores/abc123"}

    def note(self) -> str:
        return str(self.order["staff_notes"])

    def set_note(self, text: str) -> None:
        self.order["staff_notes"] = text

    def end(self) -> None:
        self.order["status_id"] = 5

    def is_cancelled(self) -> bool:
        return bool(self.order["status_id"] == 5)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.headers.get("X-Auth-Token") != "bc_writer":
            return 401, {"status": 401, "title": "Unauthorized"}
        if asked.path == "/stores/abc123/v2/orders":
            return 200, [self.order]
        part = asked.path.removeprefix(f"/stores/abc123/v2/orders/{self.order_id}/")
        if part in self.parts:
            return 200, self.parts[part]
        if asked.path != f"/stores/abc123/v2/orders/{self.order_id}":
            return 404, [{"status": 404, "message": "The requested resource was not found."}]
        if asked.method == "GET":
            before = dict(self.order)
            self.staff()
            return 200, before
        assert asked.method == "PUT" and asked.body.keys() in ({"staff_notes"}, {"status_id"})
        self.order |= asked.body
        return 200, self.order


class Saleor(OneOrder):
    platform = "saleor"
    order_id = "T3JkZXI6MQ=="
    login: ClassVar[dict[str, Any]] = {"access_token": "app-token"}

    def make(self) -> dict[str, Any]:
        return {"status": "UNFULFILLED", "privateMetafields": {}, "events": [{"type": "PLACED", "message": None}]}

    def note(self) -> str:
        return "\n".join(event["message"] for event in self.order["events"] if event["type"] == "NOTE_ADDED")

    def set_note(self, text: str) -> None:
        self.order["events"].append({"type": "NOTE_ADDED", "message": text})

    def tags(self) -> list[str]:
        return list(self.order["privateMetafields"].values())

    def set_tags(self, *tags: str) -> None:
        """Staff have none."""

    def end(self) -> None:
        self.order["status"] = "CANCELED"

    def is_cancelled(self) -> bool:
        return bool(self.order["status"] == "CANCELED")

    def message(self, word: str, at: datetime) -> dict[str, Any]:
        """Neither its events nor its private metadata are among what a subscription names."""
        platform = find_platform("saleor")
        assert platform is not None
        order = platform.sample.document(MADE)["order"]
        order |= {"id": self.order_id, "status": self.order["status"], "updatedAt": at.isoformat()}
        if self.total is not None:
            order["total"] = {"gross": {"amount": self.total, "currency": "VND"}}
        return {"order": order}

    def is_read(self, asked: Asked) -> bool:
        return bool(asked.body and asked.body["query"].startswith("query"))

    def answer(self, asked: Asked) -> tuple[int, Any]:  # noqa: PLR0911  one for each answer
        if asked.path == "/.well-known/jwks.json":
            return 200, {"keys": []}
        assert (asked.method, asked.path) == ("POST", "/graphql/")
        if asked.headers.get("Authorization") != "Bearer app-token":
            error = {"message": "denied", "extensions": {"exception": {"code": "PermissionDenied"}}}
            return 200, {"errors": [error], "data": {"order": None}}
        query, given = asked.body["query"], asked.body["variables"]
        assert set(re.findall(r"\$(\w+): ", query)) == given.keys()
        if query.startswith("query Probe"):
            return 200, {"data": {"orders": {"totalCount": 1}}}
        if query.startswith("query"):
            found = {**self.order, "events": list(self.order["events"])} if given["id"] == self.order_id else None
            self.staff()
            return 200, {"data": {"order": found}}
        if "orderNoteAdd(" in query:
            self.set_note(given["message"])
            return 200, {"data": {"orderNoteAdd": {"event": self.order["events"][-1], "errors": []}}}
        if "updatePrivateMetadata(" in query:
            self.order["privateMetafields"] = {"vbot_tag": given["value"]}
            return 200, {"data": {"updatePrivateMetadata": {"errors": []}}}
        if self.order["status"] in ("FULFILLED", "CANCELED"):
            error = {"field": "order", "message": "…", "code": "CANNOT_CANCEL_ORDER"}
            return 200, {"data": {"orderCancel": {"order": None, "errors": [error]}}}
        self.end()
        return 200, {"data": {"orderCancel": {"order": {"status": "CANCELED"}, "errors": []}}}


class Shoplazza(OneOrder):
    """Note and tags are replaced."""

    platform = "shoplazza"
    rate = (2, False)
    login: ClassVar[dict[str, Any]] = {"access_token": "lazza_writer"}

    def make(self) -> dict[str, Any]:
        return {**super().make(), "id": self.order_id, "note": "", "tags": "khach-quen"}

    def end(self) -> None:
        self.order["canceled_at"] = "2026-11-23T03:00:00Z"

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.headers.get("Access-Token") != "lazza_writer":
            return 401, {"errors": ["Invalid access token"]}
        if asked.path == "/openapi/2022-01/orders":
            return 200, {"count": 1, "orders": [self.order]}
        if asked.path != f"/openapi/2022-01/orders/{self.order_id}":
            return 404, {"errors": ["record not found"]}
        if asked.method == "GET":
            before = {"order": dict(self.order)}
            self.staff()
            return 200, before
        assert asked.method == "PUT" and asked.body.keys() in ({"note"}, {"tags"})
        self.order |= asked.body
        return 200, {"order": self.order}


class Shopline(OneOrder):
    """An empty field stays; note_attributes are replaced, the order's note and tags cannot be sent."""

    platform = "shopline"
    rate = (4, False)
    amount = "current_total_price"
    login: ClassVar[dict[str, Any]] = {"access_token": "line_writer"}

    def make(self) -> dict[str, Any]:
        return {**super().make(), "id": self.order_id, "note_attributes": []}

    def note(self) -> str:
        return "\n".join(entry["value"] for entry in self.order["note_attributes"])

    def set_note(self, text: str) -> None:
        self.order["note_attributes"] = [{"name": "Ghi chú", "value": text}]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.headers.get("Authorization") != "Bearer line_writer":
            return 401, {"errors": "Unauthorized"}
        if asked.path == "/admin/openapi/v20260601/orders.json":
            ids = asked.query.get("ids", self.order_id)
            assert asked.query in ({"limit": "1"}, {"ids": ids, "status": "any"})
            found = {"orders": [dict(self.order)] if ids == self.order_id else []}
            self.staff()
            return 200, found
        assert (asked.method, asked.path) == ("PUT", f"/admin/openapi/v20260601/orders/{self.order_id}.json")
        changed = asked.body["order"]
        assert changed.keys() == {"id", "note_attributes"} and changed["id"] == self.order_id
        assert all(entry["name"] and entry["value"] for entry in changed["note_attributes"])
        self.order["note_attributes"] = changed["note_attributes"]
        return 200, {"order": self.order}


class OwnProgram(OneOrder):
    """A program of a shop of any kind, which does what it is told, once for each `webhook-id`."""

    platform = "generic"
    secret = "whsec_" + b64encode(b"of the program that takes what is written").decode()

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    @property
    def settings(self) -> dict[str, Any]:
        address = {"write_back_url": f"{self.url}/vbot", "write_back_secret": self.secret}
        return {**address, "allow_private_addresses": True}

    def make(self) -> dict[str, Any]:
        platform = find_platform("generic")
        assert platform is not None
        order: dict[str, Any] = platform.sample.document(MADE)["order"]
        return {**order, "id": self.order_id, "note": "", "tags": ["khach-quen"], "status": "open"}

    def message(self, word: str, at: datetime) -> dict[str, Any]:
        platform = find_platform("generic")
        assert platform is not None
        order = {**self.order, "updated_at": at.isoformat()}
        order |= {"total": str(self.total)} if self.total is not None else {}
        return {**platform.sample.document(MADE), "topic": word, "order": order}

    def answer(self, asked: Asked) -> tuple[int, Any]:
        assert (asked.method, asked.path) == ("POST", "/vbot")
        Webhook(self.secret).verify(asked.raw, {name.lower(): text for name, text in asked.headers.items()})
        if asked.body["type"] == "test" or asked.headers["webhook-id"] in self.seen:
            return 204, None
        assert asked.body["type"] == "order.write_back"
        self.seen.add(asked.headers["webhook-id"])
        data, order = asked.body["data"], self.order
        assert data["order_id"] == self.order_id
        if data["action"] == "note":
            order["note"] = "\n".join(filter(None, [order["note"], data["text"]]))
        elif data["action"] == "tag":
            order["tags"] = [*(tag for tag in order["tags"] if tag not in data["instead"]), data["value"]]
        else:
            order["status"] = {"cancel_order": "cancelled", "status": data["value"]}.get(data["action"], "open")
        return 204, None


SHOPS: tuple[type[OneOrder], ...] = (
    *(Shopify, Haravan, Sapo, Nhanh, Pancake, BigCommerce, Saleor, Shoplazza, Shopline),
)
