"""A delivery that leaves out its order waits until the shop has told, or until it is clear that it does not tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.core.model import Request
from bridge.decide.replay import replay
from bridge.engine import lose
from bridge.fake_vbot import FakeVBot
from bridge.monitor.source_health import describe_sources
from bridge.platforms.bigcommerce.sample import order_answers, order_event
from bridge.receive.fetch import Fetcher
from bridge.receive.webhook import Received, receive
from bridge.store import Store, make_seal
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.db.tables import fetched, fetches, sources
from bridge.store.reports.balance import read_balance
from bridge.store.shops.fetches import FETCH_TIME
from bridge.store.undecided import has_undecided
from tests.fakeshop import FakeShop, Spoilt
from tests.processes import open_site, wait_for
from tests.stage import HOTLINE, NOW, RULE, SECRET, Stage, later, order

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


def deliver(stage: Stage, document: dict[str, Any], at: datetime = NOW, source: str = SHOP) -> Received:
    """A delivery of this document, signed by its platform."""
    with stage.store.read() as conn:
        shop = stage.catalogs.read(conn).shop(source)
    assert shop is not None
    body = json.dumps(document).encode()
    headers = shop.platform.sign(body, str(document.get("scope", "")), shop.source, at)
    return receive(stage.store, stage.catalogs, source, Request("POST", f"/hooks/{source}", "", headers, body), at)


def fetch(stage: Stage, at: datetime = NOW) -> None:
    """One round of fetching, to its end, and what it made decidable decided."""
    fetcher = Fetcher(stage.store, stage.catalogs, lose)
    fetcher.look(at)
    fetcher.join()
    stage.decide(at)


def give_up(stage: Stage) -> list[float]:
    """Rounds of fetching, each as soon as it is due, until nothing is; at which second each was."""
    seconds = []
    while due := [wake_at for wake_at, _, _ in waiting(stage) if wake_at is not None]:
        seconds.append((due[0] - NOW).total_seconds())
        fetch(stage, due[0])
    return seconds


def waiting(stage: Stage) -> list[tuple[Any, ...]]:
    with stage.store.read() as conn:
        query = select(fetches.c.wake_at, fetches.c.tries, fetches.c.reason).order_by(fetches.c.delivery_id)
        return [tuple(row) for row in conn.execute(query)]


def unexplained(stage: Stage, at: datetime) -> int:
    with stage.store.read() as conn:
        return int(read_balance(conn, NOW - timedelta(days=1), {SHOP: ["order.created"]}, at)["unexplained_total"])


def again(stage: Stage, at: datetime) -> list[str]:
    """Everything is replayed; what became of each delivery."""
    ids = [delivery["id"] for delivery in stage.deliveries()]
    return [done.outcome for done in replay(stage.store, stage.catalogs, ids, lambda: at, HOTLINE)]


def documents(stage: Stage) -> list[str]:
    with stage.store.read() as conn:
        return list(conn.execute(select(fetched.c.name).order_by(fetched.c.name)).scalars())


def test_a_thin_delivery_is_fetched_then_decided_and_rings_with_what_the_shop_told(
    stage: Stage, shop: FakeShop
) -> None:
    shop.bigcommerce(order_answers(MADE))
    deliver(stage, order_event(MADE))
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
    deliver(stage, order_event(MADE))
    stage.decide()
    (shown,) = stage.deliveries()
    assert (shown["state"], shown["reason"], shown["detail"]) == ("stored", "fetching", None)
    fetch(stage)
    (shown,) = stage.deliveries()
    assert (shown["state"], shown["reason"], shown["detail"]) == ("stored", "fetching", "fetch_no_answer")


def test_what_the_shop_does_not_have_ends_decided_within_five_minutes_and_replay_asks_again(
    stage: Stage, shop: FakeShop
) -> None:
    deliver(stage, order_event(MADE))
    stage.decide()
    tries = give_up(stage)
    assert tries == sorted(tries) and len(tries) > 5
    assert timedelta(seconds=200) < timedelta(seconds=tries[-1]) < FETCH_TIME
    assert stage.decisions() == [("confirm", "skip", "not_fetched")]
    (decision,) = stage.deliveries()[0]["decisions"]
    assert "404" in decision["sentence"] and "404" in decision["sentence_en"]
    assert stage.deliveries()[0]["state"] == "decided"
    assert unexplained(stage, later(301)) == 0
    shop.bigcommerce(order_answers(MADE))
    assert again(stage, later(400)) == ["decided"]
    stage.dial(later(400))
    assert stage.call()["state"] == "placed"
    assert len(stage.rung()) == 1


def test_while_it_is_undecided_for_long_the_balance_says_so(stage: Stage) -> None:
    deliver(stage, order_event(MADE))
    stage.decide()
    assert unexplained(stage, later(299)) == 0
    assert unexplained(stage, later(301)) == 1


@pytest.mark.parametrize(
    "spoilt, reason",
    [
        (Spoilt(401), "fetch_credentials"),
        (Spoilt(403), "fetch_credentials"),
        (Spoilt(302, {"Location": "http://127.0.0.1:9/"}), "fetch_redirected"),
    ],
)
def test_what_no_later_try_mends_is_decided_at_once(stage: Stage, shop: FakeShop, spoilt: Spoilt, reason: str) -> None:
    shop.bigcommerce(order_answers(MADE))
    shop.spoil.append(spoilt)
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert waiting(stage) == [(None, 0, reason)]
    assert stage.decisions() == [("confirm", "skip", "not_fetched")]
    assert len(shop.asked) == 1


@pytest.mark.parametrize(
    "spoilt, reason",
    [
        (Spoilt(500), "fetch_no_answer"),
        (Spoilt(429), "fetch_rate_limited"),
        (Spoilt(200, body=b"not json"), "fetch_bad_answer"),
        (Spoilt(200, body=b"[" * 100_000), "fetch_bad_answer"),
        (Spoilt(200, body=b'{"id": 1}'), "fetch_bad_answer"),
        (Spoilt(200, body=b"x" * 1_100_000), "fetch_bad_answer"),
        (Spoilt(404), "fetch_not_found"),
        (Spoilt(400), "fetch_bad_answer"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.status),
)
def test_a_passing_failure_is_told_and_the_next_try_decides(
    stage: Stage, shop: FakeShop, spoilt: Spoilt, reason: str
) -> None:
    shop.bigcommerce(order_answers(MADE))
    shop.spoil.append(spoilt)
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    ((wake_at, tries, told),) = waiting(stage)
    assert (tries, told) == (1, reason)
    fetch(stage, wake_at - timedelta(seconds=1))
    assert len(shop.asked) == 1
    fetch(stage, wake_at)
    assert stage.decisions() == [("confirm", "call", "wanted")]


@pytest.mark.parametrize(
    "headers, seconds", [({"Retry-After": "60"}, 60), ({"X-Rate-Limit-Time-Reset-Ms": "15000"}, 15)]
)
def test_the_shop_is_left_alone_as_long_as_it_asks(
    stage: Stage, shop: FakeShop, headers: dict[str, str], seconds: int
) -> None:
    shop.spoil.append(Spoilt(429, headers))
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    ((wake_at, _, _),) = waiting(stage)
    assert later(seconds) <= wake_at < later(seconds + 30)


def test_a_shop_that_wants_to_be_left_alone_for_longer_than_we_may_wait_ends_it(stage: Stage, shop: FakeShop) -> None:
    shop.spoil.append(Spoilt(429, {"Retry-After": "3600"}))
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert stage.decisions() == [("confirm", "skip", "not_fetched")]


def test_an_order_older_than_its_event_is_asked_for_again_and_not_believed(stage: Stage, shop: FakeShop) -> None:
    old = order_answers(MADE - timedelta(hours=1))
    shop.bigcommerce({**old, "order": {**old["order"], "id": order_event(MADE)["data"]["id"]}})
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert [row[2] for row in waiting(stage)] == ["fetch_stale"]
    assert documents(stage) == []
    shop.bigcommerce(order_answers(MADE))
    give_up(stage)
    assert stage.decisions() == [("confirm", "call", "wanted")]


def test_an_order_still_in_the_status_that_it_left_is_asked_for_again(stage: Stage, shop: FakeShop) -> None:
    event = order_event(MADE)
    event |= {"scope": "store/order/statusUpdated"}
    event["data"]["status"] = {"previous_status_id": 11, "new_status_id": 5}
    shop.bigcommerce(order_answers(MADE))
    deliver(stage, event)
    stage.decide()
    fetch(stage)
    assert [row[2] for row in waiting(stage)] == ["fetch_stale"]


def test_a_silent_shop_holds_up_neither_other_shops_nor_the_deciders(store: Store, vbot: FakeVBot) -> None:
    with FakeShop() as slow, FakeShop() as quick:
        second = {**bigcommerce(quick), "id": "quick"}
        own = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
        stage = Stage(store, vbot, RULE, sources=[bigcommerce(slow), second, own])
        slow.spoil.append(Spoilt(silent=True))
        quick.bigcommerce(order_answers(MADE))
        deliver(stage, order_event(MADE))
        stage.decide()
        fetcher = Fetcher(store, stage.catalogs, lose)
        fetcher.look(NOW)
        assert slow.held.wait(10)
        deliver(stage, order_event(MADE), source="quick")
        stage.send("order.created", order())
        stage.decide()
        assert [call["source"] for call in stage.calls()] == ["shop"]
        fetcher.look(NOW)
        wait_for("the other shop", lambda: stage.decide() or len(stage.calls()) == 2)
        assert [call["source"] for call in stage.calls()] == ["shop", "quick"]
        slow.ended.set()
        fetcher.join()
        assert [reason for _, _, reason in waiting(stage)] == ["fetch_no_answer", None]


def test_two_workers_ask_once(stage: Stage, shop: FakeShop) -> None:
    shop.bigcommerce(order_answers(MADE))
    deliver(stage, order_event(MADE))
    stage.decide()
    fetchers = [Fetcher(stage.store, stage.catalogs, lose) for _ in range(3)]
    for fetcher in fetchers:
        fetcher.look(NOW)
    for fetcher in fetchers:
        fetcher.join()
    assert len(shop.asked) == 3
    stage.decide()
    assert stage.decisions() == [("confirm", "call", "wanted")]


def test_an_order_is_not_rung_while_a_delivery_is_fetched_that_may_be_its_cancel(stage: Stage, shop: FakeShop) -> None:
    shop.bigcommerce(order_answers(MADE))
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    event = order_event(MADE) | {"scope": "store/order/updated"}
    shop.spoil.append(Spoilt(500))
    deliver(stage, event, later(1))
    stage.decide(later(1))
    with stage.store.read() as conn:
        assert has_undecided(conn, SHOP, "")
    stage.dial(later(2))
    assert (stage.call()["state"], stage.call()["reason"]) == ("waiting", "undecided_delivery")
    cancelled = order_answers(MADE)
    cancelled["order"] |= {"status_id": 5, "date_modified": format_datetime(later(1))}
    shop.bigcommerce(cancelled)
    give_up(stage)
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")
    stage.dial(later(400))
    assert stage.rung() == []


def test_a_change_that_the_shop_does_not_tell_stops_the_call_and_replay_wakes_it(stage: Stage, shop: FakeShop) -> None:
    told = order_answers(MADE)
    shop.bigcommerce(told)
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    shop.documents.clear()
    deliver(stage, order_event(MADE) | {"scope": "store/order/updated"}, later(1))
    stage.decide(later(1))
    give_up(stage)
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "not_fetched")
    assert "404" in stage.call()["sentence"]
    shop.bigcommerce(told)
    assert again(stage, later(400)) == ["decided", "decided"]
    stage.dial(later(400))
    assert stage.call()["state"] == "placed"


def test_what_is_being_fetched_counts_as_stored(stage: Stage) -> None:
    deliver(stage, order_event(MADE))
    stage.decide()
    with stage.store.read() as conn:
        found = describe_sources(conn, stage.catalogs.read(conn), NOW)
    assert next(item["deliveries"] for item in found if item["id"] == SHOP)["stored"] == 1


def test_a_dry_replay_asks_no_shop_and_says_that_it_would(stage: Stage, shop: FakeShop) -> None:
    deliver(stage, order_event(MADE))
    stage.decide()
    give_up(stage)
    asked = len(shop.asked)
    ids = [delivery["id"] for delivery in stage.deliveries()]
    done = list(replay(stage.store, stage.catalogs, ids, lambda: later(400), HOTLINE, dry=True))
    assert [(one.outcome, one.decisions) for one in done] == [("must_fetch", ())]
    assert len(shop.asked) == asked
    shop.bigcommerce(order_answers(MADE))
    assert again(stage, later(400)) == ["decided"]
    assert stage.call()["state"] == "waiting"


def test_a_local_address_is_not_asked_unless_the_source_allows_it(store: Store, vbot: FakeVBot, shop: FakeShop) -> None:
    stage = Stage(store, vbot, RULE, sources=[bigcommerce(shop, allow_private_addresses=False)])
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert waiting(stage) == [(None, 0, "fetch_address")]
    assert stage.decisions() == [("confirm", "skip", "not_fetched")]
    assert shop.asked == []


def test_without_credentials_the_delivery_is_decided_and_says_so(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, RULE, sources=[{"id": SHOP, "platform": "bigcommerce", "secrets": ["client-secret"]}])
    deliver(stage, order_event(MADE))
    stage.decide()
    fetch(stage)
    assert waiting(stage) == [(None, 0, "fetch_no_credentials")]
    assert stage.decisions() == [("confirm", "skip", "not_fetched")]


def test_a_source_that_is_removed_meanwhile_ends_its_fetches(stage: Stage, shop: FakeShop) -> None:
    deliver(stage, order_event(MADE))
    stage.decide()
    stage.apply(RULE)
    fetch(stage)
    assert shop.asked == []
    assert [(one["state"], one["reason"]) for one in stage.deliveries()] == [("ignored", "source_removed")]


def test_a_real_worker_fetches_decides_and_rings(
    store: Store, migrated_url: str, vbot: FakeVBot, shop: FakeShop, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    always = {**RULE, "window": {"from": "00:00", "to": "24:00"}}
    stage = Stage(store, vbot, always, sources=[bigcommerce(shop)])
    shop.bigcommerce(order_answers(now))
    shop.spoil.append(Spoilt(503))
    deliver(stage, order_event(now), now)
    with open_site(tmp_path, migrated_url, vbot.url) as site:
        site.start_worker()
        wait_for("the call", stage.rung)
        assert wait_for("its answer", lambda: stage.call()["state"] == "placed")


def test_a_locked_source_is_not_asked_and_its_orders_wait(stage: Stage, shop: FakeShop) -> None:
    """Without its credentials each would be given up at once."""
    shop.bigcommerce(order_answers(MADE))
    deliver(stage, order_event(MADE))
    stage.decide()
    with stage.store.write() as conn:
        sealed = conn.execute(select(sources.c.sealed).where(sources.c.id == SHOP)).scalar_one()
    lost = make_seal(("n" * 32,)).close({"secrets": [], "settings": {}})
    for text, calls in ((lost, 0), (sealed, 1)):
        with stage.store.write() as conn:
            conn.execute(sources.update().where(sources.c.id == SHOP).values(sealed=text))
            touch_catalog(conn)
        fetch(stage)
        assert len(stage.calls()) == calls
