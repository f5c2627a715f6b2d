"""One proof's stage: a database, a fake VBot, the bridge as processes, shops that send; and the accounts at the end.

Nothing here looks into the bridge: what it says of itself (its API, `balance --json`) is held against the list that
the fake VBot wrote to disk before it answered.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bridge.configuration import apply
from bridge.configuration import files as configfile
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from bridge.store import make_seal, open_store
from tests.processes import (
    HOTLINE,
    KEY,
    RULE,
    SECRETS,
    Answer,
    Fake,
    Running,
    Site,
    open_site,
    order,
    phone,
    start_fake,
    wait_for,
)
from tests.proof.faults import REFUSED, UNSURE

TOKEN = "token-of-the-api"
AUTHORISED = [("Authorization", f"Bearer {TOKEN}")]
SEVERAL = 4  # shops that send at a time
LONGEST_WAIT_SECONDS = 600
PAUSE_SECONDS = 0.5
REST_SECONDS = 0.1

LEASE_OVER = "lease_over"
LIVE = ("waiting", "queued", "dialing")


@dataclass(frozen=True)
class Plan:
    """What a proof is given: a folder, a migrated database of its own, chance, and whether it may take its time."""

    folder: Path
    database_url: str
    seed: int
    long: bool
    may_crash: bool = False  # the server of this database is ours alone

    @property
    def is_postgres(self) -> bool:
        return not self.database_url.startswith("sqlite")

    def of(self, short: int, long: int) -> int:
        return long if self.long else short

    def dice(self) -> random.Random:
        return random.Random(f"{self.seed} {self.folder.name}")


@dataclass
class Scene:
    """The bridge between its shops and its VBot, and what the shops were told."""

    site: Site
    fake: Fake
    acknowledged: set[int] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    sends: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SEVERAL))
    sent: list[Future[None]] = field(default_factory=list)
    rest: float = 0  # of each shop after an order; a shop that never rests leaves no moment in which all is decided

    @property
    def answers(self) -> Counter[int]:
        return Counter(self.statuses)

    def send(self, numbers: Iterable[int], **changes: Any) -> None:
        """These orders go out, each again and again until it is acknowledged; returns at once."""
        bodies = {number: order(number, **changes) for number in numbers}
        self.sent += [self.sends.submit(self._insist, number, body) for number, body in bodies.items()]

    def wait_for_shops(self) -> None:
        """Every order that was sent is acknowledged."""
        for one in self.sent:
            one.result()
        assert set(self.answers) <= {200, 503}, self.answers

    def wait_for_ends(self, waiting: int = 0) -> None:
        """No delivery is undecided, and no call is on its way, but for so many that have to wait."""
        wait_for("an end of every call", self._all_ended(waiting), LONGEST_WAIT_SECONDS)

    def items(self, name: str) -> list[dict[str, Any]]:
        """The API's whole list."""
        found: list[dict[str, Any]] = []
        cursor: int | None = 0
        while cursor is not None:
            query = f"{'&' if '?' in name else '?'}limit=200" + (f"&cursor={cursor}" if cursor else "")
            answer = self.site.ask("GET", f"/api/v1/{name}{query}", None, AUTHORISED)
            assert answer.status == 200, answer.body
            found += answer.json()["items"]
            cursor = answer.json()["next"]
        return found

    def wait_for_a_ring(self, seconds: float) -> None:
        """Somebody is rung from now on, or it takes too long."""
        size = self.fake.log.stat().st_size
        until = time.monotonic() + seconds
        wait_for(
            "a ring, or the end of the wait",
            lambda: self.fake.log.stat().st_size > size or time.monotonic() > until,
            2 * seconds,
        )

    def asked(self) -> int:
        """How many calls VBot was asked for, whatever it answered."""
        return sum(request["path"].endswith("/insert") for request in self.fake.requests())

    def close(self) -> None:
        self.sends.shutdown(cancel_futures=True)

    def _insist(self, number: int, body: bytes) -> None:
        wait_for("an answer to an order", lambda: self._is_taken(body), LONGEST_WAIT_SECONDS)
        self.acknowledged.add(number)
        threading.Event().wait(self.rest)

    def _is_taken(self, body: bytes) -> bool:
        answer = try_to(lambda: self.site.send("shop", body))
        if answer is not None:
            self.statuses.append(answer.status)
        if answer is None or answer.status != 200:
            threading.Event().wait(REST_SECONDS)
            return False
        return True

    def _all_ended(self, waiting: int) -> Callable[[], bool]:
        def look() -> bool:
            threading.Event().wait(PAUSE_SECONDS)
            for path in ("deliveries?state=stored", "calls?state=queued", "calls?state=dialing"):
                answer = try_to(lambda path=path: self.site.ask("GET", f"/api/v1/{path}&limit=1", None, AUTHORISED))
                if answer is None or answer.status != 200 or answer.json()["items"]:
                    return False
            # Whatever may have moved between these looks: who has an end, keeps it.
            return sum(call["state"] in LIVE for call in self.items("calls")) <= waiting

        return look


