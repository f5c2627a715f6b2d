"""New is what the shop means by new: an order rings once, in whatever state it is first seen."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from bridge.core.model import Request
from bridge.fake_vbot import FakeVBot
from bridge.platforms import find_platform
from bridge.receive.webhook import receive
from bridge.store import Store
from tests.stage import NOW, RULE, Stage, later, reasons

COD = {**RULE, "when": "order.payment.cod"}


def shop(store: Store, vbot: FakeVBot, platform: str) -> Stage:
    return Stage(store, vbot, COD, sources=[{"id": "shop", "platform": platform, "secrets": ["a-secret-of-the-tests"]}])


def deliver(stage: Stage, topic: str, document: dict[str, Any], at: datetime = NOW) -> None:
    """The document as the source's platform sends it, decided."""
    with stage.store.read() as conn:
        source = stage.catalogs.read(conn).sources["shop"]
    platform = find_platform(source.platform)
    assert platform is not None
    body = json.dumps(document).encode()
    request = Request("POST", "/hooks/shop", "", platform.sign(body, topic, source, at), body)
    receive(stage.store, stage.catalogs, "shop", request, at)
    stage.decide(at)


def pancake(status: int, seconds: float = 0, **changes: Any) -> dict[str, Any]:
    made = later(-60).replace(tzinfo=None)
    return {
        "id": 77,
        "system_id": 77,
        "status": status,
        "inserted_at": made.isoformat(),
        "updated_at": later(seconds - 60).replace(tzinfo=None).isoformat(),
        "bill_phone_number": "0912345671",
        "money_to_collect": 420000,
        **changes,
    }


@pytest.mark.parametrize("first", [0, 10, 17])
def test_pancakes_order_that_waits_to_be_confirmed_is_called_once(store: Store, vbot: FakeVBot, first: int) -> None:
    stage = shop(store, vbot, "pancake")
    deliver(stage, "", pancake(first))
    for n, status in enumerate((first, 0, 1), 1):
        deliver(stage, "", pancake(status, n * 600, note=f"{n}"), later(n * 600))
    assert reasons(stage.decisions()) == ["wanted", "no_rule", "no_rule", "no_rule"]
    stage.dial(later(3000))
    assert stage.rung() == ["0912345671"]


def test_an_order_first_seen_in_another_state_is_called_once_it_is_new(store: Store, vbot: FakeVBot) -> None:
    stage = shop(store, vbot, "pancake")
    for n, status in enumerate((12, 0, 0)):
        deliver(stage, "", pancake(status, n * 60), later(n * 60))
    assert reasons(stage.decisions()) == ["no_rule", "wanted", "no_rule"]
    stage.dial(later(300))
    assert stage.rung() == ["0912345671"]


def test_in_whatever_order_its_states_arrive_it_rings_at_most_once(store: Store, vbot: FakeVBot) -> None:
    states = [(10, 0.0), (0, 60.0), (17, 120.0)]
    for number, arrival in enumerate(permutations(states)):
        stage = shop(store, vbot, "pancake")
        for n, (status, seconds) in enumerate(arrival):
            deliver(stage, "", pancake(status, seconds, id=number, system_id=number, note=f"{n}"), later(n))
        stage.dial(later(300 + 700 * number))
    assert len(stage.calls()) == 6
    assert len({call["order_id"] for call in stage.calls()}) == 6


def woocommerce(status: str, seconds: float = 0, **changes: Any) -> dict[str, Any]:
    changed = later(seconds - 60).replace(tzinfo=None).isoformat()
    return {
        "id": 77,
        "parent_id": 0,
        "number": "DH-77",
        "status": status,
        "currency": "VND",
        "total": "420000",
        "date_created_gmt": later(-60).replace(tzinfo=None).isoformat(),
        "date_modified_gmt": changed,
        "billing": {"phone": "0912345671", "country": "VN"},
        "payment_method": "cod",
        "line_items": [],
        **changes,
    }


def test_woocommerces_pending_order_that_is_processed_later_is_called_once(store: Store, vbot: FakeVBot) -> None:
    stage = shop(store, vbot, "woocommerce")
    deliver(stage, "order.created", woocommerce("pending"))
    deliver(stage, "order.updated", woocommerce("processing", 60), later(60))
    deliver(stage, "order.created", woocommerce("processing", 60), later(61))
    assert reasons(stage.decisions()) == ["wanted", "no_rule", "already_called"]
    stage.dial(later(120))
    assert stage.rung() == ["0912345671"]


def test_of_what_a_plug_in_of_woocommerce_splits_the_whole_rings(store: Store, vbot: FakeVBot) -> None:
    stage = shop(store, vbot, "woocommerce")
    deliver(stage, "order.created", woocommerce("processing", id=78, number="DH-78", parent_id=77, total="200000"))
    deliver(stage, "order.created", woocommerce("processing"))
    deliver(stage, "order.created", woocommerce("processing", id=79, number="DH-79", parent_id=77, total="220000"))
    assert reasons(stage.decisions()) == ["part_of_order", "wanted", "part_of_order"]
    assert stage.call()["datas"] == {"total": 420000}


@pytest.mark.parametrize("status", ["draft", "finalized"])
def test_sapo_gos_first_message_about_an_open_order_is_new(store: Store, vbot: FakeVBot, status: str) -> None:
    stage = shop(store, vbot, "sapo")
    document = {
        "id": 77,
        "tenant_id": 1,
        "code": "SON77",
        "status": status,
        "created_on": later(-600).isoformat(),
        "total": 420000,
        "payment_status": "unpaid",
        "tags": ["COD"],
        "phone_number": "0912345671",
    }
    for n in range(3):
        changed = {"modified_on": later(n * 60).isoformat(), "note": f"{n}"}
        deliver(stage, "orders/update", document | changed, later(n * 60))
    assert reasons(stage.decisions()) == ["wanted", "no_rule", "no_rule"]
