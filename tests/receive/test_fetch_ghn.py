"""GHN end to end: with the shop's token the buyer of a parcel of no known order is asked for; nobody else is called."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from tests.receive.test_fetch import fetch
from tests.stage import NOW, RULE, SECRET, Stage, later, order

TOKEN, WORD = "token-of-the-shop-at-ghn", "a-word-of-the-shop-for-ghn"
PATH = "/shiip/public-api/v2/shipping-order/detail"
OUT = {**RULE, "rule": "today", "on": ["delivery.out"], "datas": {"total": "{{ order.total }}"}}
BUYER = {
    "from_phone": "0900000998",
    "return_phone": "0900000997",
    "to_phone": "0900000001",
    "to_name": "Nguyễn Thị Mẫu",
}


class FakeGhn:
    """The detail of parcels, by their code, for who has the token."""

    def __init__(self) -> None:
        self.parcels: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, int]] = []

    def answer(self, path: str, token: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        if path != PATH:
            return 404, {"code": 404, "message": "Not found"}
        if token != TOKEN:
            return 401, {"code": 401, "message": "Token is not valid!", "data": None}
        asked = json.loads(body)
        if set(asked) != {"order_code"} or asked["order_code"] not in self.parcels:
            return 400, {"code": 400, "message": "order_code is required", "data": None}
        return 200, {"code": 200, "message": "Success", "data": self.parcels[asked["order_code"]]}


@pytest.fixture
def ghn() -> Iterator[tuple[FakeGhn, str]]:
    fake = FakeGhn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, told = fake.answer(self.path, self.headers.get("Token"), body)
            fake.asked.append((json.loads(body).get("order_code", ""), status))
            raw = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing on the screen of whoever runs the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield fake, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def stage_of(store: Store, vbot: FakeVBot, url: str, token: str = TOKEN) -> Stage:
    settings = {"token": token, "api_url": url, "allow_private_addresses": True}
    shop = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
    return Stage(
        store, vbot, OUT, sources=[shop, {"id": "ghn", "platform": "ghn", "secrets": [WORD], "settings": settings}]
    )


def test_the_buyer_of_a_parcel_of_no_known_order_is_asked_for_and_called(
    store: Store, vbot: FakeVBot, ghn: tuple[FakeGhn, str]
) -> None:
    fake, url = ghn
    stage = stage_of(store, vbot, url)
    code = f"GHN{int(NOW.timestamp() * 1000)}"
    fake.parcels[code] = BUYER
    stage.send_sample("ghn", NOW)
    stage.decide()
    fetch(stage)
    stage.run()
    call = stage.call()
    assert (call["state"], call["source"], call["datas"]) == ("placed", "ghn", {"total": 650000})
    assert (stage.rung(), fake.asked) == (["0900000001"], [(code, 200)])
    stage.send_sample("ghn", later(1), "delivered", OrderCode=code)
    stage.decide(later(1))
    stage.send_sample("ghn", later(0.5), "delivering", OrderCode=code)
    fetch(stage, later(2))
    stage.run(later(2))
    assert len(stage.calls()) == 1


def test_a_parcel_of_a_known_order_rings_that_order_whatever_the_api_says(
    store: Store, vbot: FakeVBot, ghn: tuple[FakeGhn, str]
) -> None:
    fake, url = ghn
    stage = stage_of(store, vbot, url, token="another-token")
    stage.send("order.updated", order(7), NOW)
    stage.send_sample("ghn", NOW, ClientOrderCode="DH-7")
    stage.decide()
    fetch(stage)
    stage.run()
    assert fake.asked == []  # who is called is known
    assert (stage.call()["source"], stage.rung()) == ("shop", ["0900000007"])


def test_without_its_buyer_a_parcel_of_no_known_order_rings_nobody_and_says_why(
    store: Store, vbot: FakeVBot, ghn: tuple[FakeGhn, str]
) -> None:
    _, url = ghn
    stage = stage_of(store, vbot, url, token="another-token")
    stage.send_sample("ghn", NOW)
    stage.decide()
    fetch(stage)
    stage.run()
    assert stage.decisions() == [("today", "skip", "not_fetched")]
