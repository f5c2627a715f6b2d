"""Real processes: a worker asks a shop for what it never sent, and places what the API was asked for."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.store import migrate, open_store
from bridge.store.shops.polls import keep_polls
from tests import postgres
from tests.processes import RULE, Site, open_site, wait_for
from tests.shops import Shop, open_shop

TOKEN = "token-of-the-api"


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path: Path, vbot: FakeVBot) -> Iterator[Site]:
    account = vbot.account()
    settings = {"VBOT_TOKEN": account.token or "", "VBOT_ID": account.vbot_id, "API_TOKEN": TOKEN}
    settings["VBOT_PROJECT_CODE"] = account.project_code
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "bridge.db")
            url = f"sqlite:///{tmp_path / 'bridge.db'}"
        else:
            url = stack.enter_context(postgres.database(request.getfixturevalue("postgres_server")))
            with contextlib.closing(open_store(url)) as store:
                migrate(store)
        yield stack.enter_context(open_site(tmp_path, url, account.url, **settings))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop("woocommerce") as opened:
        yield opened


def apply(site: Site, shop: Shop) -> None:
    document = {"sources": [shop.source()], "rules": [RULE]}
    (site.folder / "shops.json").write_text(json.dumps(document), encoding="utf-8")
    done = site.run("apply", "shops.json")
    assert done.returncode == 0, done.stderr


def ask_since(site: Site, shop: Shop, at: datetime) -> None:
    """As if polling had been switched on then: an order from before does not ring."""
    first = {"start": at.isoformat(), "since": at.isoformat()}
    with contextlib.closing(open_store(site.settings["DATABASE_URL"])) as store, store.write() as conn:
        keep_polls(conn, {shop.source()["id"]: first}, at)


def test_a_lost_order_rings_and_so_does_what_the_api_asks_for(site: Site, shop: Shop, vbot: FakeVBot) -> None:
    vbot.template("HELLO", {"cfkey": "name"})
    vbot.template(RULE["template"], {"cfkey": "number"}, {"cfkey": "name"})
    apply(site, shop)
    ask_since(site, shop, datetime.now(UTC) - timedelta(minutes=10))
    shop.add(datetime.now(UTC) - timedelta(minutes=2))
    site.start_web()
    site.start_worker()
    wanted = {"phone": "0912345678", "template": "HELLO", "datas": {"name": "Hoa"}, "window": "always"}
    headers = (("Authorization", f"Bearer {TOKEN}"), ("Idempotency-Key", "one"))
    answers = [site.ask("POST", "/api/v1/calls", json.dumps(wanted).encode(), headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    rung = wait_for("two calls", lambda: len(vbot.calls) >= 2 and [call["phone"] for call in vbot.calls], 60)
    assert sorted(rung)[1] == "0912345678" and len(set(rung)) == 2
    (delivery,) = site.listed("deliveries")
    assert delivery["recovered"] is True
    shown = site.run("explain", delivery["events"][0]["order_id"], "--lang", "en").stdout
    assert "never sent by the shop" in shown
    (item,) = site.listed("sources")
    assert (item["poll"]["recovered"], item["poll"]["failures"]) == (1, 0)
    assert "1 delivery(ies) recovered" in site.run("sources").stdout


def test_credentials_of_a_shop_are_shown_nowhere(site: Site, shop: Shop) -> None:
    apply(site, shop)
    shop.spoil = lambda path: (401, {}, b"cs_reader is wrong")
    worker = site.start_worker()

    def failed() -> Any:
        polls = [item["poll"] for item in site.listed("sources")]
        return polls[0] if polls[0] and polls[0]["failures"] else None

    assert wait_for("a look that failed", failed, 60)["reason"] == "poll_credentials"
    said = worker.said() + site.run("export").stdout + site.run("sources").stdout
    assert "ck_reader" not in said and "cs_reader" not in said
    assert "refuses the credentials" in said