def try_to(ask: Callable[[], Answer]) -> Answer | None:
    """None where nobody answered."""
    try:
        return ask()
    except (OSError, http.client.HTTPException):
        return None


@contextmanager
def open_scene(
    plan: Plan,
    *rules: dict[str, Any],
    threads: int = 4,
    hotlines: Sequence[dict[str, Any]] = (),
    zone: str = "",
    settings: Mapping[str, str] = MappingProxyType({}),
    vbot: Sequence[str] = (),
    source: Mapping[str, Any] | None = None,
) -> Iterator[Scene]:
    """The database holds one source and these rules; every process on it is gone afterwards.

    `vbot`: more words for the fake's command. `source`: instead of a generic one.
    """
    shop = source or {
        "id": "shop",
        "platform": "generic",
        "secrets": [SECRETS["shop"]],
        **({"timezone": zone} if zone else {}),
    }
    document = {"sources": [shop], "hotlines": list(hotlines), "rules": list(rules or (RULE,))}
    own = {"API_TOKEN": TOKEN, "WORKER_THREADS": str(threads), "WEB_CONCURRENCY": "1", "LOG_LEVEL": "INFO", **settings}
    configure(plan.database_url, document)
    with start_fake(plan.folder, *vbot) as fake, open_site(plan.folder, plan.database_url, fake.url, **own) as site:
        fake.teach("CONFIRM", "number", "name")
        scene = Scene(site, fake, rest=0.2 if plan.long else 0)
        try:
            yield scene
        finally:
            scene.close()


def configure(url: str, document: dict[str, Any]) -> None:
    written, findings = configfile.read_files(
        [("shops.json", json.dumps(document))], parse_rule, [platform.name for platform in list_platforms()]
    )
    assert [str(finding) for finding in findings if not finding.warning] == []
    expanded, _ = configfile.expand(written, {})
    store, seal = open_store(url), make_seal((KEY,))
    with store.write() as conn:
        apply.carry_out(conn, seal, apply.want(conn, seal, written, expanded), datetime.now(UTC), prune=True)
    store.close()


def start_web(site: Site, shell: str = "") -> Running:
    """gunicorn, not waited for: what follows must bear with a web that is not there yet."""
    config = Path(__file__).parents[2] / "gunicorn.conf.py"
    return site.start("gunicorn", "--config", str(config), shell=shell)


def has_started(worker: Running) -> bool:
    assert worker.process.poll() is None, worker.said()
    return "worker started" in worker.said()


def kill_group(process: Running) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.process.wait()


@dataclass(frozen=True)
class Account:
    """How the orders ended. `cut` of the unsure ones lost the worker or the database in the middle of a request."""

    orders: int
    rung: int
    states: Counter[str]
    cut: int
    spoilt: int
    met: Counter[str]  # the faults that VBot's answers met

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        unsure = f" ({self.cut} cut off, {self.spoilt} spoilt by VBot)" if self.cut + self.spoilt else ""
        return f"{self.orders} orders, {self.rung} rang: {states}{unsure}; 0 twice, 0 lost, 0 unexplained"


