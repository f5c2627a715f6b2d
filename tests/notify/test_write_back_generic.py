"""A shop of any kind is told by signed requests, which its program takes as Standard Webhooks, once each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from svix.webhooks import Webhook as SvixWebhook

from tests.notify.shop import Instead
from tests.notify.shops import OwnProgram
from tests.notify.test_write_back_platforms import MARKER, NOTE, Bridge


@pytest.fixture
def shop() -> Iterator[OwnProgram]:
    with OwnProgram() as running:
        yield running
        assert running.faults == []


def test_a_ready_library_verifies_what_it_is_told_and_the_body_says_what_to_do(shop: OwnProgram) -> None:
    assert Bridge(shop).reason("note") is None
    (asked,) = shop.asked
    headers = {name.lower().replace("webhook-", "svix-"): text for name, text in asked.headers.items()}
    SvixWebhook(shop.secret).verify(asked.raw, headers)  # raises where it is not signed
    assert asked.body["type"] == "order.write_back" and asked.headers["Content-Type"].startswith("application/json")
    assert asked.body["data"] == {
        **{"source": "shop", "order_id": shop.order_id, "call_id": 4711, "result": "confirmed", "action": "note"},
        **{"value": "Khách xác nhận đơn", "text": NOTE, "marker": MARKER, "instead": []},
    }
    assert len(asked.raw) < 20_000 and "." not in asked.headers["webhook-id"]


def test_what_is_sent_again_has_the_id_of_the_first_time_and_is_done_once(shop: OwnProgram) -> None:
    bridge = Bridge(shop)
    shop.instead.append(Instead(cut=True, after=True))
    assert bridge.write("note").is_unsure
    assert bridge.reason("note", again=True) is None
    assert len(shop.asked) == 2 and len({asked.headers["webhook-id"] for asked in shop.asked}) == 1
    assert shop.note() == NOTE


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (Instead(204, b""), None),
        (Instead(200, b"ok"), None),
        (Instead(401), "write_credentials"),
        (Instead(404), "write_order_gone"),
        (Instead(409), "write_locked"),
        (Instead(410), "write_address"),
        (Instead(302, headers={"Location": "http://127.0.0.1:9/"}), "write_redirected"),
        (Instead(503, headers={"Retry-After": "30"}), "write_no_answer"),
    ],
)
def test_its_status_alone_says_what_became_of_it(shop: OwnProgram, instead: Instead, reason: str | None) -> None:
    shop.instead.append(instead)
    assert Bridge(shop).reason("note") == reason


@pytest.mark.parametrize("url", ["http://shop.example.com/vbot", "https://127.0.0.1/vbot", "https://10.0.0.1/"])
def test_it_cannot_lead_into_the_network_of_the_bridge(shop: OwnProgram, url: str) -> None:
    own: dict[str, Any] = {"allow_private_addresses": False, "write_back_url": url}
    assert Bridge(shop, **own).reason("note") == "write_address"
    assert shop.asked == []
