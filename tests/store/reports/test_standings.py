"""How orders stand, as it is kept: at every moment just what the ledger says, whoever changed it and however."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import case, func, insert, select, true

from bridge.core.call_states import ENDED_WITHOUT_RING, CallState
from bridge.core.model import AttemptOutcome
from bridge.core.words import UNREACHABLE
from bridge.store import Connection, Store
from bridge.store.db.tables import (
    attempts,
    calls,
    decisions,
    deliveries,
    events,
    orders,
    sources,
    stale_orders,
    standing_counts,
    standings,
)
from bridge.store.reports import balance
from bridge.store.reports import standings as kept
from bridge.store.reports.balance import GROUPS, count_orders, read_balance
from bridge.store.reports.order_list import OrderFilter, list_orders
from tests.stage import NOW

SOURCES = ("shop", "other")
RESULTS = (None, "confirmed", "declined", "busy", "no_answer")
REASONS = ("condition_false", "do_not_call", "no_rule", "already_called")
TOPICS = {source: ["order.created"] for source in SOURCES}


class Ledger:
    """Rows as anything may leave them, changed at random past all code of ours."""

    def __init__(self, store: Store, seed: int) -> None:
        self.dice, self.store, self.number = random.Random(seed), store, 0
        with store.write() as conn:
            row = {"platform": "generic", "enabled": True, "document": {}, "sealed": "", "updated_at": NOW}
            conn.execute(insert(sources), [{"id": name, **row} for name in SOURCES])

    def change(self, conn: Connection) -> None:
        each = (orders.c.source_id, orders.c.order_id)
        keys = conn.execute(select(*each).order_by(*each)).all()  # the dice alone choose, whatever index is read
        does = self.dice.choice(["order", "call", "move", "move", "move", "decide", "event", "give", "remove"])
        if does == "order" or len(keys) < 3:
            self._order(conn)
            return
        key = self.dice.choice(keys)
        match does:
            case "call":
                self._call(conn, *key)
            case "move":
                self._move(conn, *key)
            case "decide":
                for event_id in conn.execute(select(events.c.id).where(*_of(events, *key)).limit(1)).scalars():
                    self._decide(conn, event_id)
            case "event":
                self._event(conn, *key)
            case "give":  # as a carrier's message whose order becomes known
                other = self.dice.choice(keys)
                values = {"source_id": other.source_id, "order_id": other.order_id}
                conn.execute(events.update().where(*_of(events, *key)).values(values))
            case "remove":
                told = conn.execute(select(events.c.id).where(*_of(events, *key))).first()
                if not told and not conn.execute(select(calls.c.id).where(*_of(calls, *key))).first():
                    conn.execute(orders.delete().where(*_of(orders, *key)))

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _order(self, conn: Connection) -> None:
        n, source = self._next(), self.dice.choice(SOURCES)
        at = NOW - timedelta(minutes=self.dice.randrange(600))
        state = {"state": "open", "state_at": at, "closedness": 0, "event_n": 0, "number": f"DH-{n}"}
        row = {"id": n, "source_id": source, "dedup_key": str(n), "method": "POST", "path": "", "query": ""}
        told = {"headers": [], "body": b"", "state": "decided", "received_at": at}
        conn.execute(insert(deliveries), [{**row, **told}])
        key = {"source_id": source, "order_id": f"id-{n}"}
        conn.execute(insert(orders), [{**key, **state, "delivery_id": n, "first_seen_at": at}])
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            self._event(conn, source, f"id-{n}", n)

    def _event(self, conn: Connection, source: str, order_id: str, delivery: int | None = None) -> None:
        n = self._next()
        topic = {"topic": "order.created", "platform_topic": "order.created", "occurred_at": NOW}
        told_by = delivery or conn.execute(select(func.min(deliveries.c.id))).scalar_one()
        key = {"source_id": source, "order_id": order_id}
        conn.execute(insert(events), [{"id": n, "delivery_id": told_by, "n": n, **key, **topic}])
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            self._decide(conn, n)

    def _decide(self, conn: Connection, event_id: int) -> None:
        decision = self.dice.choice(["skip", "skip", "call", "cancel"])
        why = {"reason": self.dice.choice(REASONS), "facts": {}, "decided_at": NOW, "rule": "confirm"}
        conn.execute(insert(decisions), [{"event_id": event_id, "decision": decision, **why}])

    def _call(
        self,
        conn: Connection,
        source: str,
        order_id: str,
        state: CallState | None = None,
        outcome: AttemptOutcome | None = None,
    ) -> None:
        n = self._next()
        key = {"source_id": source, "order_id": order_id, "rule": "confirm", "once_key": str(n), "ring": 1}
        words = {"phone": "0900000001", "template": "T", "hotline": "1", "datas": {}, "facts": {}}
        times = {"not_before": NOW, "not_after": NOW, "created_at": NOW, "updated_at": NOW}
        state = state or self.dice.choice(list(CallState))
        conn.execute(insert(calls), [{"id": n, **key, **words, **times, "state": state}])
        outcome = outcome or self.dice.choice([None, *AttemptOutcome])
        if outcome is not None:
            sent = {"phone": "0900000001", "template": "T", "hotline": "1", "datas": {}, "started_at": NOW}
            attempt = {"id": n, "call_id": n, "n": 1, "external_call_id": str(n), "outcome": outcome, **sent}
            conn.execute(insert(attempts), [attempt])
            conn.execute(calls.update().where(calls.c.id == n).values(attempt_id=n))

    def give_up(self, conn: Connection, state: CallState) -> None:
        """One more order, which was called before its call came to this end."""
        order_id = f"id-{self.number + 1}"
        self._order(conn)
        source = conn.execute(select(orders.c.source_id).where(orders.c.order_id == order_id)).scalar_one()
        self._call(conn, source, order_id, state, AttemptOutcome.ACCEPTED)

    def _move(self, conn: Connection, source: str, order_id: str) -> None:
        moved = {"state": self.dice.choice(list(CallState)), "result": self.dice.choice(RESULTS)}
        only = {name: moved[name] for name in self.dice.choice([["state"], ["result"], ["state", "result"]])}
        if only.get("state") in (CallState.QUEUED, CallState.DIALING):  # each call comes there from waiting
            conn.execute(calls.update().where(*_of(calls, source, order_id)).values(state=CallState.WAITING))
        conn.execute(calls.update().where(*_of(calls, source, order_id)).values(only))


def _of(table: Any, source: str, order_id: str) -> Iterator[Any]:
    yield table.c.source_id == source
    yield table.c.order_id == order_id


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, 1)


def _check_counts(store: Store) -> None:
    """What is kept, of several spans, is what the ledger itself says."""
    with store.read() as conn:
        for minutes in (0, 90, 137, 601):
            since = NOW - timedelta(minutes=minutes)
            counted, live = kept.kept_counts(conn, since), count_orders(conn, since)
            assert counted == live
            assert list(counted.skipped.items()) == list(live.skipped.items())
            suspects = kept.undecided_orders(conn)
            assert suspects is not None
            now = NOW + timedelta(hours=1)
            assert read_balance(conn, since, TOPICS, now, counted, suspects) == read_balance(conn, since, TOPICS, now)


def _check_lists(store: Store) -> None:
    with store.read() as conn:
        every = conn.execute(kept.live_standings(true())).all()
        every.sort(key=lambda row: (row.first_seen_at, row.source_id, row.order_id), reverse=True)
        for wanted in _filters():
            expected = [(row.source_id, row.order_id) for row in every if _fits(row, wanted)]
            assert _walk(conn, wanted) == expected, wanted


def _filters() -> Iterator[dict[str, str]]:
    yield {}
    for group in GROUPS:
        yield {"group": group}
    for result in ("confirmed", "declined", "unreachable", "busy"):
        yield {"result": result}
    for reason in ("", *REASONS):
        yield {"reason": reason}
    yield {"group": "called", "result": "confirmed", "source": "shop"}
    yield {"group": "skipped", "reason": "no_rule", "source": "other"}
    yield {"group": "called", "reason": "no_rule"}


def _fits(row: Any, wanted: dict[str, str]) -> bool:
    results = UNREACHABLE if wanted.get("result") == "unreachable" else (wanted.get("result"),)
    return (
        ("group" not in wanted or row.standing == wanted["group"])
        and ("result" not in wanted or row.result in results)
        and ("reason" not in wanted or (row.standing == "skipped" and row.reason == wanted["reason"]))
        and ("source" not in wanted or row.source_id == wanted["source"])
    )


def _walk(conn: Connection, wanted: dict[str, str]) -> list[tuple[str, str]]:
    """The list, three at a time."""
    found: list[tuple[str, str]] = []
    after = None
    while True:
        page = list_orders(conn, OrderFilter(**wanted, after=after, limit=3))  # type: ignore[arg-type]
        found += [(order.source, order.order_id) for order in page.orders]
        if not page.has_more:
            return found
        last = page.orders[-1]
        after = (last.first_seen_at, last.source, last.order_id)


def test_what_is_kept_is_what_the_ledger_says_at_every_moment(ledger: Ledger, store: Store) -> None:
    for n in range(12):
        with store.write() as conn:
            for _ in range(12):
                ledger.change(conn)
        if n % 2:
            kept.refresh_standings(store, 10_000)
        _check_counts(store)
        if n % 4 == 2:
            _check_lists(store)
    kept.refresh_standings(store, 10_000)
    with store.read() as conn:
        assert conn.execute(select(stale_orders)).all() == []
        columns = [column.name for column in standings.columns]
        written = sorted(tuple(row) for row in conn.execute(select(standings)))
        live = conn.execute(kept.live_standings(true()))
        assert written == sorted(tuple(row._mapping[name] for name in columns) for row in live)


def test_what_the_release_before_kept_of_orders_whose_redial_came_to_nothing_is_mended(
    ledger: Ledger, store: Store
) -> None:
    with store.write() as conn:
        for _ in range(60):
            ledger.change(conn)
        for state in ENDED_WITHOUT_RING:
            ledger.give_up(conn, state)
        before = case(balance._RANK_OF, value=calls.c.state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "rank_of_call", lambda: before)
        kept.refresh_standings(store, 10_000)
    since = NOW - timedelta(days=1)
    with store.write() as conn:
        mistaken, live = kept.kept_counts(conn, since), count_orders(conn, since)
        assert mistaken.groups["called"] < live.groups["called"]
        revision = import_module("bridge.migrations.versions.0018_called")
        with Operations.context(MigrationContext.configure(conn)):
            revision.upgrade()
    with store.read() as conn:
        assert conn.execute(select(stale_orders)).all() == []
        assert kept.kept_counts(conn, since) == count_orders(conn, since)
        assert conn.execute(select(standing_counts).where(standing_counts.c.count <= 0)).all() == []
        assert sorted(conn.execute(select(standings))) == sorted(conn.execute(kept.live_standings(true())))


def test_the_orders_of_an_older_release_are_looked_at_by_and_by(
    ledger: Ledger, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "AT_ONCE", 10)
    with store.write() as conn:
        for _ in range(150):
            ledger.change(conn)
        kept.forget_standings(conn)
    while kept.refresh_standings(store, 10):
        with store.write() as conn:
            ledger.change(conn)
        with store.read() as conn:
            assert kept.kept_counts(conn, NOW - timedelta(hours=11)) == count_orders(conn, NOW - timedelta(hours=11))
        if not _is_behind(store):
            break
    _check_counts(store)


def _is_behind(store: Store) -> bool:
    with store.read() as conn:
        return kept.undecided_orders(conn) is None


def test_more_changes_than_are_worth_a_look_are_counted_from_the_ledger(
    ledger: Ledger, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_STALE", 5)
    with store.write() as conn:
        for _ in range(80):
            ledger.change(conn)
    with store.read() as conn:
        assert kept.undecided_orders(conn) is None
        assert kept.kept_counts(conn, NOW - timedelta(hours=11)) == count_orders(conn, NOW - timedelta(hours=11))
    kept.refresh_standings(store, 10_000)
    _check_counts(store)
