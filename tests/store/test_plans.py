"""The questions that every tick asks must cost nothing when a table holds years of finished rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from bridge.core.reports.figures import Terms
from bridge.store import Connection, Store
from bridge.store.batches import find_calls_to_join
from bridge.store.calls import count_unsure, waiting_templates, wake_held
from bridge.store.db.tables import attempts, calls, deliveries, dnc, events, fetches, orders, sources
from bridge.store.hotlines import count_active
from bridge.store.people.phones import look_at_phone
from bridge.store.queue import claim_due, has_due, sweep
from bridge.store.reports.balance import count_stuck, read_balance
from bridge.store.reports.gauges import read_gauges
from bridge.store.reports.report import Span, read_report
from bridge.store.reports.views import CALL_STATES, DELIVERY_STATES, Filter, list_calls, list_deliveries
from bridge.store.shops.fetches import due_fetches
from bridge.store.undecided import crowded_sources, has_undecided, is_crowded, undecided
from tests.stage import HOTLINE, NOW

FINISHED = 20_000
NONE: dict[str, set[str]] = {"rule": set(), "source": set()}

ONE: Any = SimpleNamespace(id=0, rule="confirm", template="CONFIRM", hotline=HOTLINE, phone="0900000001", manual=None)

HOT: dict[str, Callable[[Connection], Any]] = {
    "undecided": lambda conn: undecided(conn, 200),
    "has_undecided": lambda conn: has_undecided(conn, "shop", "1001"),
    "is_crowded": lambda conn: is_crowded(conn, "shop"),
    "crowded_sources": crowded_sources,
    "due_fetches": lambda conn: due_fetches(conn, NOW, ["busy"], 200),
    "has_due": lambda conn: has_due(conn, NOW),
    "sweep": lambda conn: sweep(conn, NOW),
    "claim_due": lambda conn: claim_due(conn, HOTLINE, NOW, 16, NONE),
    "count_active": lambda conn: count_active(conn, HOTLINE, NOW),
    "look_at_phone": lambda conn: look_at_phone(conn, "0900000001", but=0, day=NOW),
    "count_unsure": count_unsure,
    "wake_held": lambda conn: wake_held(conn, NOW),
    "waiting_templates": lambda conn: waiting_templates(conn, "manual"),
    "find_calls_to_join": lambda conn: find_calls_to_join(conn, ONE, NOW, 5),
}


@pytest.fixture
def grown(store: Store) -> Store:
    """Many finished calls and decided deliveries, a few waiting ones, and fresh statistics."""
    source = {"id": "shop", "platform": "generic", "enabled": True, "document": {}, "sealed": "", "updated_at": NOW}
    with store.write() as conn:
        conn.execute(insert(sources).values(source))
        conn.execute(insert(deliveries), [_delivery(n) for n in range(FINISHED)])
        conn.execute(insert(calls), [_call(n) for n in range(FINISHED)])
        rung = conn.execute(select(calls.c.id, calls.c.phone)).all()
        conn.execute(insert(attempts), [_attempt(row.id, row.phone) for row in rung])
        ids = conn.execute(select(deliveries.c.id)).scalars()
        conn.execute(insert(fetches), [{"delivery_id": n, "source_id": "shop", "give_up_at": NOW} for n in ids])
        seen = [{"id": n, "delivery_id": n, **_event(n)} for n in range(1, FINISHED)]
        conn.execute(insert(events), seen)
        conn.execute(insert(orders), [_order(n) for n in range(1, FINISHED)])
        numbers = (f"09{n:08d}" for n in range(2, 2000))
        conn.execute(insert(dnc), [{"phone": number, "reason": "asked", "added_at": NOW} for number in numbers])
        conn.execute(text("ANALYZE"))
    return store


def test_every_hot_question_reads_an_index_of_unfinished_rows_only(grown: Store) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(grown.engine, "before_cursor_execute")
    def _note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        # A lookup by primary key needs no judge.
        if statement.startswith(("SELECT", "UPDATE")) and "calls.id IN" not in statement:
            asked.append((statement, parameters))

    for ask in HOT.values():
        before = len(asked)
        with grown.write() as conn:
            ask(conn)
        assert len(asked) > before
    event.remove(grown.engine, "before_cursor_execute", _note)
    for statement, parameters in asked:
        plan = _plan(grown, statement, parameters)
        assert "Seq Scan" not in plan.replace("Seq Scan on sources", ""), plan  # of which there are few
        assert "_pkey" not in plan.replace("dnc_pkey", ""), plan  # a list of numbers has no unfinished rows
        assert "PRIMARY KEY" not in plan, plan
        assert re.search(r"SCAN (calls|deliveries|fetches)(?! USING)", plan) is None, plan
        assert re.search(r"(calls|deliveries|fetches)_", plan), plan


def test_the_balance_a_report_and_the_watch_read_no_history(grown: Store) -> None:
    """Of the last hour, when all that is there is a day old; the watch asks every ten seconds."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(grown.engine, "before_cursor_execute")
    def _note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with grown.read() as conn:
        read_balance(conn, NOW - timedelta(hours=1), {"shop": ["order.created"]}, NOW)
        span = Span(NOW - timedelta(hours=1), NOW)
        for by in ("hour", "rule"):
            read_report(conn, span, by, Terms())
        count_stuck(conn, NOW)
        read_gauges(conn, NOW, NOW)
    event.remove(grown.engine, "before_cursor_execute", _note)
    assert len(asked) > 20
    for statement, parameters in asked:
        plan = _plan(grown, statement, parameters)
        assert re.search(r"Seq Scan on (calls|deliveries|orders|events)", plan) is None, plan
        # An index of the whole table, as of a key, would be read to its end.
        of_some = r"(?! USING (COVERING )?INDEX (calls|deliveries|orders|events)_)"
        assert re.search(rf"SCAN (calls|deliveries|orders|events)(?:_\d+)?+{of_some}", plan) is None, plan


