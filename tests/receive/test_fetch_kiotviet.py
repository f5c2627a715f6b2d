"""KiotViet end to end: a token is borrowed, each order of a batch is asked for, then its customer; new or changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.engine import lose
from bridge.fake_vbot import FakeVBot
from bridge.monitor.source_health import describe_sources, look_at_sources
from bridge.platforms.kiotviet.sample import order_answers, order_batch
from bridge.receive.fetch import Fetcher
from bridge.receive.webhook import Received
from bridge.store import Store
from bridge.store.db.tables import tokens
from bridge.store.operation.alarms import list_alarms
from tests.fakeshop import CLIENT_SECRET, FakeShop, Spoilt
from tests.receive.test_fetch import deliver as deliver_from
from tests.receive.test_fetch import fetch, give_up, waiting
from tests.stage import NOW, RULE, Stage, later, reasons

SHOP = "kiot-shop"
MADE = NOW - timedelta(minutes=1)
UPDATES = {"rule": "changed", "template": "CHANGED", "on": ["order.updated"], "cooldown": 0}


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as running:
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: FakeShop) -> Stage:
    return Stage(store, vbot, RULE, sources=[kiotviet(shop)])


def deliver(stage: Stage, document: dict[str, Any], at: datetime = NOW) -> Received:
    return deliver_from(stage, document, at, SHOP)


def kiotviet(shop: FakeShop, **settings: Any) -> dict[str, Any]:
    settings = {**shop.settings("kiotviet"), **settings}
    return {"id": SHOP, "platform": "kiotviet", "secrets": ["registered-secret"], "settings": settings}


def update(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A delivery of one order, another one for each number."""
    document = order_batch(MADE + timedelta(milliseconds=number))
    document["Notifications"][0]["Data"][0] |= changes
    return document


def has(shop: FakeShop, number: int = 1, **changes: Any) -> None:
    """The shop has this order."""
    ((name, told),) = order_answers(MADE + timedelta(milliseconds=number)).items()
    shop.documents[f"/orders/{name.removeprefix('order:')}"] = {**told, **changes}


def batch(*documents: dict[str, Any]) -> dict[str, Any]:
    data = [document["Notifications"][0]["Data"][0] for document in documents]
    return {**documents[0], "Notifications": [{"Action": "order.update", "Data": data}]}


def test_the_phone_comes_from_the_order_with_a_borrowed_token(stage: Stage, shop: FakeShop) -> None:
    has(shop)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    assert [asked.path.partition("/")[2].partition("/")[0] for asked in shop.asked] == ["connect", "orders"]
    stage.dial()
    assert (stage.call()["state"], stage.call()["datas"]) == ("placed", {"total": 650000})
    assert len(stage.rung()) == 1 and shop.faults == []


def test_without_one_the_phone_comes_from_the_customer(stage: Stage, shop: FakeShop) -> None:
    has(shop, orderDelivery=None)
    shop.documents["/customers/20001"] = {"id": 20001, "contactNumber": "0911 222 333"}
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    stage.dial()
    assert stage.rung() == ["0911222333"]
    assert shop.paths[-1] == "/customers/20001"


def test_an_order_without_any_phone_says_so_and_not_that_the_shop_was_silent(stage: Stage, shop: FakeShop) -> None:
    has(shop, orderDelivery=None)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    ((_, decision, reason),) = stage.decisions()
    assert decision == "skip" and "phone" in reason


def test_one_token_serves_all_deliveries_and_a_refused_one_is_replaced_once(stage: Stage, shop: FakeShop) -> None:
    for number in (1, 2, 3):
        has(shop, number)
        deliver(stage, update(number))
    stage.decide()
    fetcher = Fetcher(stage.store, stage.catalogs, lose)
    fetcher.look(NOW)
    fetcher.join()
    assert len(shop.tokens) == 1
    shop.tokens.append("changed-by-the-shop")
    has(shop, 4)
    deliver(stage, update(4))
    stage.decide()
    fetcher.look(NOW)
    fetcher.join()
    stage.decide()
    assert len(shop.tokens) == 3
    assert shop.faults == ["token"]
    assert [call["state"] for call in stage.calls()] == ["waiting"] * 4


def test_a_token_at_its_end_is_renewed_before_it_is_refused(stage: Stage, shop: FakeShop) -> None:
    shop.token_seconds = 61
    has(shop)
    deliver(stage, update())
    stage.decide()
    fetcher = Fetcher(stage.store, stage.catalogs, lose)
    fetcher.look(NOW)
    fetcher.join()
    has(shop, 2)
    deliver(stage, update(2), later(5))
    stage.decide(later(5))
    # A life of 61 seconds less the margin of 60 is over by now, or in a moment.
    fetcher.look(later(5))
    fetcher.join()
    assert shop.faults == []
    stage.decide(later(5))
    assert len(stage.calls()) == 2