def check(
    scene: Scene, *, most_cut: int = 0, faults: Sequence[dict[str, Any]] = (), ends: Sequence[str] = ("placed",)
) -> Account:
    """Every acknowledged order has one call, which rang once or has its reason for not being known to have.

    `most_cut`: how many requests may have been cut off on our side. `faults`: the row that VBot worked off.
    `ends`: the states that need neither.
    """
    rung = scene.fake.rung()
    listed = [call for call in scene.items("calls") if call["rule"] != "manual"]
    calls = {call["order_id"]: call for call in listed}
    phones = {call["phone"] for call in listed}
    states = Counter(call["state"] for call in listed)
    unsure = Counter(call["reason"] for call in listed if call["state"] == "unsure")
    met = Counter(fault["fault"] for fault in faults[: scene.asked()])
    cut, spoilt = unsure.pop(LEASE_OVER, 0), unsure.total()

    assert twice(call["phone"] for call in rung) == []
    assert twice(call["external_call_id"] for call in rung) == []
    orders = {f"id-{number}" for number in scene.acknowledged}
    assert len(calls) == len(listed) and calls.keys() <= orders
    assert [
        scene.site.ask("GET", f"/api/v1/orders/shop/{lost}", None, AUTHORISED).body for lost in orders - set(calls)
    ] == []
    _check_each(calls, Counter(call["phone"] for call in rung), {call["external_call_id"] for call in rung})
    with_reason = (("unsure",) if most_cut or faults else ()) + (("refused",) if faults else ())
    assert set(states) <= {*ends, *with_reason}, Counter((call["state"], call["reason"]) for call in listed)

    injected = sum(met[name] for name in UNSURE)
    assert cut <= most_cut, (cut, most_cut)
    assert injected - most_cut <= spoilt <= injected, (spoilt, injected)
    assert met[REFUSED] - most_cut <= states["refused"] <= met[REFUSED], (states, met)
    _check_balance(scene.site.balance(), states)
    rang = sum(call["phone"] in phones for call in rung)
    return Account(len(scene.acknowledged), rang, states, cut, spoilt, met)


def most_in(seconds: float, rung: Sequence[dict[str, Any]], hotline: str = HOTLINE) -> int:
    """The most requests for this hotline that VBot accepted within any so many seconds."""
    at = sorted(call["arrived_at"] for call in rung if call["hotline_code"] == hotline)
    return max((bisect_left(at, start + seconds) - n for n, start in enumerate(at)), default=0)


def twice(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def _check_each(calls: dict[str, dict[str, Any]], rings: Counter[str], rung_ids: set[str]) -> None:
    attempts = {attempt["external_call_id"] for call in calls.values() for attempt in call["attempts"]}
    known = {call["phone"] for call in calls.values()}
    assert [ring for ring in rings if ring in known] and len(rung_ids - attempts) == len(rings.keys() - known)
    for order_id, call in calls.items():
        assert call["phone"] == phone(int(order_id.removeprefix("id-")))
        accepted = [attempt for attempt in call["attempts"] if attempt["outcome"] == "accepted"]
        assert call["state"] in ("placed", "waiting") or call["reason"], call
        assert len(accepted) == (call["state"] == "placed"), call
        assert {attempt["external_call_id"] for attempt in accepted} <= rung_ids, call
        most = {"placed": 1, "unsure": 1}.get(call["state"], 0)
        assert len(accepted) <= rings[call["phone"]] <= most, call


def _check_balance(balance: dict[str, Any], states: Counter[str]) -> None:
    assert balance["exit"] == 0 and balance["unexplained_total"] == 0, balance
    counted = {"called" if state == "placed" else state: count for state, count in states.items()}
    assert {name: count for name, count in balance["orders"].items() if count} == counted
    assert balance["total"] == states.total()
