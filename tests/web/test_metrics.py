"""/metrics: the ledger counted, the same by every process, in a form that Prometheus takes, and nothing of a person."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from bridge.fake_vbot import FakeVBot, Settings
from bridge.monitor.balance import watch_balance
from bridge.monitor.metrics import METRICS
from bridge.settings import read_config
from bridge.store import Store
from bridge.store.db.tables import deliveries
from bridge.store.operation.workers import beat
from bridge.store.reports.tallies import AT_ONCE, advance_tallies, read_tallies
from bridge.store.shops.refusals import count_misaddressed, count_refusal
from bridge.web import create_app, hook_times
from tests.processes import wait_for
from tests.stage import NOW, RULE, Stage, later, order

TOKEN = "token-of-the-api"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
MANY = 100_000


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot, {**RULE, "when": "order.total > 1"})


def scrape(stage: Stage, accept: str = "text/plain") -> str:
    """What a process that was just started tells."""
    given = {"BRIDGE_SECRET_KEY": "k" * 32, "DATABASE_URL": "sqlite:///unused.db", "API_TOKEN": TOKEN}
    account = stage.vbot.account()
    given |= {"VBOT_URL": account.url, "VBOT_API": account.generation, "VBOT_TOKEN": account.token or ""}
    given |= {"VBOT_ID": account.vbot_id, "VBOT_PROJECT_CODE": account.project_code}
    app = create_app(read_config(given), stage.store)
    answer = app.test_client().get("/metrics", headers={**BEARER, "Accept": accept})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def samples(text: str) -> dict[str, float]:
    """Each sample by its name and the values of its labels, in the order of their names."""
    return {
        " ".join([sample.name.removeprefix("vbot_bridge_"), *(value for _, value in sorted(sample.labels.items()))]): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_ledger_is_counted_and_prometheus_takes_it(stage: Stage, program: Callable[[str], str]) -> None:
    started = datetime.now(UTC) - timedelta(minutes=3)
    made = {"created_at": started.isoformat(), "updated_at": started.isoformat()}
    for number, total in ((1, "350000"), (2, "350000"), (3, "1")):
        stage.send("order.created", order(number, total=total, **made), started)
    stage.decide(started)
    stage.send("order.updated", order(1), started + timedelta(seconds=30))
    with stage.store.write() as conn:
        count_refusal(conn, "shop", "bad_signature", NOW, 7)
        count_misaddressed(conn, "0912345678", "unknown_source", NOW, 3)
        beat(conn, "a-worker", datetime.now(UTC))
    advance_tallies(stage.store, datetime.now(UTC), MANY)
    text = scrape(stage)
    found = samples(text)
    expected = {
        "deliveries_total  shop decided": 3,
        "deliveries_refused_total bad_signature shop": 7,
        "requests_misaddressed_total unknown_source": 3,
        "decisions_total skip condition_false": 1,
        "calls_created_total confirm": 2,
        "decision_seconds_bucket 0.1": 3,
        "decision_seconds_count": 3,
        "calls waiting": 2,
        "calls finished": 0,
        "deliveries_undecided stored": 1,
        "alarms_open breaker": 0,
        "paused all": 0,
        "breaker closed": 1,
        "workers": 1,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert 90 < found["deliveries_oldest_undecided_seconds"] < 1000
    assert 120 < found["calls_oldest_waiting_seconds"] < 1000
    judged = subprocess.run(
        [program("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (judged.returncode, judged.stderr) == (0, "")
    assert "0912345678" not in text and "DH-1" not in text and "id-1" not in text
    assert scrape(stage, "application/openmetrics-text; version=1.0.0").endswith("# EOF\n")


def test_a_call_is_followed_to_its_result(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.run()
    advance_tallies(stage.store, later(minutes=2), MANY)
    assert samples(scrape(stage))["attempts_total accepted"] == 1
    assert samples(scrape(stage))["attempt_seconds_count"] == 1
    assert samples(scrape(stage))["calls placed"] == 1


def test_how_long_shops_waited_is_counted_by_each_process_and_told_by_all(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_times, "FLUSH_SECONDS", 0.01)
    given = {"BRIDGE_SECRET_KEY": "k" * 32, "DATABASE_URL": "sqlite:///unused.db"}
    for _ in range(2):
        client = create_app(read_config(given), stage.store).test_client()
        for _ in range(3):
            assert client.post("/hooks/shop", data=b"{}").status_code == 401
    wait_for("the counts", lambda: samples(scrape(stage))["hook_seconds_count"] == 6)
    found = samples(scrape(stage))
    assert found["hook_seconds_bucket +Inf"] == 6 and found["hook_seconds_sum"] > 0


def test_every_metric_of_the_registry_is_told_and_no_other(stage: Stage) -> None:
    told = {family.name for family in text_string_to_metric_families(scrape(stage))}
    assert told == {metric.name.removesuffix("_total") for metric in METRICS}


def test_a_row_is_counted_once_by_whichever_worker_comes_first(stage: Stage) -> None:
    for number in range(20):
        stage.send("order.created", order(number))
    stage.decide()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: advance_tallies(stage.store, later(minutes=2), MANY), range(4)))
    assert advance_tallies(stage.store, later(minutes=2), MANY) == 0
    with stage.store.read() as conn:
        kept = read_tallies(conn)
    assert kept["deliveries"] == {("shop", "decided", ""): 20}
    assert kept["calls"] == {("confirm",): 20}


def test_what_is_not_decided_holds_the_count_up_for_five_minutes_and_no_longer(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    stage.send("order.created", order(2))
    stage.send("order.created", order(3))
    with stage.store.write() as conn:
        conn.execute(update(deliveries).where(deliveries.c.id > 2).values(state="decided", decided_at=NOW))

    def counted(at: datetime) -> dict[tuple[str, ...], int]:
        advance_tallies(stage.store, at, MANY)
        with stage.store.read() as conn:
            return dict(read_tallies(conn).get("deliveries", {}))

    assert counted(later(seconds=59)) == {}
    assert counted(later(minutes=4)) == {("shop", "decided", ""): 1}
    ended = {("shop", "decided", ""): 2, ("shop", "open", ""): 1}
    assert counted(later(minutes=6)) == ended
    stage.decide(later(minutes=6))
    assert counted(later(minutes=20)) == ended  # a count never goes back


def test_more_rows_than_are_read_at_once_are_all_counted(stage: Stage) -> None:
    stage.send("order.created", order(1))
    stage.decide()
    with stage.store.write() as conn:
        first = dict(conn.execute(deliveries.select()).mappings().one())
        rows = [{**first, "id": first["id"] + n, "dedup_key": f"copy-{n}"} for n in range(1, AT_ONCE + 5)]
        conn.execute(deliveries.insert(), rows)
    assert advance_tallies(stage.store, later(minutes=2), MANY) == AT_ONCE + 5 + 2  # with a decision and a call
    with stage.store.read() as conn:
        assert read_tallies(conn)["deliveries"] == {("shop", "decided", ""): AT_ONCE + 5}


def test_what_is_left_at_vbot_is_told_where_vbot_tells_it(store: Store) -> None:
    with FakeVBot(Settings(generation="v3", balance=123_456)) as vbot:
        stage = Stage(store, vbot)
        watch_balance(store, stage.client, None, NOW, lambda: 10.0**9)
        assert samples(scrape(stage))["vbot_balance_dong"] == 123_456


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_only_the_bearer_of_the_api_token_may_look(stage: Stage, headers: dict[str, str]) -> None:
    given = {"BRIDGE_SECRET_KEY": "k" * 32, "API_TOKEN": TOKEN}
    answer = create_app(read_config(given), stage.store).test_client().get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert "vbot_bridge" not in answer.get_data(as_text=True)


def test_times_that_are_due_after_the_store_is_closed_open_no_connection(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_times, "FLUSH_SECONDS", 0.01)
    store.close()
    before = set(threading.enumerate())
    hook_times.HookTimes(store).add(0.1)
    wait_for("the time", lambda: set(threading.enumerate()) <= before)
    assert store.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
