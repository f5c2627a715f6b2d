"""Tiki's queue: what it tells is stored before it hears of it, on both databases, against a strict Tiki over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.core.model import BadSignature, Request
from bridge.decide.replay import replay
from bridge.fake_vbot import FakeVBot
from bridge.platforms.tiki.sample import order_answers, order_event
from bridge.receive.poll import poll_shops
from bridge.receive.webhook import receive
from bridge.store import Store
from tests.fakeshop import Spoilt
from tests.faketiki import QUEUE, SELLER, FakeTiki
from tests.receive.test_fetch import fetch
from tests.receive.test_poll import asked, poll
from tests.stage import HOTLINE, RULE, Stage, later

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
SOON = later(minutes=1)


@pytest.fixture
def tiki() -> Iterator[FakeTiki]:
    with FakeTiki() as running:
        yield running


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, tiki: FakeTiki) -> Stage:
    return Stage(store, vbot, RULE, sources=[tiki.source()])


def ordered(tiki: FakeTiki, at: datetime, **changes: Any) -> dict[str, Any]:
    """An order was made, which its seller delivers, and the queue tells of it."""
    order = order_answers(at)["order"] | changes
    tiki.has(order, order_event(at))
    return dict(order)


def updated(tiki: FakeTiki, order: dict[str, Any], at: datetime, status: str) -> None:
    payload = {"order_code": order["code"], "orderCode": order["code"], "status": status}
    tiki.has(order | {"status": status}, order_event(at) | {"type": "ORDER_STATUS_UPDATED", "payload": payload})


def pull(stage: Stage, at: datetime) -> int:
    """Looks, as long as one is due at this instant."""
    found = 0
    for _ in range(50):
        found += poll_shops(stage.store, stage.catalogs, at, time.monotonic)
        if all(datetime.fromisoformat(row["next_at"]) > at for row in asked(stage)):
            return found
    raise AssertionError("the queue is asked for ever")


def look(stage: Stage, at: datetime) -> int:
    """Pulled, decided, and the orders fetched."""
    found = pull(stage, at)
    stage.decide(at)
    fetch(stage, at)
    return found


def pulls(tiki: FakeTiki) -> list[str]:
    return [path for path in tiki.paths if path.endswith("/events/pull")]


def test_an_order_that_the_queue_tells_is_fetched_and_rings_once(stage: Stage, tiki: FakeTiki) -> None:
    look(stage, later())
    ordered(tiki, later(30))
    assert look(stage, SOON) == 1
    (delivery,) = stage.deliveries()
    assert (delivery["recovered"], delivery["state"], delivery["platform_topic"]) == (
        True,
        "decided",
        "ORDER_CREATED_SUCCESSFULLY",
    )
    stage.dial(SOON)
    assert stage.rung() == ["0900000000"]
    for minutes in (2, 3, 4):
        assert look(stage, later(minutes=minutes)) == 0
    assert (len(stage.deliveries()), poll(stage)["recovered"], tiki.faults) == (1, 1, [])
    assert tiki.acknowledged == 1
    assert len(tiki.tokens) == 1


def test_the_queue_hears_of_its_events_once_they_are_stored_and_not_before(stage: Stage, tiki: FakeTiki) -> None:
    pull(stage, later())
    for number in range(5):
        ordered(tiki, later(number))
    seen: list[tuple[str | None, int]] = []
    answer = tiki.pull

    def watched(said: Any) -> Any:
        seen.append((said["ack_id"], len(stage.deliveries())))
        return answer(said)

    tiki.pull = watched  # type: ignore[method-assign]
    assert pull(stage, SOON) == 5
    assert seen == [(None, 0), ("ack-2", 2), ("ack-4", 4), ("ack-5", 5)]


@pytest.mark.parametrize(
    "moment", ["polled.write_poll", "poll.log.info"], ids=["before it is committed", "after it is committed"]
)
def test_killed_at_once_nothing_is_lost_and_nothing_doubled(
    stage: Stage, tiki: FakeTiki, migrated_url: str, moment: str
) -> None:
    pull(stage, later())
    ordered(tiki, later(20))
    ordered(tiki, later(30))
    room, _, name = f"bridge.receive.{moment}".rpartition(".")
    script = f"""