def test_whether_anything_is_due_reads_the_index_when_much_is_due_too(grown: Store) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(grown.engine, "before_cursor_execute")
    def _note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if "LIMIT" in statement:
            asked.append((statement, parameters))

    with grown.write() as conn:
        due = {"state": "waiting", "wake_at": NOW - timedelta(hours=1)}
        conn.execute(calls.update().where(calls.c.id > FINISHED // 2).values(due))
    with grown.write() as conn:
        conn.execute(text("ANALYZE"))
    with grown.read() as conn:
        assert has_due(conn, NOW)
    event.remove(grown.engine, "before_cursor_execute", _note)
    ((statement, parameters),) = asked
    assert "calls_wake_at" in _plan(grown, statement, parameters)


def test_who_asks_for_undecided_deliveries_reads_none_of_the_shops_history(store: Store) -> None:
    """Without statistics too, as on a shop's machine, where nobody ever runs ANALYZE."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def _note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append((statement, parameters))

    with store.write() as conn:
        shop = {"id": "shop", "platform": "generic", "enabled": True, "document": {}, "sealed": "", "updated_at": NOW}
        conn.execute(insert(sources), [shop])
        conn.execute(insert(deliveries), [{**_delivery(n), "state": "decided"} for n in range(1, 2000)])
    asked.clear()
    with store.read() as conn:
        has_undecided(conn, "shop", "1001")
    event.remove(store.engine, "before_cursor_execute", _note)
    (question,) = [each for each in asked if each[0].startswith("SELECT")]
    plan = _plan(store, *question)
    assert "deliveries_undecided" in plan, plan
    assert "deliveries_fetching" in plan, plan
    assert "autoindex" not in plan, plan


def test_a_page_of_a_state_in_which_few_rows_are_reads_an_index_of_them(grown: Store) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(grown.engine, "before_cursor_execute")
    def _note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if "LIMIT" in statement:
            asked.append((statement, parameters))

    with grown.read() as conn:
        for state in set(CALL_STATES) - {"finished", "waiting"}:
            list_calls(conn, Filter(state=state), show_phones=False)
        for state in set(DELIVERY_STATES) - {"decided"}:
            list_deliveries(conn, Filter(state=state))
    event.remove(grown.engine, "before_cursor_execute", _note)
    assert len(asked) == len(CALL_STATES) + len(DELIVERY_STATES) - 3
    for statement, parameters in asked:
        plan = _plan(grown, statement, parameters)
        assert re.search(r"Seq Scan on (calls|deliveries)|SCAN (calls|deliveries)(?!_| USING)", plan) is None, plan
        assert re.search(r"(calls|deliveries)_(?!pkey)", plan), plan


def _event(n: int) -> dict[str, Any]:
    topic = {"topic": "order.created", "platform_topic": "order.created"}
    return {"n": 0, "source_id": "shop", "order_id": str(n), "occurred_at": NOW - timedelta(days=1), **topic}


def _order(n: int) -> dict[str, Any]:
    at = NOW - timedelta(days=1)
    state = {"state": "open", "state_at": at, "closedness": 0, "first_seen_at": at}
    return {"source_id": "shop", "order_id": str(n), "number": str(n), "delivery_id": n, "event_n": 0, **state}


def _attempt(call_id: int, phone: str) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "n": 1,
        "external_call_id": str(call_id),
        "phone": phone,
        "template": "CONFIRM",
        "hotline": HOTLINE,
        "datas": {},
        "started_at": NOW - timedelta(days=1),
        "outcome": "accepted",
    }


def _plan(store: Store, statement: str, parameters: Any) -> str:
    word = "EXPLAIN" if store.is_postgres else "EXPLAIN QUERY PLAN"
    with store.read() as conn:
        rows = conn.exec_driver_sql(f"{word} {statement}", parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


def _delivery(n: int) -> dict[str, Any]:
    return {
        "source_id": "shop",
        "dedup_key": str(n),
        "method": "POST",
        "path": "/hooks/shop",
        "query": "",
        "headers": [],
        "body": b"{}",
        "state": "stored" if n % 5000 == 0 else "decided",
        "received_at": NOW - timedelta(days=1),
        "order_id": str(n),
    }


def _call(n: int) -> dict[str, Any]:
    live = n % 1000 == 0
    return {
        "rule": "confirm",
        "once_key": str(n),
        "ring": 1,
        "source_id": "shop",
        "order_id": str(n),
        "phone": f"09{n:08d}",
        "template": "CONFIRM",
        "hotline": HOTLINE,
        "datas": {},
        "facts": {},
        "state": "waiting" if live else "finished",
        "wake_at": NOW + timedelta(hours=n % 3) if live else None,
        "not_before": NOW,
        "not_after": NOW + timedelta(days=1),
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW,
    }
