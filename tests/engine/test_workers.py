"""Web and any number of workers as processes on one Postgres."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psycopg
import pytest

from tests import postgres
from tests.processes import Fake, Site, configure, open_site, order, phone, start_fake, wait_for

ORDERS = 40
POOLS = 16  # connections of all pools together; small databases allow 20


@pytest.fixture
def url(migrated_postgres: str) -> str:
    postgres.empty(migrated_postgres)
    configure(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    with start_fake(tmp_path) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, url: str, fake: Fake) -> Iterator[Site]:
    with open_site(tmp_path, url, fake.url, WORKER_THREADS="2") as opened:
        yield opened


def send(site: Site, numbers: range) -> None:
    with ThreadPoolExecutor(16) as shops:
        answers = list(shops.map(lambda number: site.send("shop", order(number)).status, numbers))
    assert answers == [200] * len(numbers)


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(question).fetchall()


def test_two_workers_share_the_work_and_ring_each_call_once(site: Site, fake: Fake, url: str) -> None:
    fake.fault({"fault": "delay", "seconds": 0.2})
    site.start_web()
    workers = [site.start_worker() for _ in range(2)]
    send(site, range(ORDERS))
    wait_for("every call", lambda: len(fake.rung()) >= ORDERS, 60)
    assert [worker.end() for worker in workers] == [0, 0]
    assert sorted(fake.phones()) == [phone(number) for number in range(ORDERS)]
    assert all("call attempted" in worker.said() for worker in workers)
    assert ask(url, "SELECT DISTINCT state FROM calls") == [("placed",)]
    assert ask(url, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_two_workers_log_in_once_and_once_more_after_a_401(site: Site, fake: Fake, url: str) -> None:
    site.start_web()
    login = {"VBOT_TOKEN": "", "VBOT_USERNAME": "fake-user", "VBOT_PASSWORD": "fake-password"}
    workers = [site.start_worker(**login) for _ in range(2)]
    send(site, range(ORDERS))
    wait_for("every call", lambda: len(fake.rung()) >= ORDERS, 60)
    assert grants(fake) == ["password"]
    fake.expire_tokens()
    send(site, range(ORDERS, 2 * ORDERS))
    wait_for("every call", lambda: len(fake.rung()) >= 2 * ORDERS, 60)
    assert [worker.end() for worker in workers] == [0, 0]
    assert all("call attempted" in worker.said() for worker in workers)
    assert sorted(fake.phones()) == [phone(number) for number in range(2 * ORDERS)]
    assert grants(fake) == ["password", "refresh_token"]


def grants(fake: Fake) -> list[str]:
    """By what VBot was asked for a token, each time."""
    forms = [parse_qs(request["body"]) for request in fake.requests() if request["path"] == "/token"]
    return [form["grant_type"][0] for form in forms]


def test_a_worker_killed_with_requests_under_way_loses_and_doubles_nothing(site: Site, fake: Fake, url: str) -> None:
    fake.fault({"fault": "delay", "seconds": 30, "times": 2})
    site.start_web()
    worker = site.start_worker()
    send(site, range(10))
    wait_for("both of its threads dialing", lambda: len(fake.requests()) == 2)
    worker.kill()
    other = site.start_worker()
    left = wait_for("every other call", lambda: phones_left(url) if len(phones_left(url)) == 2 else None)
    assert sorted({*left, *fake.phones()}) == [phone(number) for number in range(10)]
    assert len(fake.phones()) == len(set(fake.phones()))
    assert other.end() == 0


def phones_left(url: str) -> list[str]:
    """Of calls that are not placed: who was being dialled at the kill is not known to have rung."""
    return [number for (number,) in ask(url, "SELECT phone FROM calls WHERE state <> 'placed'")]


def test_web_and_worker_together_hold_no_more_connections_than_promised(site: Site, fake: Fake, url: str) -> None:
    most, done = [0], threading.Event()
    postgres.leave(url)  # what this process keeps open would be counted too

    def watch() -> None:
        others = "datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with psycopg.connect(url, autocommit=True) as connection:
            while not done.is_set():
                row = connection.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {others}").fetchone()
                most[0] = max(most[0], int(row[0]) if row else 0)

    site.start_web(WEB_CONCURRENCY="2")
    site.start_worker(WORKER_THREADS="16")
    watching = threading.Thread(target=watch)
    watching.start()
    try:
        send(site, range(4 * ORDERS))
        wait_for("every call", lambda: len(fake.rung()) == 4 * ORDERS, 120)
    finally:
        done.set()
        watching.join()
    assert POOLS - 5 < most[0] <= POOLS
