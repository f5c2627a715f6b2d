"""Orders that no webhook told are found by asking the shop, on both databases, against strict shops over HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.core.model import Request
from bridge.fake_vbot import FakeVBot
from bridge.monitor.source_health import describe_sources, look_at_sources
from bridge.platforms import find_platform
from bridge.receive.poll import poll_shops
from bridge.receive.webhook import receive
from bridge.store import Store, make_seal
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.db.tables import polls, sources
from bridge.store.operation.alarms import list_alarms
from tests.shops import SHOPS, Shop, open_shop
from tests.stage import NOW, Stage, later

RULE = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "datas": {"total": "{{ order.total }}"}}
LATER_RULE = {"rule": "paid", "template": "THANKS", "on": ["order.paid"], "datas": {}}
ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
WOO = pytest.mark.parametrize("platform", ["woocommerce"])
EACH = pytest.mark.parametrize("platform", SHOPS)


@pytest.fixture
def shop(platform: str) -> Iterator[Shop]:
    with open_shop(platform) as opened:
        yield opened


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: Shop) -> Stage:
    return Stage(store, vbot, RULE, sources=[shop.source()])


def look(stage: Stage, at: datetime) -> int:
    """Ask until nothing is due at this instant."""
    found, rounds = 0, 0
    while True:
        before = len(asked(stage))
        found += poll_shops(stage.store, stage.catalogs, at, time.monotonic)
        stage.decide(at)
        if not [row for row in asked(stage) if datetime.fromisoformat(row["next_at"]) <= at] and before:
            return found
        rounds += 1
        assert rounds < 50


def asked(stage: Stage) -> list[dict[str, Any]]:
    with stage.store.read() as conn:
        items = describe_sources(conn, stage.catalogs.read(conn), NOW)
    return [item["poll"] for item in items if item["poll"] is not None]


def poll(stage: Stage) -> dict[str, Any]:
    (only,) = asked(stage)
    return only


def send(stage: Stage, shop: Shop, order: dict[str, Any], topic: str, at: datetime) -> None:
    """The shop's own webhook, signed."""
    platform = find_platform(shop.platform)
    assert platform is not None
    with stage.store.read() as conn:
        source = stage.catalogs.read(conn).sources["shop"]
    document = {"event": topic, "businessId": 120000, "data": order} if shop.platform == "nhanh" else order
    body = json.dumps(document).encode()
    request = Request("POST", "/hooks/shop", "", platform.sign(body, topic, source, at), body)
    receive(stage.store, stage.catalogs, "shop", request, at)
    stage.decide(at)


def topic_of(shop: Shop, ours: str) -> str:
    platform = find_platform(shop.platform)
    assert platform is not None
    return next(theirs for theirs, word in platform.topics.items() if word == ours)