import os, signal, sys, time
from datetime import datetime
import bridge.receive.poll, bridge.receive.polled
from bridge.store import make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
{room}.{name} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
now = datetime.fromisoformat(sys.argv[2])
bridge.receive.poll.poll_shops(open_store(sys.argv[1]), Catalogs(make_seal(("k" * 32,))), now, time.monotonic)
"""
    command = [sys.executable, "-c", script, migrated_url, SOON.isoformat()]
    killed = subprocess.run(command, check=False, timeout=60, env={**os.environ, "PYTHONPATH": "."})
    assert killed.returncode == -signal.SIGKILL
    stored = len(stage.deliveries())
    assert stored == (0 if moment == "polled.write_poll" else 2)
    assert look(stage, later(minutes=4)) == 2 - stored
    stage.dial(later(minutes=4))
    assert (len(stage.deliveries()), len(stage.calls()), tiki.acknowledged) == (2, 2, 2)
    assert [delivery["repeats"] for delivery in stage.deliveries()] == [0, 0]


def test_an_event_that_is_told_twice_is_one_delivery(stage: Stage, tiki: FakeTiki) -> None:
    look(stage, later())
    ordered(tiki, later(20))
    tiki.events *= 3
    assert look(stage, SOON) == 1
    tiki.events.append(tiki.events[0])
    assert look(stage, later(minutes=2)) == 0
    stage.dial(later(minutes=2))
    assert (len(stage.deliveries()), len(stage.rung())) == (1, 1)


def test_two_workers_at_once_take_an_event_once(stage: Stage, tiki: FakeTiki) -> None:
    pull(stage, later())
    ordered(tiki, later(30))
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        poll_shops(stage.store, stage.catalogs, SOON, time.monotonic)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pull(stage, later(minutes=3))
    assert (len(stage.deliveries()), poll(stage)["recovered"], tiki.acknowledged) == (1, 1, 1)


@ON_SQLITE
@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b'{"errors": ["expired"]}', "poll_credentials"),
        (403, b'{"errors": ["scope"]}', "poll_credentials"),
        (404, b"{}", "poll_not_found"),
        (302, b"", "poll_redirected"),
        (429, b"{}", "poll_rate_limited"),
        (500, b"<html>", "poll_failed"),
        (503, b"", "poll_failed"),
        (200, b"<html>", "poll_bad_answer"),
        (200, b"", "poll_bad_answer"),
        (200, b"[]", "poll_bad_answer"),
        (200, b"{}", "poll_bad_answer"),
        (200, b'{"errors": ["no"]}', "poll_bad_answer"),
        (200, b'{"events": {}, "ack_id": "a"}', "poll_bad_answer"),
        (200, b'{"events": [{}]}', "poll_bad_answer"),
        (200, b'{"events": [{}], "ack_id": null}', "poll_bad_answer"),
        (200, b'{"events": [{}], "ack_id": ["a"]}', "poll_bad_answer"),
        (200, b'{"events": [], "ack_id": "' + b"a" * 300 + b'"}', "poll_bad_answer"),
        (200, b"[" * 100_000, "poll_bad_answer"),
        (200, b" " * 9_000_000, "poll_bad_answer"),
    ],
)
def test_what_the_queue_answers_wrongly_is_a_reason_and_loses_nothing(
    stage: Stage, tiki: FakeTiki, status: int, body: bytes, reason: str
) -> None:
    look(stage, later())
    ordered(tiki, later(20))
    assert look(stage, SOON) == 1
    ordered(tiki, later(80))
    tiki.spoil.extend([Spoilt(status, {"Location": "https://elsewhere.example.test/"}, body)] * 2)
    assert look(stage, later(minutes=2)) == 0
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (1, reason)
    tiki.spoil.clear()
    assert look(stage, later(minutes=5)) == 1
    assert (poll(stage)["failures"], poll(stage)["reason"]) == (0, None)
    assert (len(stage.deliveries()), tiki.pulled[-2:]) == (2, ["ack-1", "ack-2"])


def test_a_place_that_the_queue_refuses_is_given_up_and_nothing_rings_twice(stage: Stage, tiki: FakeTiki) -> None:
    look(stage, later())
    ordered(tiki, later(20))
    look(stage, SOON)
    tiki.places.clear()
    tiki.acknowledged = 0
    assert look(stage, later(minutes=2)) == 0
    assert (poll(stage)["reason"], tiki.pulled[-1]) == ("poll_position", "ack-1")
    ordered(tiki, later(100))
    assert look(stage, later(minutes=3)) == 1
    assert tiki.pulled[-2:] == [None, "ack-2"]
    stage.dial(later(minutes=3))
    assert (len(stage.deliveries()), len(stage.calls())) == (2, 2)
    assert poll(stage)["reason"] is None


def test_failures_pause_the_looks_by_minutes_and_the_wish_to_be_left_alone_is_kept(
    store: Store, vbot: FakeVBot, tiki: FakeTiki
) -> None:
    stage = Stage(store, vbot, RULE, sources=[tiki.source(queue="another")])
    pauses, at = [], later()
    for _ in range(7):
        look(stage, at)
        following = datetime.fromisoformat(poll(stage)["next_at"])
        pauses.append((following - at) // timedelta(minutes=1))
        at = following
    assert (pauses, poll(stage)["reason"]) == ([1, 2, 4, 8, 16, 24, 24], "poll_not_found")
    tiki.spoil.append(Spoilt(429, {"Retry-After": "7200"}))
    look(stage, at)
    assert datetime.fromisoformat(poll(stage)["next_at"]) == at + timedelta(hours=2)


def test_events_that_are_no_orders_and_those_of_others_are_kept_and_ignored(
    store: Store, vbot: FakeVBot, tiki: FakeTiki
) -> None:
    stage = Stage(store, vbot, RULE, sources=[tiki.source(sid=SELLER)])
    look(stage, later())
    tiki.events += [
        order_event(later(1)) | {"type": "PRODUCT_INVENTORY_UPDATED", "version": "v2", "payload": {"product_id": 1}},
        order_event(later(2)) | {"sid": "F" * 40},
        order_event(later(3)) | {"type": "ORDER_STATUS_UPDATED", "payload": {"status": "picking"}},
        {"id": "a-new-kind"},
        "no event at all",
    ]
    ordered(tiki, later(4))
    assert look(stage, SOON) == 6
    said = [(delivery["state"], delivery["reason"]) for delivery in stage.deliveries()]
    assert said == [
        ("ignored", "unknown_topic"),
        ("ignored", "other_seller"),
        *[("failed", "bad_payload")] * 3,
        ("decided", None),
    ]
    assert (len(stage.calls()), tiki.acknowledged) == (1, 6)


@pytest.mark.parametrize("phone", ["", None, "09******12", "******"])
def test_a_number_that_tiki_keeps_is_not_rung_and_the_reason_says_so(
    stage: Stage, tiki: FakeTiki, phone: str | None
) -> None:
    look(stage, later())
    address = order_answers(later(30))["order"]["shipping"]["address"]
    ordered(tiki, later(30), fulfillment_type="dropship", shipping={"address": address | {"phone": phone}})
    look(stage, SOON)
    assert stage.decisions() == [("confirm", "skip", "marketplace_hides_phone")]


def test_a_cancel_ends_the_waiting_call(store: Store, vbot: FakeVBot, tiki: FakeTiki) -> None:
    stage = Stage(store, vbot, RULE | {"after": "2h"}, sources=[tiki.source()])
    look(stage, later())
    order = ordered(tiki, later(30))
    look(stage, SOON)
    assert stage.call()["state"] == "waiting"
    updated(tiki, order, later(90), "canceled")
    look(stage, later(minutes=2))
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "order_cancelled")


def test_a_cancel_holds_although_the_order_is_told_as_it_was_before(
    store: Store, vbot: FakeVBot, tiki: FakeTiki
) -> None:
    stage = Stage(store, vbot, RULE, sources=[tiki.source()])
    look(stage, later())
    order = ordered(tiki, later(30))
    updated(tiki, order, later(40), "canceled")
    tiki.documents[f"/integration/v2/orders/{order['code']}"] = order
    look(stage, SOON)
    stage.dial(SOON)
    assert stage.rung() == []
    for seconds in range(60, 400, 10):
        fetch(stage, later(seconds))
    stage.dial(later(400))
    assert (stage.rung(), stage.call()["state"]) == ([], "cancelled")


def test_what_was_ordered_before_it_was_switched_on_does_not_ring(stage: Stage, tiki: FakeTiki) -> None:
    old = ordered(tiki, later(hours=-2))
    ordered(tiki, later(-1))
    updated(tiki, old, later(hours=-1), "picking")
    ordered(tiki, later(0))
    assert look(stage, later()) == 2
    stage.dial(later())
    *before, update, creation = stage.deliveries()
    assert {(one["state"], one["reason"], len(one["events"])) for one in before} == {
        ("ignored", "before_switched_on", 0)
    }
    assert [one["events"][0]["topic"] for one in (update, creation)] == ["order.updated", "order.created"]
    assert (len(stage.calls()), tiki.acknowledged, poll(stage)["recovered"]) == (1, 4, 2)


def test_what_waited_while_it_was_switched_off_is_kept_and_rings_if_a_person_replays_it(
    stage: Stage, tiki: FakeTiki
) -> None:
    look(stage, later())
    stage.apply(RULE, sources=[{**tiki.source(), "enabled": False}])
    look(stage, later(minutes=1))
    ordered(tiki, later(minutes=2))
    stage.apply(RULE, sources=[tiki.source()])
    assert look(stage, later(minutes=30)) == 0
    (delivery,) = stage.deliveries()
    assert (delivery["state"], stage.calls()) == ("ignored", [])
    (done,) = replay(stage.store, stage.catalogs, [delivery["id"]], lambda: later(minutes=31), HOTLINE)
    assert (done.outcome, len(stage.calls())) == ("decided", 1)


def test_while_an_order_cannot_be_fetched_the_queue_is_read_on(stage: Stage, tiki: FakeTiki) -> None:
    look(stage, later())
    first = ordered(tiki, later(20))
    del tiki.documents[f"/integration/v2/orders/{first['code']}"]
    look(stage, SOON)
    assert [(one["state"], one["reason"]) for one in stage.deliveries()] == [("stored", "fetching")]
    ordered(tiki, later(80))
    assert look(stage, later(minutes=2)) == 1
    assert [one["state"] for one in stage.deliveries()] == ["stored", "decided"]


def test_a_token_that_is_refused_is_replaced_and_the_events_come(stage: Stage, tiki: FakeTiki) -> None:
    look(stage, later())
    ordered(tiki, later(20))
    tiki.tokens.append("changed-by-tiki")
    assert look(stage, SOON) == 1
    assert (tiki.faults, len(tiki.tokens), len(stage.calls())) == (["token"], 3, 1)


def test_credentials_that_tiki_refuses_are_the_reason(store: Store, vbot: FakeVBot, tiki: FakeTiki) -> None:
    stage = Stage(store, vbot, RULE, sources=[tiki.source(client_secret="wrong-secret")])
    look(stage, later())
    assert (poll(stage)["reason"], pulls(tiki)) == ("fetch_credentials", [])


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "queue"])
def test_without_credentials_nothing_is_asked(store: Store, vbot: FakeVBot, tiki: FakeTiki, missing: str) -> None:
    bare = tiki.source()
    del bare["settings"][missing]
    stage = Stage(store, vbot, RULE, sources=[bare])
    assert poll_shops(stage.store, stage.catalogs, later(), time.monotonic) == 0
    assert (tiki.asked, asked(stage)) == ([], [])


@ON_SQLITE
def test_a_local_address_is_not_asked_unless_the_source_allows_it(store: Store, vbot: FakeVBot, tiki: FakeTiki) -> None:
    stage = Stage(store, vbot, RULE, sources=[tiki.source(allow_private_addresses=False)])
    look(stage, later())
    assert (poll(stage)["reason"], tiki.asked) == ("fetch_address", [])


def test_whoever_posts_is_not_tiki(stage: Stage, tiki: FakeTiki) -> None:
    body = json.dumps(order_event(later())).encode()
    with pytest.raises(BadSignature, match="no_webhook"):
        receive(stage.store, stage.catalogs, "tiki-shop", Request("POST", "/hooks/tiki-shop", "", (), body), later())
    assert stage.deliveries() == []


@ON_SQLITE
def test_a_queue_is_named_as_it_is_written(store: Store, vbot: FakeVBot, tiki: FakeTiki) -> None:
    stage = Stage(store, vbot, RULE, sources=[tiki.source(queue="../orders?x=")])
    look(stage, later())
    assert pulls(tiki) == ["/integration/v1/queues/..%2Forders%3Fx%3D/events/pull"]
    assert QUEUE not in pulls(tiki)[0]
