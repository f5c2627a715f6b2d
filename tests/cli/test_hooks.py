"""Webhooks are registered once, watched, and registered again, against strict shops over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.core.model import BadSignature, Request, Source
from bridge.fake_vbot import FakeVBot
from bridge.monitor.alarms import describe
from bridge.monitor.hooks import watch_hooks
from bridge.platforms import find_platform, list_platforms
from bridge.receive.webhook import receive
from bridge.store import Store
from bridge.store.operation.alarms import list_alarms
from bridge.store.shops.health import write_health
from bridge.store.shops.hooks import remember_hooks
from tests.cli.conftest import Cli
from tests.hookshop import KINDS, SECRET, HookShop, open_hook_shop
from tests.stage import NOW, Stage

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
EACH = pytest.mark.parametrize("platform", KINDS)
URL = "http://bridge.example.test/base"
ADDRESS = f"{URL}/hooks/shop"
RULE = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"]}


@pytest.fixture
def shop(platform: str) -> Iterator[HookShop]:
    with open_hook_shop(platform) as opened:
        yield opened


@pytest.fixture
def stage(store: Store, vbot: FakeVBot, shop: HookShop) -> Stage:
    return Stage(store, vbot, RULE, sources=[shop.source()])


def alarms(stage: Stage) -> list[dict[str, Any]]:
    with stage.store.read() as conn:
        return [alarm for alarm in list_alarms(conn) if alarm["key"].startswith("webhook_missing")]


def watch(stage: Stage, day: int) -> list[str]:
    """The topics that the alarm names after this day's look."""
    watch_hooks(stage.store, stage.catalogs, NOW + timedelta(days=day, minutes=day), time.monotonic)
    return [topic for alarm in alarms(stage) for topic in alarm["facts"]["topics"]]


def test_each_platform_with_webhooks_by_api_has_a_strict_shop() -> None:
    assert {platform.name for platform in list_platforms() if platform.hooks} == KINDS.keys()


@ON_SQLITE
@EACH
def test_connect_registers_each_topic_once_and_repair_what_is_gone(stage: Stage, shop: HookShop, cli: Cli) -> None:
    platform = find_platform(shop.platform)
    assert platform and platform.hooks
    asked = cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0")
    assert asked.returncode == 2 and "--yes" in asked.stderr and shop.made == 0
    assert ADDRESS in asked.stdout and all(topic in asked.stdout for topic in platform.hooks.topics)
    done = cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0", "--yes")
    assert done.returncode == 0, done.stderr
    made, kept = shop.made, [dict(hook) for hook in shop.hooks]
    assert made in (1, len(platform.hooks.topics))
    again = cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0")
    assert again.returncode == 0 and "nothing to do" in again.stdout
    assert (shop.made, shop.hooks) == (made, kept)
    assert watch(stage, 1) == []
    shop.hooks.clear()
    assert watch(stage, 1) == []  # not before a day is over
    assert sorted(watch(stage, 2)) == sorted(platform.hooks.topics)
    (alarm,) = alarms(stage)
    assert "shop" in describe(alarm["key"], alarm["facts"])[1]
    repaired = cli("sources", "repair", "shop", "--wait", "0", "--yes")
    assert repaired.returncode == 0, repaired.stderr
    assert len(shop.hooks) == made and alarms(stage) == []
    assert watch(stage, 3) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("platform", "size", "other"),
    [
        ("shopify", 3, {"topic": "orders/create", "address": "https://other.example.test/hook"}),
        ("shopline", 3, {"topic": "orders/create", "address": "https://other.example.test/hook"}),
        ("sapo", 0, {"topic": "orders/create", "address": "https://other.example.test/hook"}),
        ("easystore", 0, {"topic": "order/create", "url": "https://other.example.test/hook"}),
        ("woocommerce", 0, {"topic": "order.created", "delivery_url": "https://other.example.test/hook"}),
        ("kiotviet", 0, {"type": "order.update", "url": "https://other.example.test/hook", "isActive": True}),
        ("bigcommerce", 0, {"scope": "store/order/created", "destination": "https://other.example.test/hook"}),
    ],
)
def test_ours_are_found_on_a_later_page(
    stage: Stage, shop: HookShop, cli: Cli, size: int, other: dict[str, Any]
) -> None:
    for _ in range(7 if size else 255):
        shop.make(other)
    shop.page_size = size
    assert cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0", "--yes").returncode == 0
    made = shop.made
    again = cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0")
    assert "nothing to do" in again.stdout and shop.made == made
    assert watch(stage, 1) == []


