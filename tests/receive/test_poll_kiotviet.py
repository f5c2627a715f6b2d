"""KiotViet is asked for its changed orders with the token that it lends; the rest is fetched as after a webhook."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.platforms.shared.sample import VIETNAM
from bridge.receive.poll import poll_shops
from bridge.store import Store
from tests.fakeshop import FakeShop
from tests.receive.test_fetch import fetch
from tests.receive.test_fetch_kiotviet import deliver, has, kiotviet, update
from tests.receive.test_poll import poll
from tests.stage import NOW, RULE, Stage, later


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as running:
        running.documents["/orders"] = {"total": 0, "pageSize": 100, "data": []}
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: FakeShop) -> Stage:
    return Stage(store, vbot, RULE, sources=[kiotviet(shop)])


def local(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M:%S.0000000")


def lists(shop: FakeShop, made: datetime, number: int = 1, **changes: Any) -> None:
    """The shop has an order that was made at this instant, and lists it."""
    has(shop, number)
    path = list(shop.documents)[-1]
    told = shop.documents[path] | {"purchaseDate": local(made), "modifiedDate": local(made)} | changes
    shop.documents[path] = told
    listed = shop.documents["/orders"]
    listed["data"].append({name: value for name, value in told.items() if name != "orderDelivery"})
    listed["total"] += 1


def look(stage: Stage, at: datetime) -> int:
    found = poll_shops(stage.store, stage.catalogs, at, time.monotonic)
    stage.decide(at)
    fetch(stage, at)
    return found


def test_an_order_that_no_webhook_told_is_recovered_with_its_phone_and_rings_once(stage: Stage, shop: FakeShop) -> None:
    look(stage, later())
    lists(shop, later(60))
    assert look(stage, later(minutes=6)) == 1
    (delivery,) = stage.deliveries()
    assert (delivery["recovered"], delivery["events"][0]["topic"]) == (True, "order.created")
    stage.dial(later(minutes=6))
    assert len(stage.rung()) == 1
    for minutes in (12, 18):
        assert look(stage, later(minutes=minutes)) == 0
    assert (len(stage.calls()), poll(stage)["recovered"], shop.faults) == (1, 1, [])


def test_the_shop_is_asked_in_its_own_time_with_one_token_for_all(stage: Stage, shop: FakeShop) -> None:
    look(stage, later())
    look(stage, later(minutes=6))
    assert shop.paths[1].startswith("/orders?lastModifiedFrom=2026-11-23T10%3A00%3A00&")
    assert len(shop.tokens) == 1
    shop.tokens.append("changed-by-the-shop")
    look(stage, later(minutes=12))
    assert (poll(stage)["failures"], shop.faults, len(shop.tokens)) == (0, ["token"], 3)


def test_what_a_webhook_told_is_not_recovered(stage: Stage, shop: FakeShop) -> None:
    look(stage, later())
    lists(shop, NOW - timedelta(minutes=1))
    deliver(
        stage, update(PurchaseDate=local(NOW - timedelta(minutes=1)), ModifiedDate=local(NOW - timedelta(minutes=1)))
    )
    stage.decide()
    fetch(stage)
    assert look(stage, later(minutes=6)) == 0
    assert len(stage.deliveries()) == 1


def test_an_order_from_before_the_first_look_that_changes_does_not_pass_for_new(stage: Stage, shop: FakeShop) -> None:
    look(stage, later())
    lists(shop, later(hours=-3), modifiedDate=local(later(60)))
    assert look(stage, later(minutes=6)) == 0
    assert stage.deliveries() == []


def test_credentials_that_the_shop_refuses_are_the_reason(store: Store, vbot: FakeVBot, shop: FakeShop) -> None:
    stage = Stage(store, vbot, RULE, sources=[kiotviet(shop, client_secret="wrong-secret")])
    look(stage, later())
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (1, "fetch_credentials")
