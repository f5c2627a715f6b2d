"""A shop's own word for a state ends the call that waits, with the message that tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.core.model import Request
from bridge.fake_vbot import FakeVBot
from bridge.platforms import find_platform
from bridge.receive.webhook import receive
from bridge.store import Store
from tests.platforms.wire import find_fixture
from tests.stage import NOW, RULE, SECRET, Stage, later, order

WAITING = {**RULE, "after": "10m"}
STATES = {"kho-tra-lai": "cancelled"}


def shop(platform: str) -> dict[str, Any]:
    return {"id": "shop", "platform": platform, "secrets": [SECRET], "settings": {"states": STATES}}


def send_sapo(stage: Stage, topic: str, seconds: int, **changes: Any) -> None:
    """The order of a fixture of Sapo Web, made at NOW."""
    sapo, fixture = find_platform("sapo"), find_fixture("sapo/orders_create__web-cash-on-delivery")
    assert sapo is not None
    at = later(seconds)
    document = json.loads(fixture.request.body) | {"created_on": NOW.isoformat(), "modified_on": at.isoformat()}
    body = json.dumps(document | changes).encode()
    with stage.store.read() as conn:
        source = stage.catalogs.read(conn).sources["shop"]
    request = Request("POST", "/hooks/shop", "", sapo.sign(body, topic, source, at), body)
    assert receive(stage.store, stage.catalogs, "shop", request, at).is_new


def test_an_update_of_sapo_web_ends_the_call_that_waits(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, WAITING, sources=[shop("sapo")])
    send_sapo(stage, "orders/create", 0)
    stage.run()
    assert stage.call()["state"] == "waiting"
    send_sapo(stage, "orders/updated", 60, fulfillment_status="Kho trả lại")
    stage.decide(later(60))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")
    stage.dial(later(minutes=11))
    assert stage.rung() == []


@pytest.mark.parametrize("status", ["Kho trả lại", "KHO_TRA_LAI", "Hủy đơn"])
def test_an_update_of_any_sender_ends_the_call_that_waits(store: Store, vbot: FakeVBot, status: str) -> None:
    stage = Stage(store, vbot, WAITING, sources=[shop("generic")])
    stage.send("order.created", order(1))
    stage.run()
    stage.send("order.updated", order(1, status=status, updated_at=later(60).isoformat()), later(60))
    stage.decide(later(60))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")