@ON_SQLITE
@pytest.mark.parametrize("platform", ["shopify"])
def test_topics_beyond_orders_are_registered_where_a_rule_needs_them(stage: Stage, shop: HookShop, cli: Cli) -> None:
    connect = ("sources", "connect", shop.platform, "--url", URL, "--wait", "0")
    assert "checkouts/create" not in cli(*connect, "--yes").stdout
    stage.apply({**RULE, "on": ["order.created", "checkout.abandoned"]}, sources=[shop.source()])
    plan = cli(*connect)
    assert plan.returncode == 2 and "to come    checkouts/create" in plan.stdout
    assert cli(*connect, "--yes").returncode == 0
    assert {"checkouts/create", "checkouts/update"} <= {hook["topic"] for hook in shop.hooks}
    shop.hooks[:] = [hook for hook in shop.hooks if hook["topic"] != "checkouts/update"]
    assert watch(stage, 1) == ["checkouts/update"]


@ON_SQLITE
@pytest.mark.parametrize("platform", ["shopify"])
def test_connect_says_what_to_write_where_no_one_source_is_meant(stage: Stage, shop: HookShop, cli: Cli) -> None:
    def refused(*words: str) -> str:
        done = cli("sources", "connect", *words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        return str(done.stderr)

    command = "python -m bridge sources connect shopify --source shop"
    assert f"shop is a source, not a platform; write: {command}" in refused("shop")
    assert refused("shopfy") == "error: no platform is called shopfy; did you mean shopify?\n"
    assert "no platform is called xyz; there is ahamove, bigcommerce, " in refused("xyz")
    assert "there is no source of haravan yet; write one to a file" in refused("haravan")
    assert "no source of shopify is called other; there is: shop" in refused("shopify", "--source", "other")
    stage.apply(RULE, sources=[shop.source(), {**shop.source(), "id": "second"}])
    assert "write --source with one of: shop, second" in refused("shopify")


@ON_SQLITE
@EACH
def test_a_wrong_key_and_a_missing_permission_say_so(stage: Stage, shop: HookShop, cli: Cli) -> None:
    shop.deny = 403
    refused = cli("sources", "connect", shop.platform, "--url", URL, "--yes")
    assert refused.returncode == 1 and len(refused.stderr.splitlines()) == 1
    permission = find_platform(shop.platform).hooks.permission[1]  # type: ignore[union-attr]
    assert "permission" in refused.stderr and permission in refused.stderr
    secret = next(name for name in ("access_token", "consumer_secret", "client_secret") if name in shop.settings)
    wrong = shop.source(**{secret: "wrong"}) if shop.platform != "kiotviet" else shop.source(retailer="another")
    stage.apply(RULE, sources=[wrong])
    shop.deny = 0
    refused = cli("sources", "connect", shop.platform, "--url", URL, "--yes")
    assert refused.returncode == 1 and "credentials" in refused.stderr, refused.stderr
    assert shop.made == 0
    assert watch(stage, 1) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("platform", "off"),
    [
        ("woocommerce", {"status": "disabled"}),
        ("kiotviet", {"isActive": False}),
        ("bigcommerce", {"is_active": False}),
        ("saleor", {"isActive": False}),
    ],
)
def test_one_that_is_off_is_an_alarm_and_is_switched_on_again(
    stage: Stage, shop: HookShop, cli: Cli, off: dict[str, Any]
) -> None:
    assert cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0", "--yes").returncode == 0
    count = len(shop.hooks)
    shop.hooks[0] |= off
    assert watch(stage, 1) != []
    plan = cli("sources", "repair", "shop", "--wait", "0")
    assert "is off" in plan.stdout and plan.returncode == 2
    assert cli("sources", "repair", "shop", "--wait", "0", "--yes").returncode == 0
    assert len(shop.hooks) == count and watch(stage, 2) == []