def test_all_workers_take_one_token_which_is_sealed_in_the_database(stage: Stage, shop: FakeShop) -> None:
    for number in (1, 2, 3):
        has(shop, number)
        deliver(stage, update(number), later(number))
        stage.decide(later(number))
        fetch(stage, later(number))  # a worker that was started a moment ago
    assert shop.tokens == ["issued-token-0"]
    assert [call["state"] for call in stage.calls()] == ["waiting"] * 3
    ((name, sealed, version),) = issued(stage)
    assert (name, "issued-token" in sealed) == (f"source {SHOP}", False)
    shop.tokens.append("changed-by-the-shop")
    has(shop, 4)
    deliver(stage, update(4), later(4))
    stage.decide(later(4))
    fetch(stage, later(4))
    ((_, renewed, later_version),) = issued(stage)
    assert later_version > version and renewed != sealed
    assert shop.faults == ["token"]


@pytest.mark.parametrize("change", ["settings", "credentials", "nothing"])
def test_a_token_that_was_issued_for_other_settings_is_not_used(stage: Stage, shop: FakeShop, change: str) -> None:
    has(shop)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    changed = {"settings": {"retailer": "cuahangkhac"}, "credentials": {"client_secret": "mended"}, "nothing": {}}
    stage.apply(RULE, sources=[kiotviet(shop, **changed[change])])
    ((_, sealed, _),) = issued(stage)
    assert bool(sealed) == (change == "nothing")


def test_the_token_of_a_source_that_is_removed_goes_with_it(stage: Stage, shop: FakeShop) -> None:
    has(shop)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    stage.apply(RULE, sources=[])
    ((_, sealed, _),) = issued(stage)
    assert sealed == ""


def issued(stage: Stage) -> list[tuple[str, str, int]]:
    with stage.store.read() as conn:
        return [(row.name, row.sealed, row.version) for row in conn.execute(select(tokens))]


