"""Today: VBot's balance as a worker read it last, with its age; no page asks VBot."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.monitor.balance import watch_balance
from bridge.settings import read_config
from bridge.store import Store, open_store
from bridge.vbot.client import Client
from tests.people import PASSWORD, Person, Seen
from tests.processes import Site, configure, open_site

HEADING = {"vi": "<h2>Gọi qua VBot</h2>", "en": "<h2>Calls through VBot</h2>"}
NEVER = "not known yet: a worker asks VBot every 5 minutes"


@dataclass
class Watched:
    """A bridge whose VBot tells the balance, and somebody who looks at Today."""

    vbot: FakeVBot
    store: Store
    client: Client
    person: Person

    def watch(self, ago: timedelta = timedelta(0)) -> None:
        """As the worker's round so long ago did."""
        watch_balance(self.store, self.client, 100_000, datetime.now(UTC) - ago, lambda: time.monotonic() + 10)

    def said(self, language: str = "en") -> str:
        """What the section of VBot says; the page asks VBot nothing."""
        before = len(self.vbot.requests)
        html = self.person.get("/", headers={"Accept-Language": language}).text
        assert len(self.vbot.requests) == before
        return " ".join(" ".join(Seen(html.partition(HEADING[language])[2].partition("</section>")[0]).words).split())


@pytest.fixture
def watched(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Watched]:
    shutil.copy(migrated_sqlite, tmp_path / "bridge.db")
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    configure(url)
    with FakeVBot(Settings(generation="v3", balance=1_234_567)) as vbot:
        account = vbot.account()
        settings = {"VBOT_API": "v3", "VBOT_TOKEN": account.token or "", "VBOT_BALANCE_ALARM": "100000"}
        with open_site(tmp_path, url, account.url, CONSOLE_PASSWORD=PASSWORD, **settings) as site:
            site.start_web()
            mine = read_config(site.settings).account
            assert mine is not None
            store = open_store(url)
            with Person(site.port) as person:
                assert person.sign_in().status_code == 200
                yield Watched(vbot, store, Client(mine), person)
            store.close()


def test_the_balance_stands_beside_the_line_with_its_age_and_its_doubts(watched: Watched) -> None:
    assert watched.said() == f"Calls leave Balance {NEVER}"
    watched.vbot.fault("unavailable", on="balance", times=1)
    watched.watch(timedelta(hours=2))
    untold = watched.said()
    assert untold.startswith(f"Calls leave Balance {NEVER} Asked at ") and "VBot did not tell: " in untold
    watched.watch(timedelta(hours=1))  # VBot tells again
    assert watched.said().startswith("Calls leave Balance 1,234,567 dong as VBot said at ")
    assert watched.said().endswith("This is old (1 hour ago).")
    assert "1.234.567 đồng" in watched.said("vi") and "Số này đã cũ (1 giờ trước)." in watched.said("vi")
    watched.vbot.fault("unavailable", on="balance", times=1)
    watched.watch(timedelta(minutes=30))
    kept = watched.said()
    assert "1,234,567 dong as VBot said at " in kept and "VBot did not tell: " in kept
    for minutes, left, doubt in ((20, 99_999, "Below the alarm at 100,000 dong."), (10, 0, "Used up: VBot refuses")):
        watched.vbot.balance(left)
        watched.watch(timedelta(minutes=minutes))
        assert f"{left:,} dong" in watched.said() and doubt in watched.said()
    watched.vbot.balance(2_000_000)
    watched.watch()
    assert watched.said().startswith("Calls leave Balance 2,000,000 dong as VBot said at ")
    assert "old" not in watched.said() and not watched.said().endswith(".")


def test_a_generation_that_tells_no_balance_is_said(site: Site) -> None:
    with Person(site.port) as person:
        assert person.sign_in().status_code == 200
        assert "VBot&#39;s API v1 tells no balance: look at VBot&#39;s page" in person.get("/").text
        vietnamese = person.get("/", headers={"Accept-Language": "vi"}).text
        assert "API v1 của VBot không cho biết số dư: hãy xem trên trang của VBot" in vietnamese