@EACH
def test_an_order_that_no_webhook_told_is_recovered_and_rings_once(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    shop.add(later(60))
    assert look(stage, later(minutes=6)) == 1
    (delivery,) = stage.deliveries()
    assert (delivery["recovered"], delivery["state"], delivery["repeats"]) == (True, "decided", 0)
    assert delivery["events"][0]["topic"] == "order.created"
    stage.dial(later(minutes=6))
    assert stage.rung() == ["0900000000"]
    for minutes in (12, 18, 24):
        assert look(stage, later(minutes=minutes)) == 0
    assert (len(stage.deliveries()), len(stage.calls()), poll(stage)["recovered"]) == (1, 1, 1)


@EACH
def test_what_a_webhook_told_is_not_recovered(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    order = shop.add(later(60))
    send(stage, shop, order, topic_of(shop, "order.created"), later(61))
    assert look(stage, later(minutes=6)) == 0
    (delivery,) = stage.deliveries()
    assert (delivery["recovered"], delivery["repeats"]) == (False, 0)


@EACH
def test_a_webhook_that_comes_late_rings_nobody_again(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    order = shop.add(later(60))
    look(stage, later(minutes=6))
    stage.dial(later(minutes=6))
    send(stage, shop, order, topic_of(shop, "order.created"), later(minutes=7))
    stage.dial(later(minutes=30))
    assert (len(stage.deliveries()), stage.rung()) == (2, ["0900000000"])


@EACH
def test_what_was_ordered_before_it_was_switched_on_does_not_ring(stage: Stage, shop: Shop) -> None:
    shop.add(later(hours=-2), 1)
    changed = shop.add(later(hours=-3), 2)
    shop.add(later(minutes=-5), 3)
    look(stage, later())
    stage.dial(later())
    assert stage.rung() == []
    look(stage, later())
    assert stage.deliveries() == []
    shop.change(changed, later(60))
    assert look(stage, later(minutes=6)) == 1
    stage.dial(later(minutes=6))
    assert (stage.rung(), stage.calls()) == ([], [])


@EACH
def test_a_cancel_that_no_webhook_told_ends_the_waiting_call(store: Store, vbot: FakeVBot, shop: Shop) -> None:
    stage = Stage(store, vbot, RULE | {"after": "2h"}, sources=[shop.source()])
    look(stage, later())
    order = shop.add(later(60))
    send(stage, shop, order, topic_of(shop, "order.created"), later(61))
    assert stage.call()["state"] == "waiting"
    cancelled: dict[str, dict[str, Any]] = {
        "woocommerce": {"status": "cancelled"},
        "shopify": {"cancelled_at": later(120).isoformat()},
        "haravan": {"cancelled_at": later(120).isoformat(), "cancelled_status": "cancelled"},
        "sapo": {"cancelled_on": later(120).isoformat(), "status": "cancelled"},
        "nhanh": {"info": order.get("info", {}) | {"status": 63}},
    }
    shop.change(order, later(120), **cancelled[shop.platform])
    assert look(stage, later(minutes=6)) == 1
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")


@EACH
def test_many_pages_are_all_read_and_each_order_once(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    for number in range(1, 102):
        shop.add(later(60 + number % 7), number)
    assert look(stage, later(minutes=6)) == 101
    assert len({event["order_id"] for one in stage.deliveries() for event in one["events"]}) == 101
    assert look(stage, later(minutes=12)) == 0


@WOO
def test_an_order_that_moves_to_another_page_meanwhile_is_not_missed(stage: Stage, shop: Shop) -> None:
    shop.page = 50
    look(stage, later())
    orders = [shop.add(later(10 * number), number) for number in range(1, 101)]

    def move(path: str) -> None:
        """The first order is changed between the pages: the 51st is the 50th by then."""
        if "page=2" in path and shop.updated_at(orders[0]) < later(1100):
            shop.change(orders[0], later(1100))

    shop.spoil = move
    look(stage, later(minutes=25))
    told = {event["order_id"] for one in stage.deliveries() for event in one["events"]}
    assert told == {str(number) for number in range(1, 101)}


@WOO
def test_an_order_whose_creation_alone_was_lost_is_told_as_created(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    order = shop.add(later(60))
    send(stage, shop, order, "order.updated", later(62))
    assert stage.calls() == []
    assert look(stage, later(minutes=6)) == 1
    assert len(stage.calls()) == 1
    assert look(stage, later(minutes=12)) == 0


@WOO
def test_a_new_order_that_is_paid_by_then_is_told_as_created_and_as_paid(
    store: Store, vbot: FakeVBot, shop: Shop
) -> None:
    stage = Stage(store, vbot, RULE, LATER_RULE, sources=[shop.source()])
    look(stage, later())
    shop.add(later(60), date_paid_gmt="2026-11-23T03:01:30", payment_method="bacs")
    assert look(stage, later(minutes=6)) == 2
    assert [one["events"][0]["topic"] for one in stage.deliveries()] == ["order.created", "order.paid"]


@WOO
def test_what_has_just_changed_is_left_to_its_webhook(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    shop.add(later(minutes=5, seconds=30))
    assert look(stage, later(minutes=6)) == 0
    assert look(stage, later(minutes=12)) == 1


@WOO
def test_while_a_delivery_is_undecided_nothing_is_asked(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    order = shop.add(later(60))
    platform = find_platform("woocommerce")
    assert platform is not None
    with stage.store.read() as conn:
        source = stage.catalogs.read(conn).sources["shop"]
    body = json.dumps(order).encode()
    request = Request("POST", "/hooks/shop", "", platform.sign(body, "order.created", source, NOW), body)
    receive(stage.store, stage.catalogs, "shop", request, later(61))
    count = len(shop.asked)
    assert poll_shops(stage.store, stage.catalogs, later(minutes=6), time.monotonic) == 0
    assert len(shop.asked) == count
    stage.decide(later(minutes=6))
    assert look(stage, later(minutes=7)) == 0
    assert len(shop.asked) > count


@WOO
def test_the_bytes_of_the_shop_are_kept_as_they_came(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    order = shop.add(later(60), total="495000.10", odd=1.10)
    text = json.dumps(order).replace('"odd": 1.1', '"odd" :1.100, "slash": "a\\/b"')
    shop.spoil = lambda path: (200, {"X-WP-TotalPages": "1"}, b"\xef\xbb\xbf [ " + text.encode() + b" ] ")
    assert look(stage, later(minutes=6)) == 1
    with stage.store.read() as conn:
        body = conn.exec_driver_sql("SELECT body FROM deliveries").scalar_one()
    assert bytes(body).decode() == text


@WOO
def test_an_order_that_cannot_be_read_fails_where_a_person_sees_it_once(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    shop.add(later(60), total="much")
    assert look(stage, later(minutes=6)) == 1
    (delivery,) = stage.deliveries()
    assert (delivery["state"], delivery["recovered"]) == ("failed", True)
    assert look(stage, later(minutes=12)) == 0


@EACH
def test_without_credentials_nothing_is_asked(store: Store, vbot: FakeVBot, shop: Shop) -> None:
    bare = shop.source()
    bare["settings"] = {"api_url": shop.url}
    stage = Stage(store, vbot, RULE, sources=[bare])
    shop.add(later(-60))
    assert poll_shops(stage.store, stage.catalogs, later(), time.monotonic) == 0
    assert (shop.asked, asked(stage)) == ([], [])


@WOO
@pytest.mark.parametrize("change", ["disabled", "removed", "credentials"])
def test_what_is_switched_off_is_not_asked_and_begins_anew_when_it_is_on_again(
    stage: Stage, shop: Shop, change: str
) -> None:
    look(stage, later())
    off = {**shop.source(), "enabled": False}
    if change == "credentials":
        off = {**shop.source(), "settings": {"api_url": shop.url}}
    stage.apply(RULE, sources=[] if change == "removed" else [off])
    count = len(shop.asked)
    shop.add(later(minutes=20))
    poll_shops(stage.store, stage.catalogs, later(minutes=30), time.monotonic)
    assert (len(shop.asked), asked(stage)) == (count, [])
    stage.apply(RULE, sources=[shop.source()])
    assert look(stage, later(hours=3)) == 0
    shop.add(later(hours=3, seconds=1), 2)
    assert look(stage, later(hours=3, minutes=6)) == 1


@WOO
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((401, {}, b"{}"), "poll_credentials"),
        ((403, {}, b"{}"), "poll_credentials"),
        ((404, {}, b"{}"), "poll_not_found"),
        ((302, {"Location": "https://elsewhere.example.test/"}, b""), "poll_redirected"),
        ((429, {}, b""), "poll_rate_limited"),
        ((500, {}, b"<html>"), "poll_failed"),
        ((200, {}, b"<html>"), "poll_bad_answer"),
        ((200, {}, b'{"orders": []}'), "poll_bad_answer"),
        ((200, {}, b"[1e999999]"), "poll_bad_answer"),
        ((200, {}, b"[" * 100_000), "poll_bad_answer"),
    ],
)
@ON_SQLITE
def test_what_the_shop_answers_wrongly_is_a_reason_and_loses_nothing(
    stage: Stage, shop: Shop, answer: Any, reason: str
) -> None:
    look(stage, later())
    shop.add(later(60))
    shop.spoil = lambda path: answer
    assert look(stage, later(minutes=6)) == 0
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (1, reason)
    shop.spoil = lambda path: None
    assert look(stage, later(hours=3)) == 1
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (0, None)


@WOO
def test_wrong_credentials_fail_with_growing_pauses_and_an_alarm_that_closes(
    store: Store, vbot: FakeVBot, shop: Shop
) -> None:
    stage = Stage(store, vbot, RULE, sources=[shop.source(consumer_secret="cs_old")])
    pauses, at = [], later()
    for _ in range(7):
        look(stage, at)
        following = datetime.fromisoformat(poll(stage)["next_at"])
        pauses.append(following - at)
        at = following
    assert [pause // timedelta(minutes=1) for pause in pauses] == [5, 10, 20, 40, 80, 120, 120]
    look_at_sources(stage.store, stage.catalogs, at)
    with stage.store.read() as conn:
        assert [(one["key"], one["facts"]["failures"]) for one in list_alarms(conn)] == [("poll_failing:shop", 7)]
    stage.apply(RULE, sources=[shop.source()])
    look(stage, at)
    look_at_sources(stage.store, stage.catalogs, at)
    with stage.store.read() as conn:
        assert list_alarms(conn) == []


@WOO
def test_the_shops_wish_to_be_left_alone_is_kept(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    shop.spoil = lambda path: (429, {"Retry-After": "3600"}, b"")
    look(stage, later(minutes=6))
    assert datetime.fromisoformat(poll(stage)["next_at"]) == later(minutes=66)


@EACH
@ON_SQLITE
def test_a_look_that_failed_between_its_pages_is_made_again(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    for number in range(1, 53):
        shop.add(later(60), number)
    turns = iter(range(1000))
    shop.spoil = lambda path: (500, {}, b"") if next(turns) == 1 else None
    look(stage, later(minutes=6))
    assert poll(stage)["failures"] == 1
    look(stage, later(minutes=30))
    assert len({event["order_id"] for one in stage.deliveries() for event in one["events"]}) == 52


@WOO
@ON_SQLITE
def test_a_shop_that_is_down_is_a_reason(store: Store, vbot: FakeVBot, shop: Shop, free_port: int) -> None:
    stage = Stage(store, vbot, RULE, sources=[shop.source(api_url=f"http://127.0.0.1:{free_port}")])
    look(stage, later())
    assert poll(stage)["reason"] == "poll_unreachable"


@EACH
@ON_SQLITE
def test_a_local_address_is_not_asked_unless_the_source_allows_it(store: Store, vbot: FakeVBot, shop: Shop) -> None:
    stage = Stage(store, vbot, RULE, sources=[shop.source(allow_private_addresses=False)])
    look(stage, later())
    assert (poll(stage)["reason"], shop.asked) == ("poll_address", [])


@WOO
@ON_SQLITE
@pytest.mark.parametrize("host", ["localhost", "2130706433", "169.254.169.254", "[::1]", "10.0.0.1"])
def test_no_spelling_of_a_local_address_is_asked(store: Store, vbot: FakeVBot, shop: Shop, host: str) -> None:
    bare = shop.source(api_url=f"https://{host}/")
    del bare["settings"]["allow_private_addresses"]
    stage = Stage(store, vbot, RULE, sources=[bare])
    look(stage, later())
    assert poll(stage)["reason"] == "poll_address"


@WOO
def test_two_workers_at_once_recover_an_order_once(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    shop.add(later(60))
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        poll_shops(stage.store, stage.catalogs, later(minutes=6), time.monotonic)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stage.deliveries()) == 1
    assert poll(stage)["recovered"] == 1


@WOO
@ON_SQLITE
def test_recovered_deliveries_are_no_sign_that_the_shop_sends(stage: Stage, shop: Shop) -> None:
    look(stage, later())
    shop.add(later(60))
    look(stage, later(minutes=6))
    look_at_sources(stage.store, stage.catalogs, later(minutes=10) + timedelta(minutes=1))
    with stage.store.read() as conn:
        (item,) = describe_sources(conn, stage.catalogs.read(conn), later(minutes=11))
    assert item["health"]["last_sent_at"] is None


@WOO
def test_a_source_whose_secrets_are_locked_keeps_its_place(stage: Stage, shop: Shop) -> None:
    """Without its credentials it looks as if it were not polled; to begin anew later would leave orders out."""
    look(stage, NOW)
    with stage.store.write() as conn:
        before = conn.execute(select(polls.c.position)).scalar_one()
        sealed = conn.execute(select(sources.c.sealed)).scalar_one()
        conn.execute(sources.update().values(sealed=make_seal(("n" * 32,)).close({"secrets": [], "settings": {}})))
        touch_catalog(conn)
    assert poll_shops(stage.store, stage.catalogs, later(hours=1), time.monotonic) == 0
    with stage.store.write() as conn:
        conn.execute(sources.update().values(sealed=sealed))
        touch_catalog(conn)
        assert conn.execute(select(polls.c.position)).scalar_one() == before
