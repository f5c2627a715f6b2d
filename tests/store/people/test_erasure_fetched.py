"""What a shop told of a person when it was asked is erased with the person, and after its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.fake_vbot import FakeVBot
from bridge.platforms.bigcommerce.sample import order_answers, order_event
from bridge.store import Store
from bridge.store.db.tables import deliveries, fetched, metadata
from bridge.store.people.erasure import expire_bodies, forget
from bridge.store.people.person_search import find_personal_data
from bridge.store.shops.fetches import keep_documents
from tests.fakeshop import FakeShop
from tests.receive.test_fetch import bigcommerce, deliver, fetch
from tests.stage import NOW, RULE, Stage, later

PHONE, NAME = "0912345678", "Thi Quen"
MADE = NOW - timedelta(minutes=1)


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as running:
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: FakeShop) -> Stage:
    return Stage(store, vbot, RULE, sources=[bigcommerce(shop)])


def order_document(**changes: Any) -> dict[str, Any]:
    """The documents of an order of the person."""
    documents = order_answers(MADE)
    person = {"phone": "+84 912 345 678", "first_name": NAME}
    documents["order"]["billing_address"] |= person
    documents["order"] |= changes
    documents["shipping_addresses"][0] |= person
    return documents


def fetched_and_decided(stage: Stage, shop: FakeShop) -> None:
    shop.bigcommerce(order_document())
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)


def stored(stage: Stage) -> str:
    """All that the tables hold, as text."""
    with stage.store.read() as conn:
        rows = [tuple(row) for table in metadata.sorted_tables for row in conn.execute(select(table))]
    return repr(rows) + "".join(cell.decode() for row in rows for cell in row if isinstance(cell, bytes))


def erase(stage: Stage, at: Any = NOW) -> int:
    found = find_personal_data(stage.store, stage.catalogs, PHONE)
    return forget(stage.store, stage.catalogs, PHONE, found, "somebody", at, keep_dnc=False).deliveries


def test_what_was_fetched_of_a_person_is_forgotten(stage: Stage, shop: FakeShop) -> None:
    fetched_and_decided(stage, shop)
    assert NAME in stored(stage) and "912 345 678" in stored(stage)
    assert erase(stage) == 1
    assert NAME not in stored(stage) and "912 345 678" not in stored(stage) and PHONE not in stored(stage)
    assert stage.call()["reason"] == "forgotten"


def test_a_person_in_documents_that_nobody_can_read_is_found(stage: Stage, shop: FakeShop) -> None:
    shop.bigcommerce(order_document(total_inc_tax="much"))
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert [delivery["state"] for delivery in stage.deliveries()] == ["failed"]
    assert erase(stage) == 1
    assert NAME not in stored(stage)


def test_documents_end_with_their_time_and_not_before(store: Store, vbot: FakeVBot, shop: FakeShop) -> None:
    stage = Stage(store, vbot, {**RULE, "when": "false"}, sources=[bigcommerce(shop)])
    fetched_and_decided(stage, shop)
    assert expire_bodies(store, NOW - timedelta(days=1), later(days=1), 100) == 0
    assert NAME in stored(stage)
    assert expire_bodies(store, later(days=30), later(days=40), 100) == 1
    assert NAME not in stored(stage)
    assert stage.deliveries()[0]["reason"] == "erased"


def test_a_delivery_that_is_still_fetched_is_not_expired(stage: Stage) -> None:
    deliver(stage, order_event(MADE))
    stage.decide()
    assert expire_bodies(stage.store, later(days=30), later(days=40), 100) == 0
    assert [delivery["reason"] for delivery in stage.deliveries()] == ["fetching"]


def test_what_the_shop_tells_after_the_person_was_forgotten_is_not_kept(stage: Stage, shop: FakeShop) -> None:
    shop.bigcommerce({**order_document(), "products": {"not": "a list"}})
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert NAME in stored(stage)
    assert [delivery["reason"] for delivery in stage.deliveries()] == ["fetching"]
    assert erase(stage) == 1
    shop.bigcommerce(order_document())
    requested = len(shop.asked)
    fetch(stage, later(60))
    assert len(shop.asked) == requested
    assert NAME not in stored(stage)
    assert [delivery["reason"] for delivery in stage.deliveries()] == ["erased"]


def test_an_answer_to_what_was_erased_meanwhile_is_not_kept(stage: Stage) -> None:
    delivery_id = deliver(stage, order_event(MADE)).delivery_id
    assert delivery_id
    with stage.store.write() as conn:
        conn.execute(deliveries.update().values(reason="erased", state="ignored"))
        assert not keep_documents(conn, delivery_id, {"order": b"{}"}, NOW)
        assert conn.execute(select(fetched)).all() == []
