"""No statement of the worker and the web reads what rests: a table may hold years of finished rows.

The statements are those that a worker with all its jobs and a web send while orders come, are called and settled.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from bridge.core.reports.figures import Terms
from bridge.engine import open_engine
from bridge.fake_vbot import FakeVBot
from bridge.settings import read_config
from bridge.store import Connection, Store, make_seal, migrate, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.configuration.outline import read_outline
from bridge.store.db import upsert
from bridge.store.db.tables import calls, deliveries
from bridge.store.operation.due import look
from bridge.store.people import order_search
from bridge.store.reports import views
from bridge.store.reports.balance import read_balance
from bridge.store.reports.counts import have_sent
from bridge.store.reports.order_list import OrderFilter, list_orders
from bridge.store.reports.report import Span, read_report
from bridge.store.reports.views import CALL_STATES, DELIVERY_STATES, Filter, find_orders, list_calls, list_deliveries
from bridge.store.undecided import has_undecided
from bridge.vbot.client import Client
from bridge.web import create_app
from bridge.worker import loop
from bridge.worker.periodic import Job, Worker
from tests import postgres
from tests.bench.filling import RARE_NAME, catch_up, fill
from tests.bench.stand import TOKEN
from tests.processes import HOTLINE, KEY, RULE, configure, order, phone, sign, stop_worker, wait_for
from tests.store.plans import Reading, Recorder, readings

FINISHED, WAITING = 4_000, 200
FIRST, ORDERS, CANCELLED = 7_000_000, 12, 4
AUTH = "what VBot sends back"
SETTINGS = {
    "BRIDGE_SECRET_KEY": KEY,
    "VBOT_HOTLINE": HOTLINE,
    "VBOT_WEBHOOK_AUTH": AUTH,
    "API_TOKEN": TOKEN,
    "WORKER_THREADS": "4",
    "RETENTION_DAYS": "400",
}
WHOLE = {**RULE, "cooldown": 0}
REDIALLED = {**WHOLE, "rule": "redialled", "redial": {"on": ["no_answer"], "times": 1, "every": "1h"}}
BATCHED = {**WHOLE, "rule": "batched", "batch": {"size": 5, "wait": "1s"}}
# Rows that rest, of every table that grows and is not filled otherwise.
OTHERS = """
INSERT INTO fetches (delivery_id, source_id, give_up_at, tries) SELECT id, source_id, received_at, 1 FROM deliveries;
INSERT INTO fetched (delivery_id, name, body, fetched_at) SELECT id, 'order', body, received_at FROM deliveries;
INSERT INTO lookups (attempt_id, tries, facts) SELECT id, 1, '{}' FROM attempts;
INSERT INTO write_backs (call_id, source_id, order_id, result, n, kind, value, text, marker, instead, was_done, state,
 created_at, updated_at) SELECT id, source_id, order_id, 'confirmed', 0, 'note', '', '', '', '[]', false, 'written',
 created_at, updated_at FROM calls WHERE state = 'finished';
INSERT INTO messages (webhook, event, call_id, data, at, state)
 SELECT 'crm', 'call.finished', id, '{}', updated_at, 'taken' FROM calls WHERE state = 'finished';
INSERT INTO alarms (key, facts, opened_at, closed_at) SELECT 'unsure_calls', '{}', created_at, updated_at FROM calls;
INSERT INTO tellings (channel, alarm_id, opened_told_at, closed_told_at)
 SELECT 'people', id, opened_at, closed_at FROM alarms;
INSERT INTO actions (at, who, command, subject, reason)
 SELECT created_at, 'somebody', 'resolve', 'call:' || id, '' FROM calls;
INSERT INTO parcels (carrier, code, reference, source_id, order_id, topic, status_at, delivery_id, event_n)
 SELECT 'shop', order_id, order_number, source_id, order_id, 'delivery.done', created_at, id, 0 FROM calls;
INSERT INTO batches (name, template, created_at) SELECT 'list', 'CONFIRM', created_at FROM calls LIMIT 1;
INSERT INTO batch_calls (call_id, batch_id) SELECT id, 1 FROM calls;
INSERT INTO dnc (phone, reason, added_at) SELECT '08' || id, 'asked', created_at FROM calls;
INSERT INTO dnc (phone, reason, added_at) SELECT '07' || phone, 'asked', added_at FROM dnc;
INSERT INTO dnc (phone, reason, added_at) SELECT '05' || phone, 'asked', added_at FROM dnc
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of each kind, for all tests of this file."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("plans") / "bridge.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.database(server) as made:
        with closing(open_store(made)) as opened:
            migrate(opened)
        postgres.forget_durability(server, made)
        yield made


@pytest.fixture(scope="module")
def grown(url: str) -> Iterator[Store]:
    """What came until the day before yesterday rests, in every table that grows; some calls wait for tomorrow."""
    now = datetime.now(UTC)
    configure(url, WHOLE, REDIALLED, BATCHED)
    fill(url, range(FINISHED), now - timedelta(days=2))
    fill(url, range(FINISHED, FINISHED + WAITING), now - timedelta(days=2), due=now + timedelta(days=1))
    catch_up(url)
    with closing(open_store(url, 12)) as store:
        with store.write() as conn:
            for statement in OTHERS.split(";"):
                conn.execute(text(statement))
            if store.is_postgres:  # as autovacuum would have by now; on SQLite nobody ever does
                conn.execute(text("ANALYZE"))
        yield store


