"""GHN's API as strict as its documentation: the detail of a parcel, and the wish that it is delivered again."""

from __future__ import annotations

from typing import Any

from tests.notify.shop import Asked, Shop

TOKEN, SHOP_ID, CODE = "token-of-the-shop-at-ghn", "81558", "GHN7"
API = "/shiip/public-api/v2"


class Ghn(Shop):
    """`status`: of the one parcel there is."""

    def __init__(self) -> None:
        super().__init__()
        self.status = "waiting_to_return"

    @property
    def settings(self) -> dict[str, Any]:
        return {"token": TOKEN, "shop_id": SHOP_ID, "api_url": self.url, "allow_private_addresses": True}

    def is_read(self, asked: Asked) -> bool:
        return asked.path != f"{API}/switch-status/storing"

    def answer(self, asked: Asked) -> tuple[int, Any]:
        assert asked.method == "POST"
        if asked.headers.get("Token") != TOKEN:
            return 401, {"code": 401, "message": "Token is not valid!", "data": None}
        if self.is_read(asked):
            assert (asked.path, asked.body) in (
                (f"{API}/shop/all", {"offset": 0, "limit": 1}),
                (f"{API}/shipping-order/detail", {"order_code": CODE}),
            )
            return 200, {"code": 200, "message": "Success", "data": {"order_code": CODE, "status": self.status}}
        assert (asked.path, asked.body) == (f"{API}/switch-status/storing", {"order_codes": [CODE]})
        if asked.headers.get("ShopId") != SHOP_ID:
            return 400, {"code": 400, "message": "ShopID is invalid", "data": None, "code_message": "SHOP_NOT_FOUND"}
        if self.status != "waiting_to_return":
            refused = {"order_code": CODE, "result": False, "message": "the order is not waiting"}
            return 200, {"code": 200, "message": "Success", "data": [refused]}
        self.status = "storing"
        return 200, {"code": 200, "message": "Success", "data": [{"order_code": CODE, "result": True, "message": "OK"}]}