@ON_SQLITE
@pytest.mark.parametrize("platform", ["kiotviet", "shopify"])
def test_one_that_leads_elsewhere_is_told_and_left(stage: Stage, shop: HookShop, cli: Cli) -> None:
    old = "http://old.example.test/hooks/shop?token=x"
    elsewhere = {"type": "order.update", "url": old, "isActive": True, "topic": "orders/create", "address": old}
    shop.make(elsewhere)
    assert watch(stage, 1) == []  # seen, and remembered as it is
    done = cli("sources", "connect", shop.platform, "--url", URL, "--wait", "0", "--yes")
    assert done.returncode == 0 and "old.example.test" in done.stdout and "token" not in done.stdout
    assert shop.hooks[0] == {"id": 1, **elsewhere}
    assert watch(stage, 2) == []


@ON_SQLITE
@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_one_never_seen_is_missed_only_where_the_list_shows_all(stage: Stage, shop: HookShop) -> None:
    with stage.store.write() as conn:
        write_health(conn, "shop", {"last_delivery_at": NOW, "gaps": {}})
    assert bool(watch(stage, 1)) == (shop.platform == "woocommerce")
    stage.apply(RULE, sources=[{**shop.source(), "enabled": False}])
    assert watch(stage, 2) == []


@pytest.mark.parametrize("platform", ["shopify"])
def test_a_shop_that_does_not_answer_changes_no_alarm(stage: Stage, shop: HookShop) -> None:
    with stage.store.write() as conn:
        remember_hooks(conn, "shop", ADDRESS, ["orders/create"])
    assert watch(stage, 1) == ["orders/create"]
    stage.apply(RULE, sources=[shop.source(api_url="http://127.0.0.1:9")])
    assert watch(stage, 2) == ["orders/create"]


@ON_SQLITE
@pytest.mark.parametrize("platform", ["shopify"])
def test_the_first_delivery_is_told_and_so_is_one_that_is_refused(stage: Stage, shop: HookShop, cli: Cli) -> None:
    """The shop sends as soon as its webhook for new orders is made: once signed with its secret, once with another."""
    platform = find_platform("shopify")
    assert platform
    source = Source("shop", "shopify", (SECRET,), shop.settings)

    def send(secret: str) -> None:
        body = json.dumps(platform.sample.document(datetime.now(UTC))).encode()
        headers = platform.sign(body, "orders/create", replace(source, secrets=(secret,)), datetime.now(UTC))
        with suppress(BadSignature):
            receive(
                stage.store,
                stage.catalogs,
                "shop",
                Request("POST", "/hooks/shop", "", headers, body),
                datetime.now(UTC),
            )

    connect = ("sources", "connect", "shopify", "--url", URL, "--yes", "--wait", "30")
    shop.on_made = lambda: send(SECRET)
    assert "received after 0 s" in cli(*connect).stdout
    shop.hooks.clear()
    shop.on_made = lambda: send("another secret")
    refused = cli(*connect)
    assert refused.returncode == 1 and "was refused" in refused.stderr


@ON_SQLITE
@pytest.mark.parametrize("platform", ["woocommerce"])
def test_the_first_delivery_is_awaited(stage: Stage, shop: HookShop, cli: Cli) -> None:
    connect = ("sources", "connect", "woocommerce", "--url", URL, "--yes", "--wait")
    assert "nothing came yet" in cli(*connect, "1").stdout
    for words in (["shopify"], ["woocommerce", "--source", "other"], ["nothing"]):
        assert cli("sources", "connect", *words, "--url", URL).returncode == 2
    for url in ("bridge.example.test", "ftp://bridge.example.test", "http://b.example.test/?x=1"):
        assert cli("sources", "connect", "woocommerce", "--url", url).returncode == 2
    assert cli("sources", "repair", "absent").returncode == 1
    for status, said in (
        (301, "redirects elsewhere"),
        (422, "refused this webhook"),
        (429, "too often"),
        (503, "order"),
    ):
        shop.deny, before = status, len(shop.hooks)
        shop.hooks[0]["status"] = "disabled"
        failed = cli("sources", "repair", "shop", "--yes", "--wait", "0")
        assert failed.returncode == 1 and said in failed.stderr, failed.stderr
        assert len(shop.hooks) == before
    shop.deny = 0
    assert SECRET not in cli(*connect, "0").stdout
