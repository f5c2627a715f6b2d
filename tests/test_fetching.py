"""A delivery that leaves out its order waits until the shop has told, or until it is clear that it does not tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.engine import lose
from bridge.fetching import Fetcher
from bridge.model import Request
from bridge.platforms import find_platform
from bridge.platforms._samples_abroad import bigcommerce_documents, bigcommerce_event
from bridge.receive import Received, receive
from bridge.store import Store
from bridge.store.tables import fetched, fetches
from bridge.vbot.fake import FakeVBot
from tests.fakeshop import FakeShop, Spoilt
from tests.stage import NOW, RULE, SECRET, Stage, later

SHOP = "bc-shop"
MADE = NOW - timedelta(minutes=1)


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as running:
        yield running
        assert running.faults == []


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: FakeShop) -> Stage:
    return Stage(
        store, vbot, RULE, sources=[bigcommerce(shop), {"id": "shop", "platform": "generic", "secrets": [SECRET]}]
    )


def bigcommerce(shop: FakeShop, **settings: Any) -> dict[str, Any]:
    settings = {**shop.settings("bigcommerce"), **settings}
    return {"id": SHOP, "platform": "bigcommerce", "secrets": ["client-secret"], "settings": settings}


def tell(stage: Stage, document: dict[str, Any], at: datetime = NOW, source: str = SHOP) -> Received:
    """A delivery of this document, signed by its platform."""
    with stage.store.read() as conn:
        known = stage.catalogs.read(conn).sources[source]
    platform = find_platform(known.platform)
    assert platform is not None
    body = json.dumps(document).encode()
    headers = platform.sign(body, str(document.get("scope", "")), known, at)
    return receive(stage.store, stage.catalogs, source, Request("POST", f"/hooks/{source}", "", headers, body), at)


def fetch(stage: Stage, at: datetime = NOW) -> None:
    """One round of fetching, to its end, and what it made decidable decided."""
    fetcher = Fetcher(stage.store, stage.catalogs, lose)
    fetcher.look(at)
    fetcher.join()
    stage.decide(at)


def give_up(stage: Stage, seconds: float = 280) -> datetime:
    """Rounds of fetching until the patience is over."""
    at = NOW
    while at < later(seconds):
        at += timedelta(seconds=2)
        fetch(stage, at)
    return at


def waiting(stage: Stage) -> list[tuple[Any, ...]]:
    with stage.store.read() as conn:
        return [tuple(row) for row in conn.execute(select(fetches.c.wake_at, fetches.c.tries, fetches.c.reason))]


def documents(stage: Stage) -> list[str]:
    with stage.store.read() as conn:
        return list(conn.execute(select(fetched.c.name).order_by(fetched.c.name)).scalars())


def test_a_thin_delivery_is_fetched_then_decided_and_rings_with_what_the_shop_told(
    stage: Stage, shop: FakeShop
) -> None:
    shop.bigcommerce(bigcommerce_documents(MADE))
    tell(stage, bigcommerce_event(MADE))
    stage.decide()
    assert stage.calls() == []
    assert shop.asked == []
    fetch(stage)
    assert [path.rpartition("/")[2] for path in shop.paths[1:]] == ["shipping_addresses?limit=50", "products?limit=250"]
    assert documents(stage) == ["order", "products", "shipping_addresses"]
    stage.dial()
    assert stage.call()["state"] == "placed"
    assert stage.call()["datas"] == {"total": 650000}
    assert stage.rung() == ["0900000" + f"{int(MADE.timestamp() * 1000) % 1000:03d}"]


def test_to_people_a_delivery_that_is_being_fetched_is_stored_with_its_reason(stage: Stage, shop: FakeShop) -> None:
    shop.spoil.append(Spoilt(503))
    tell(stage, bigcommerce_event(MADE))
    stage.decide()
    (shown,) = stage.deliveries()
    assert (shown["state"], shown["reason"], shown["detail"]) == ("stored", "fetching", None)
    fetch(stage)
    (shown,) = stage.deliveries()
    assert (shown["state"], shown["reason"], shown["detail"]) == ("stored", "fetching", "fetch_no_answer")