@pytest.fixture(scope="module")
def sent(grown: Store, url: str) -> dict[str, list[Any]]:
    """What web and worker send while a small scene runs beside all that rests."""
    recorder = Recorder(grown)
    with recorder.recording(), FakeVBot() as vbot, pytest.MonkeyPatch.context() as patch:
        web = create_app(read_config({**SETTINGS, "DATABASE_URL": url}), grown).test_client()
        with _working(grown, url, vbot, patch) as all_ran:
            _play(grown, web, vbot)
            wait_for("a run of every job", all_ran)
        for path in ("/readyz", "/metrics"):
            assert web.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    return recorder.statements


def _play(store: Store, web: FlaskClient, vbot: FakeVBot) -> None:
    """Orders come twice, are called by each rule, answered or not, and some are cancelled."""
    bodies = [order(number) for number in range(FIRST, FIRST + ORDERS)]
    for body in [*bodies, *bodies]:
        _send(web, body)
    wait_for("every call", lambda: len(vbot.calls) == 3 * ORDERS)
    for n, call in enumerate(vbot.calls):
        ended = {"disposition": "ANSWER", "inputLog": "1"} if n % 3 else {"disposition": "NO ANSWER"}
        told = json.dumps({"externalCallId": call["external_call_id"], **ended})
        assert web.post("/vbot/results", data=told, headers={"Authorization": AUTH}).status_code == 200
    for body in bodies[:CANCELLED]:
        _send(web, json.dumps({**json.loads(body), "topic": "order.cancelled"}).encode())
    wait_for("every end", lambda: not _asked(store, "SELECT 1 FROM results WHERE state = 'stored'"))
    wait_for("every decision", lambda: not _asked(store, "SELECT 1 FROM deliveries WHERE state = 'stored'"))


def _send(web: FlaskClient, body: bytes) -> None:
    assert web.post("/hooks/shop", data=body, headers=sign("shop", body)).status_code == 200


def _asked(store: Store, question: str) -> bool:
    with store.read() as conn:
        return conn.execute(text(question)).first() is not None


@contextmanager
def _working(store: Store, url: str, vbot: FakeVBot, patch: pytest.MonkeyPatch) -> Iterator[Callable[[], bool]]:
    """A worker whose jobs come soon; yields whether each has run."""
    config, client = read_config({**SETTINGS, "DATABASE_URL": url}), Client(vbot.account())
    ran: set[str] = set()

    def noting(job: Job) -> Job:
        def run(worker: Worker, now: datetime) -> None:
            job.run(worker, now)
            ran.add(job.name)

        return replace(job, seconds=min(job.seconds, 0.3), run=run)

    jobs = [noting(job) for job in loop.JOBS if job.applies(SimpleNamespace(config=config, client=client))]  # type: ignore[arg-type]
    patch.setattr(loop, "JOBS", tuple(jobs))
    patch.setattr(loop, "BEAT_SECONDS", 0.5)
    stop = threading.Event()
    parts = (config, store, Catalogs(make_seal((KEY,))), open_engine(url), client, stop)
    worker = threading.Thread(target=loop.run_worker, args=parts)
    worker.start()
    try:
        yield lambda: ran == {job.name for job in jobs}
    finally:
        stop_worker(worker, stop)


def _reads_too_much(store: Store, statements: dict[str, list[Any]]) -> list[Reading]:
    """A row costs SQLite's machine two steps or more; a statement for a group reads some rows for each of its 16."""
    most = FINISHED // 4 if store.is_postgres else 2 * FINISHED
    with store.engine.connect() as conn:
        return [one for one in readings(conn, statements) if one.scanned or one.rows > most]


def _record(store: Store, ask: Callable[[Connection], object]) -> dict[str, list[Any]]:
    recorder = Recorder(store)
    with recorder.recording(), store.read() as conn:
        ask(conn)
    return recorder.statements


def test_web_and_worker_read_nothing_that_rests(grown: Store, sent: dict[str, list[Any]]) -> None:
    assert len(sent) > 80  # or the scene does not play any more
    assert _reads_too_much(grown, sent) == []


def test_a_question_that_reads_everything_is_found(grown: Store) -> None:
    """The judge itself: without it a scan would pass unseen."""
    for question in (
        "SELECT count(*) FROM calls WHERE rule = 'confirm' AND key = '7'",
        "SELECT count(*) FROM deliveries WHERE source_id = 'shop' AND query = 'x'",
        "DELETE FROM messages WHERE webhook = 'crm' AND state = 'pending'",
        "UPDATE calls SET reason = 'x' WHERE state = 'finished' AND reason = 'x'",
    ):
        assert _reads_too_much(grown, {question: [()]}) != [], question


