"""100 orders while web and workers are killed at random instants: nobody rings twice, no order is lost.

A program's webhook is told of each call, at least once and under one id.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.store import make_seal, open_store
from bridge.store.notify.receivers import write_receiver
from tests.notify.listener import Listener, listen
from tests.processes import KEY, Fake, Running, Site, configure, open_site, order, phone, start_fake, wait_for

ORDERS = 100
KILLS = 6
THREADS = 4
LEASE_SECONDS = 40
BATCH = ORDERS // KILLS
TOKEN = "token-of-the-api"
HOOK_SECRET = "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s="


def test_killed_at_any_instant_nobody_rings_twice_and_no_order_is_lost(
    migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(10**6))
    dice = random.Random(seed)
    configure(migrated_url)
    told: dict[tuple[int, str], set[str]] = {}
    settings = {"WORKER_THREADS": str(THREADS), "API_TOKEN": TOKEN}
    with (
        start_fake(tmp_path) as fake,
        listen() as listener,
        open_site(tmp_path, migrated_url, fake.url, **settings) as site,
    ):
        add_webhook(migrated_url, listener)
        fake.fault(*({"fault": "delay", "times": 1, "seconds": dice.uniform(0.05, 0.1)} for _ in range(2 * ORDERS)))
        shop = Shop(site)
        web = site.start_web()
        for kill in range(KILLS):
            worker = site.start_worker()
            sending = threading.Thread(target=shop.send, args=(range(BATCH * kill, BATCH * (kill + 1)),))
            before = len(fake.rung())
            sending.start()
            wait_for("a call in this life", lambda before=before: len(fake.rung()) > before)
            threading.Event().wait(dice.uniform(0, 0.4))
            worker.kill()
            if kill == KILLS // 2:
                kill_group(web)
                web = site.start_web()
            sending.join()
        site.start_worker()
        shop.send(range(BATCH * KILLS, ORDERS))
        wait_for("an end of every call", lambda: ended(site, fake), LEASE_SECONDS + 30)
        balance = site.balance()
        calls = {call["order_id"]: call for call in site.listed("calls", "--limit", "200", "--show-phones")}
        wait_for("every message taken", lambda: site.listed("webhooks", "list")[0]["messages"]["pending"] == 0, 90)
    for came in listener.came:
        message = json.loads(came.body)
        told.setdefault((message["data"]["id"], message["type"]), set()).add(came.headers["webhook-id"])
    rung = Counter(fake.phones())
    states = Counter(call["state"] for call in calls.values())
    with capsys.disabled():
        sys.stdout.write(f"\nkill test, seed {seed}: {KILLS} kills of the worker, 1 of the web, {dict(states)}\n")
    assert shop.acknowledged == set(range(ORDERS))
    assert [number for number, times in rung.items() if times > 1] == []
    assert {call["phone"] for call in calls.values()} == {phone(number) for number in range(ORDERS)}
    assert len(calls) == ORDERS
    for call in calls.values():
        assert call["state"] == "placed" or (call["state"] == "unsure" and call["reason"]), call
        assert call["state"] == "unsure" or rung[call["phone"]] == 1
    assert states["unsure"] <= KILLS * THREADS
    assert told.keys() >= {(call["id"], f"call.{call['state']}") for call in calls.values()}
    assert [once for once, ids in told.items() if len(ids) != 1] == []
    assert balance["unexplained_total"] == 0 and balance["exit"] == 0, balance
    assert balance["orders"] | {"called": 0, "unsure": 0} == dict.fromkeys(balance["orders"], 0)
    assert (balance["orders"]["called"], balance["orders"]["unsure"]) == (states["placed"], states["unsure"])


def add_webhook(url: str, listener: Listener) -> None:
    hook = {"name": "crm", "url": listener.url, "secrets": [HOOK_SECRET], "events": ["call.*"]}
    document = {**hook, "allow_private_addresses": True}
    with contextlib.closing(open_store(url)) as store, store.write() as conn:
        write_receiver(conn, make_seal((KEY,)), "webhook", document, document, datetime.now(UTC))


class Shop:
    """Sends each order until it is acknowledged, as a shop that is told nothing, or an error, does."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.acknowledged: set[int] = set()
        self.bodies = {number: order(number) for number in range(ORDERS)}

    def send(self, numbers: range) -> None:
        for number in numbers:
            wait_for("an answer to an order", lambda number=number: self._is_taken(number))
            self.acknowledged.add(number)

    def _is_taken(self, number: int) -> bool:
        try:
            return self.site.send("shop", self.bodies[number]).status == 200
        except (OSError, http.client.HTTPException):
            return False


def kill_group(process: Running) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.process.wait()


def ended(site: Site, fake: Fake) -> bool:
    if len(fake.rung()) < ORDERS - KILLS * THREADS:
        return False
    lists = [f"calls?state={state}" for state in ("waiting", "queued", "dialing")] + ["deliveries?state=stored"]
    answers = [site.ask("GET", f"/api/v1/{name}", None, [("Authorization", f"Bearer {TOKEN}")]) for name in lists]
    return all(answer.status == 200 and answer.json()["items"] == [] for answer in answers)
