"""Access tokens in the database: one login for all processes, encrypted, and no lease that outlives its process."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Connection, select

from bridge.fake_vbot import FakeVBot, Settings
from bridge.lib.shared_token import Renewed, SharedToken
from bridge.store import Store, make_seal, migrate
from bridge.store.db.tables import tokens
from bridge.store.tokens import DatabaseTokenStore, begin_token_renewal, finish_token_renewal, read_token
from bridge.vbot import CallRequest, Outcome
from bridge.vbot.client import Client
from tests.stage import NOW, later

ROOT = Path(__file__).parents[2]
OLD, NEW = "o" * 32, "n" * 32
SEAL = make_seal((OLD,))
CALL = CallRequest("0kq3v9x2b7", "0912345678", "0812345678", "HELLO")
SPAN = timedelta(seconds=15)

# A process of its own that takes the account's token and says which one it has. It starts when told.
TAKE = """
import sys, time
from datetime import UTC, datetime
from bridge.store import database_now, make_seal, open_store
from bridge.store.tokens import DatabaseTokenStore
from bridge.vbot import Account
from bridge.vbot.client import Client
url, address, key = sys.argv[1:]
store, seal = open_store(url), make_seal((key,))
account = Account(address, username="fake-user", password="fake-password", vbot_id="vbot-1", project_code="SHOP")
now = lambda conn: database_now(conn, datetime.now(UTC))
client = Client(account, token_store=lambda id: DatabaseTokenStore(store, seal, f"vbot {id}", now))
sys.stdin.readline()
failure = client.prepare(time.monotonic() + 60)
print(failure or client._token.get())
"""


@pytest.fixture
def vbot() -> Iterator[FakeVBot]:
    with FakeVBot(Settings(expires_in=899)) as server:
        yield server


class Desk:
    """Clients of one account over one database, as processes have them; `at` is the instant for all."""

    def __init__(self, store: Store, vbot: FakeVBot) -> None:
        self.store, self.vbot, self.at = store, vbot, NOW
        self.name = f"vbot {self.client().account_id}"

    def client(self, key: str = OLD) -> Client:
        def now(conn: Connection) -> datetime:
            return self.at

        def token_store(account_id: str) -> DatabaseTokenStore:
            return DatabaseTokenStore(self.store, make_seal((key,)), f"vbot {account_id}", now)

        return Client(self.vbot.account(fixed_token=False), token_store=token_store)

    def token(self, key: str = OLD) -> SharedToken:
        with self.store.read() as conn:
            return read_token(conn, make_seal((key,)), self.name, self.at)


@pytest.fixture
def desk(store: Store, vbot: FakeVBot) -> Desk:
    return Desk(store, vbot)


def soon() -> float:
    return time.monotonic() + 60


def grants(vbot: FakeVBot) -> list[str]:
    forms = [parse_qs(request["body"]) for request in vbot.requests if request["path"] == "/token"]
    return [form["grant_type"][0] for form in forms]


def test_all_clients_of_a_database_take_one_token(desk: Desk) -> None:
    clients = [desk.client() for _ in range(5)]
    assert [client.prepare(soon()) for client in clients] == [None] * 5
    assert {client.place(CALL, soon()).outcome for client in clients} == {"accepted"}
    assert grants(desk.vbot) == ["password"]


def test_clients_that_come_at_once_fetch_one_token(desk: Desk) -> None:
    clients = [desk.client() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(lambda client: client.prepare(soon()), clients)) == {None}
    assert grants(desk.vbot) == ["password"]


def test_processes_that_come_at_once_fetch_one_token(store: Store, migrated_url: str, vbot: FakeVBot) -> None:
    command = [sys.executable, "-c", TAKE, migrated_url, vbot.url, OLD]
    environment = {"PATH": os.environ["PATH"]}
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(4)
    ]
    shown = [process.communicate("go\n", timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * 4, shown
    assert len({said for said, _ in shown}) == 1
    assert grants(vbot) == ["password"]


def test_a_stale_token_is_renewed_once_by_its_refresh_token_and_all_take_it(desk: Desk) -> None:
    assert desk.client().prepare(soon()) is None
    desk.at = later(838)
    assert desk.client().prepare(soon()) is None
    assert grants(desk.vbot) == ["password"]
    desk.at = later(840)
    clients = [desk.client() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda client: client.prepare(soon()), clients)) == {None}
    assert grants(desk.vbot) == ["password", "refresh_token"]


def test_after_a_401_of_all_one_renews_and_nobody_drops_the_newer_token(desk: Desk) -> None:
    clients = [desk.client() for _ in range(4)]
    for client in clients:
        client.prepare(soon())
    desk.vbot.expire_tokens()
    assert {client.place(CALL, soon()).detail for client in clients} == {"token_refused"}
    for client in clients:
        assert client.prepare(soon()) is None
    assert {client.place(CALL, soon()).outcome for client in clients} == {"accepted"}
    assert grants(desk.vbot) == ["password", "refresh_token"]


def test_a_process_that_learns_of_a_401_late_does_not_drop_the_newer_token(desk: Desk) -> None:
    early, late = desk.client(), desk.client()
    early.prepare(soon())
    late.prepare(soon())
    desk.vbot.expire_tokens()
    early.place(CALL, soon())
    early.prepare(soon())
    assert late.place(CALL, soon()).detail == "token_refused"
    assert late.prepare(soon()) is None
    assert late.place(CALL, soon()).outcome == "accepted"
    assert len(grants(desk.vbot)) == 2


def test_who_waits_for_a_dead_renewer_says_so_and_the_lease_ends_by_time(desk: Desk) -> None:
    with desk.store.write() as conn:
        assert begin_token_renewal(conn, SEAL, desk.name, 0, SPAN, NOW) is not None
    assert desk.client().prepare(time.monotonic()) == Outcome("not_sent", "token_unavailable")
    assert grants(desk.vbot) == []
    desk.at = later(16)
    assert desk.client().prepare(soon()) is None
    assert grants(desk.vbot) == ["password"]


def test_a_lease_from_a_clock_that_was_set_back_since_is_none(desk: Desk) -> None:
    with desk.store.write() as conn:
        assert begin_token_renewal(conn, SEAL, desk.name, 0, SPAN, later(hours=5)) is not None
    assert desk.client().prepare(soon()) is None


def test_who_saw_the_lease_and_asks_after_the_renewal_may_not_renew_the_fresh_token(desk: Desk) -> None:
    with desk.store.write() as conn:
        held = begin_token_renewal(conn, SEAL, desk.name, 0, SPAN, NOW)
        assert held is not None
        seen = read_token(conn, SEAL, desk.name, NOW).version
        assert finish_token_renewal(conn, SEAL, desk.name, held.version, Renewed("his", None, 800), NOW)
        assert begin_token_renewal(conn, SEAL, desk.name, seen, SPAN, NOW) is None


def test_what_a_dead_renewer_brings_late_does_not_replace_the_newer_token(desk: Desk) -> None:
    with desk.store.write() as conn:
        dead = begin_token_renewal(conn, SEAL, desk.name, 0, SPAN, NOW)
    assert dead is not None
    desk.at = later(16)
    desk.client().prepare(soon())
    newer = desk.token().access
    with desk.store.write() as conn:
        assert not finish_token_renewal(conn, SEAL, desk.name, dead.version, Renewed("late", None, 800), desk.at)
    assert (desk.token().access, newer is None) == (newer, False)


def test_an_issuer_that_fails_leaves_the_token_free_and_the_refresh_token_used(desk: Desk) -> None:
    desk.client().prepare(soon())
    desk.at = later(840)
    desk.vbot.fault("reset_after", on="token", times=1)
    assert desk.client().prepare(soon()) == Outcome("not_sent", "reset")
    assert desk.client().prepare(soon()) is None
    assert grants(desk.vbot) == ["password", "refresh_token", "password"]


def test_neither_the_database_nor_the_log_holds_a_token(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk.client().prepare(soon())
    token = desk.token()
    assert token.access and token.refresh
    with desk.store.read() as conn:
        row = repr(conn.execute(select(tokens)).one())
    for secret in (token.access, token.refresh):
        assert secret not in row
        assert secret not in caplog.text
        assert secret not in repr(token)


def test_a_token_that_no_key_opens_is_fetched_anew(desk: Desk) -> None:
    desk.client().prepare(soon())
    other = desk.client(NEW)
    assert other.prepare(soon()) is None
    assert other.place(CALL, soon()).outcome == "accepted"
    assert grants(desk.vbot) == ["password", "password"]


def test_migrating_puts_tokens_under_the_first_key_and_drops_what_no_key_opens(desk: Desk) -> None:
    desk.client().prepare(soon())
    with desk.store.write() as conn:
        held = begin_token_renewal(conn, make_seal(("x" * 32,)), "source lost", 0, SPAN, NOW)
        assert held is not None
        assert finish_token_renewal(
            conn, make_seal(("x" * 32,)), "source lost", held.version, Renewed("a", None, 60), NOW
        )
    before = desk.token().access
    migrate(desk.store, make_seal((NEW, OLD)))
    assert (desk.token(NEW).access, before is None) == (before, False)
    with desk.store.read() as conn:
        sealed = conn.execute(select(tokens.c.sealed).where(tokens.c.name == "source lost")).scalar_one()
    assert sealed == ""


def test_tokens_of_other_names_are_apart(store: Store) -> None:
    with store.write() as conn:
        for name in ("source one", "source two"):
            held = begin_token_renewal(conn, SEAL, name, 0, SPAN, NOW)
            assert held is not None
            assert finish_token_renewal(conn, SEAL, name, held.version, Renewed(name, None, 60), NOW)
        assert read_token(conn, SEAL, "source one", NOW).access == "source one"
        assert read_token(conn, SEAL, "source none", NOW) == SharedToken(0)