def test_a_balance_and_a_report_of_today_read_no_history(grown: Store) -> None:
    now = datetime.now(UTC)
    hour = now - timedelta(hours=1)

    def ask(conn: Connection) -> None:
        read_balance(conn, hour, read_outline(conn).topics(), now)
        for by in ("hour", "rule"):
            read_report(conn, Span(hour, now), by, Terms())

    asked = _record(grown, ask)
    assert len(asked) > 20
    assert _reads_too_much(grown, asked) == []


def test_a_page_of_a_state_in_which_few_rows_are_reads_an_index_of_them(grown: Store) -> None:
    def ask(conn: Connection) -> None:
        for state in set(CALL_STATES) - {"finished"}:
            list_calls(conn, Filter(state=state), show_phones=False)
        for state in set(DELIVERY_STATES) - {"decided"}:
            list_deliveries(conn, Filter(state=state))

    pages = {one: samples for one, samples in _record(grown, ask).items() if "LIMIT" in one}
    assert len(pages) == len(CALL_STATES) + len(DELIVERY_STATES) - 2
    assert _reads_too_much(grown, pages) == []


def test_a_search_reads_an_index(grown: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, least in (("MOST_FOUND", 20), ("FEW", 40), ("MOST_READ", 80)):
        monkeypatch.setattr(order_search, limit, least)

    def ask(conn: Connection) -> None:
        for wanted in ("nguyen", "ngu", "thi la", "Đặng Văn", RARE_NAME, "quach nguyen"):
            order_search.find_by_name(conn, wanted)
        order_search.find_by_name(conn, "nguyen thi", since=datetime.now(UTC) - timedelta(days=3), source="shop")
        order_search.find_by_phone(conn, phone(7))
        find_orders(conn, "DH-7", "shop")

    asked = _record(grown, ask)
    assert len(asked) > 6
    assert _reads_too_much(grown, asked) == []


def test_a_page_of_a_source_or_a_rule_reads_little_however_many_are_its_own(
    grown: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`shop` and `confirm` have them all, `woo` and `redialled` none or a few."""
    for module in (views, upsert):
        monkeypatch.setattr(module, "FEW", 100)

    def ask(conn: Connection) -> None:
        for source in ("shop", "woo"):
            list_deliveries(conn, Filter(source=source))
            list_calls(conn, Filter(source=source), show_phones=False)
            list_orders(conn, OrderFilter(source=source))
            for wanted in ({"group": "called"}, {"result": "confirmed"}, {"result": "confirmed", "group": "called"}):
                list_orders(conn, OrderFilter(source=source, since=datetime.now(UTC) - timedelta(days=30), **wanted))
        for rule in ("confirm", "redialled", "manual"):
            list_calls(conn, Filter(rule=rule), show_phones=False)
            list_deliveries(conn, Filter(rule=rule))

    # What is told of the orders on the page is found by their ids; of so few orders Postgres reads all for that.
    pages = {one: samples for one, samples in _record(grown, ask).items() if "LIMIT" in one}
    asked = {one: samples for one, samples in pages.items() if "order_id IN" not in one}
    assert len(asked) > 6
    with grown.engine.connect() as conn:
        assert [one for one in readings(conn, asked) if one.rows > FINISHED] == []


def test_what_today_asks_reads_neither_all_that_waits_nor_all_deliveries(grown: Store) -> None:
    def ask(conn: Connection) -> None:
        have_sent(conn, ["shop", "woo", "haravan"])
        read_balance(conn, datetime.now(UTC) - timedelta(hours=1), {}, datetime.now(UTC))

    asked = {
        one: samples for one, samples in _record(grown, ask).items() if "dedup_key" in one or "wake_at IS NULL" in one
    }
    with grown.engine.connect() as conn:
        found = list(readings(conn, asked))
    assert len(found) > 2
    assert [one for one in found if one.scanned or one.rows > WAITING] == []


def test_who_asks_for_undecided_deliveries_reads_none_of_the_shops_history(grown: Store) -> None:
    """Where the order of one is not known, its bytes are searched: those alone."""
    row = {"source_id": "shop", "method": "POST", "path": "/hooks/shop", "query": "", "headers": [], "body": b"{}"}
    unknown = {**row, "dedup_key": "unknown", "state": "stored", "received_at": datetime.now(UTC), "order_id": None}
    recorder = Recorder(grown)
    with grown.engine.connect() as conn:  # and rolled back
        conn.execute(insert(deliveries), [unknown])
        with recorder.recording():
            has_undecided(conn, "shop", "id-1")
        found = list(readings(conn, recorder.statements))
    assert len(found) == 2
    assert [one for one in found if one.scanned or one.rows > FINISHED // 4] == []


def test_whether_anything_is_due_reads_one_row_when_much_is_due_too(grown: Store) -> None:
    asked = _record(grown, lambda conn: look(conn, 64))
    due = {"state": "waiting", "wake_at": datetime.now(UTC) - timedelta(hours=1)}
    with grown.engine.connect() as conn:  # and rolled back
        conn.execute(calls.update().where(calls.c.id > FINISHED // 2).values(due))
        conn.execute(text("ANALYZE"))
        (reading,) = readings(conn, asked)
    assert "calls_wake_at" in reading.plan
    assert reading.rows < 100