def test_refused_credentials_end_all_at_once_and_are_not_shown_for_each_delivery(
    store: Store, vbot: FakeVBot, shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(store, vbot, RULE, sources=[kiotviet(shop, client_secret="wrong-secret")])
    for number in range(1, 5):
        deliver(stage, update(number))
    stage.decide()
    fetch(stage)
    assert shop.paths == ["/connect/token"]
    assert reasons(stage.decisions()) == ["not_fetched"] * 4
    assert {row[2] for row in waiting(stage)} == {"fetch_credentials"}
    assert "wrong-secret" not in caplog.text and CLIENT_SECRET not in caplog.text


@pytest.mark.parametrize("spoilt", [Spoilt(500), Spoilt(200, body=b"<html>"), Spoilt(200, body=b'{"access_token": 5}')])
def test_a_token_that_cannot_be_had_now_is_asked_for_again(stage: Stage, shop: FakeShop, spoilt: Spoilt) -> None:
    has(shop)
    shop.spoil_tokens.append(spoilt)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    assert [row[1:] for row in waiting(stage)] == [(1, "fetch_no_answer")]
    give_up(stage)
    assert reasons(stage.decisions()) == ["wanted"]


def test_orders_that_cannot_be_fetched_one_after_the_other_raise_an_alarm_that_closes(
    store: Store, vbot: FakeVBot, shop: FakeShop
) -> None:
    stage = Stage(store, vbot, RULE, sources=[kiotviet(shop, client_secret="wrong-secret")])
    for number in range(1, 4):
        assert fares(stage) == ({"failures": number - 1, "reason": "fetch_credentials" if number > 1 else None}, [])
        deliver(stage, update(number))
        stage.decide()
        fetch(stage)
    told = {"failures": 3, "reason": "fetch_credentials"}
    assert fares(stage) == (told, [("fetch_failing:kiot-shop", {"source": SHOP, **told})])
    stage.apply(RULE, sources=[kiotviet(shop)])
    has(shop, 4)
    deliver(stage, update(4), later(4))
    stage.decide(later(4))
    fetch(stage, later(4))
    assert fares(stage) == ({"failures": 0, "reason": None}, [])


def fares(stage: Stage) -> tuple[Any, list[Any]]:
    """What `sources` tells of the fetches, and the alarms about them."""
    look_at_sources(stage.store, stage.catalogs, later(60))
    with stage.store.read() as conn:
        (item,) = describe_sources(conn, stage.catalogs.read(conn), later(60))
        return item["fetch"], [(alarm["key"], alarm["facts"]) for alarm in list_alarms(conn)]


CHANNELS = {"total": 1, "data": [{"id": 7, "name": "Shopee", "isActive": True}, {"id": 8, "name": "Zalo"}]}


def test_an_order_of_a_marketplace_is_known_by_the_name_of_its_channel(stage: Stage, shop: FakeShop) -> None:
    shop.documents["/salechannel"] = CHANNELS
    has(shop, saleChannelId=7, orderDelivery={"receiver": "N***n", "contactNumber": "09******12"})
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    assert stage.decisions() == [("confirm", "skip", "marketplace_hides_phone")]
    assert shop.paths[-1] == "/salechannel?pageSize=100" and shop.faults == []


def test_a_whole_number_of_a_marketplace_is_rung_and_a_name_needs_no_asking(stage: Stage, shop: FakeShop) -> None:
    has(shop, SaleChannelId=7, SaleChannelName="Shopee")
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    stage.dial()
    assert len(stage.rung()) == 1
    assert "/salechannel?pageSize=100" not in shop.paths


@pytest.mark.parametrize("channel", [None, 0])
def test_what_was_sold_at_the_counter_needs_no_names_of_channels(stage: Stage, shop: FakeShop, channel: Any) -> None:
    has(shop, saleChannelId=channel)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    assert reasons(stage.decisions()) == ["wanted"]
    assert "/salechannel?pageSize=100" not in shop.paths


def test_channels_that_the_shop_does_not_tell_hold_no_order_back(stage: Stage, shop: FakeShop) -> None:
    has(shop, saleChannelId=8)
    shop.spoil += [Spoilt(200, body=json.dumps(shop.documents[next(iter(shop.documents))]).encode()), Spoilt(403)]
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    assert reasons(stage.decisions()) == ["wanted"]


def test_each_order_of_a_batch_is_decided_and_one_that_the_shop_lacks_keeps_none_back(
    stage: Stage, shop: FakeShop
) -> None:
    has(shop, 1)
    has(shop, 3)
    deliver(stage, batch(update(1), update(2), update(3), update(4, Status=4, StatusValue="Đã hủy")))
    stage.decide()
    give_up(stage)
    assert sorted(reasons(stage.decisions())) == ["not_fetched", "order_cancelled", "wanted", "wanted"]
    assert len(stage.calls()) == 2


def test_the_first_update_seen_of_an_order_is_its_creation_and_the_next_a_change(
    store: Store, vbot: FakeVBot, shop: FakeShop
) -> None:
    stage = Stage(store, vbot, RULE, UPDATES, sources=[kiotviet(shop)])
    has(shop)
    deliver(stage, update())
    changed = (NOW + timedelta(seconds=5, hours=7)).strftime("%Y-%m-%dT%H:%M:%S")
    stage.decide()
    fetch(stage)
    has(shop, modifiedDate=changed)
    deliver(stage, update(ModifiedDate=changed, Description="Giao sau 18 giờ"), later(5))
    stage.decide(later(5))
    fetch(stage, later(5))
    told = [event["topic"] for delivery in stage.deliveries() for event in delivery["events"]]
    assert told == ["order.created", "order.updated"]
    assert [decision[:2] for decision in stage.decisions()] == [("confirm", "call"), ("changed", "call")]


def test_a_resend_with_another_attempt_is_the_same_delivery(stage: Stage, shop: FakeShop) -> None:
    has(shop)
    deliver(stage, update())
    again = deliver(stage, {**update(), "Attempt": 2})
    assert not again.is_new
    assert deliver(stage, update(Description="khác")).is_new


def test_a_cancel_needs_no_asking_and_stops_the_call(stage: Stage, shop: FakeShop) -> None:
    has(shop)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    asked = len(shop.asked)
    changed = (NOW + timedelta(seconds=5, hours=7)).strftime("%Y-%m-%dT%H:%M:%S")
    deliver(stage, update(Status=4, StatusValue="Đã hủy", ModifiedDate=changed), later(5))
    stage.decide(later(5))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")
    assert len(shop.asked) == asked


def test_an_order_older_than_its_delivery_is_asked_for_again(stage: Stage, shop: FakeShop) -> None:
    has(shop, modifiedDate="2026-11-22T08:00:00")
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    assert [row[1:] for row in waiting(stage)] == [(1, "fetch_stale")]
    has(shop)
    give_up(stage)
    assert reasons(stage.decisions()) == ["wanted"]


def test_what_was_cancelled_since_is_not_rung(stage: Stage, shop: FakeShop) -> None:
    changed = (NOW + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S.%f")
    has(shop, status=4, statusValue="Đã hủy", modifiedDate=changed)
    deliver(stage, update())
    stage.decide()
    fetch(stage)
    stage.dial()
    assert stage.calls() == []
    assert json.dumps(stage.deliveries()[0]["events"]).count("order.cancelled") == 1
