from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.store.operation.workers import beat
from bridge.store.shops.health import write_health
from bridge.store.shops.refusals import count_refusal
from tests.stage import Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
GROUPS = ["unsure", "waiting", "called", "refused", "expired", "cancelled", "skipped"]


@ON_BOTH
@pytest.mark.usefixtures("worker_beats")
def test_each_order_counts_once_in_the_contracts_groups(stage: Stage, send: Any, listed: Any, now: datetime) -> None:
    send(1)
    stage.dial(now)
    stage.vbot.fault("reset_after", times=1)
    send(2)
    stage.dial(now)
    stage.vbot.fault("refuse", times=1)
    send(3)
    stage.dial(now)
    send(4)
    send(5)
    send(5, topic="order.cancelled")
    send(6, phone="0900")
    balance = listed("balance")
    assert list(balance["orders"]) == GROUPS
    assert list(balance["orders"].values()) == [1, 1, 1, 1, 0, 1, 1]
    assert (balance["total"], balance["unexplained_total"]) == (6, 0)


def test_an_order_from_before_the_span_is_not_counted(send: Any, cli: Any, listed: Any, now: datetime) -> None:
    send()
    assert listed("balance", "--since", (now + timedelta(hours=1)).isoformat())["total"] == 0
    assert listed("balance", "--since", (now - timedelta(hours=1)).isoformat())["total"] == 1


@pytest.mark.usefixtures("worker_beats")
def test_an_explained_balance_ends_with_0_and_shows_its_groups_in_order(send: Any, cli: Any) -> None:
    send()
    told = cli("balance")
    assert (told.returncode, told.stderr) == (0, "")
    places = [told.stdout.index(f"  {group}") for group in GROUPS]
    assert places == sorted(places)
    assert "no worker" not in told.stdout


def test_work_that_waits_without_a_worker_ends_with_1_and_says_so(send: Any, cli: Any) -> None:
    send()
    told = cli("balance")
    assert told.returncode == 1
    assert "work waits and no worker beats" in told.stdout


def test_without_work_a_missing_worker_is_told_but_no_failure(stage: Stage, cli: Any) -> None:
    told = cli("balance")
    assert (told.returncode, "no worker beats" in told.stdout) == (0, True)


def test_a_worker_that_fell_silent_over_a_minute_ago_does_not_beat(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    with stage.store.write() as conn:
        beat(conn, "a-worker", now - timedelta(seconds=61))
    send()
    assert cli("balance").returncode == 1


@ON_BOTH
@pytest.mark.usefixtures("worker_beats")
def test_what_nobody_can_explain_is_named_with_what_to_do(stage: Stage, cli: Any, listed: Any, now: datetime) -> None:
    stage.send_body(b"{", now)
    stage.decide(now)
    stage.send_body(b"[]", now - timedelta(minutes=6))
    told = cli("balance")
    assert told.returncode == 1
    assert "failed_deliveries: 1; see: python -m bridge deliveries --state failed" in told.stdout
    assert "undecided_deliveries: 1;" in told.stdout
    assert listed("balance")["unexplained_total"] == 2


@ON_BOTH
def test_refused_deliveries_are_counted_beside_it_by_source_and_reason(
    stage: Stage, cli: Any, listed: Any, now: datetime
) -> None:
    with stage.store.write() as conn:
        for reason in ("bad_signature", "bad_signature", "missing_signature"):
            count_refusal(conn, "shop", reason, now)
    balance = listed("balance")
    assert balance["unexplained_total"] == 0
    counted = [(row["source"], row["reason"], row["count"]) for row in balance["refused_deliveries"]]
    assert counted == [("shop", "bad_signature", 2), ("shop", "missing_signature", 1)]
    assert "refused deliveries of shop: 2, bad_signature" in cli("balance").stdout
    refused = listed("sources")["items"][1]["refused"]
    assert [(row["reason"], row["count"]) for row in refused] == [("bad_signature", 2), ("missing_signature", 1)]


@ON_BOTH
def test_sources_say_where_webhooks_go_and_what_came(
    stage: Stage, send: Any, cli: Any, listed: Any, now: datetime
) -> None:
    send()
    cli("pause", "--source", "shop")
    other, shop = listed("sources")["items"]
    assert (shop["id"], shop["platform"], shop["webhook_path"]) == ("shop", "generic", "/hooks/shop")
    assert (shop["enabled"], shop["paused"], shop["deliveries"]["decided"]) == (True, True, 1)
    assert shop["title"] and datetime.fromisoformat(shop["last_delivery_at"]) == now
    assert (other["paused"], other["last_delivery_at"], other["deliveries"]["decided"]) == (False, None, 0)
    assert "/hooks/other" in cli("sources").stdout


def test_sources_say_what_a_platform_is_about_to_do_and_which_is_silent(
    stage: Stage, cli: Any, listed: Any, now: datetime
) -> None:
    stage.apply(sources=[{"id": name, "platform": name, "secrets": ["x"]} for name in ("generic", "woocommerce")])
    week = {f"2026-11-{day}": 3600.0 for day in range(10, 17)}
    with stage.store.write() as conn:
        write_health(conn, "woocommerce", {"gaps": {}, "failures": 5, "last_failure_at": now})
        write_health(conn, "generic", {"gaps": week, "last_delivery_at": now - timedelta(hours=3)})
    generic, woo = (item["health"] for item in listed("sources")["items"])
    assert (woo["failures"], woo["silent"], generic["silent"], generic["usual_gap_seconds"]) == (5, False, True, 7200)
    told = cli("sources").stdout
    assert "woocommerce: 5 refused in a row: After 2 more failure(s) WooCommerce switches this webhook off." in told
    assert "generic: silent since" in told and "longer than usual (2 h)" in told


def test_a_removed_source_is_not_listed(stage: Stage, listed: Any) -> None:
    stage.apply(sources=[{"id": "shop", "platform": "generic", "secrets": ["x"], "enabled": False}])
    assert [(one["id"], one["enabled"]) for one in listed("sources")["items"]] == [("shop", False)]


@ON_BOTH
@pytest.mark.usefixtures("worker_beats")
def test_the_skipped_are_split_by_their_reason(stage: Stage, send: Any, cli: Any, listed: Any, now: datetime) -> None:
    stage.apply({"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "when": "order.total > 1000"})
    send(1)
    send(2, phone="0900")
    send(2, phone="0900", topic="order.updated")
    send(3, phone="0900")
    send(4, total="5")
    send(5, topic="order.updated")
    balance = listed("balance")
    assert balance["orders"]["skipped"] == sum(balance["skipped_by_reason"].values()) == 4
    assert balance["skipped_by_reason"] == {"phone_impossible": 2, "condition_false": 1, "no_rule": 1}
    told = cli("balance", "--lang", "en").stdout
    assert "       2  the phone number is wrong" in told and "Not called" not in told
    assert "số điện thoại" in cli("balance", "--lang", "vi").stdout
