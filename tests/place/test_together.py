"""Calls that are dialled in one transaction fare as if each had been dialled by itself, one after the other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, text

from bridge.core.breaker import Breaker
from bridge.core.model import AttemptOutcome
from bridge.fake_vbot import FakeVBot
from bridge.place.checks import Checking
from bridge.place.dial import check_and_dial, check_and_dial_all, dial, dial_locked, lock_calls_of
from bridge.place.outcome import Ended, Overtaken, record
from bridge.place.placing import Caps, Clock
from bridge.place.queue import admit
from bridge.store import Connection, Store
from bridge.store.configuration.pauses import pause
from bridge.store.db.tables import attempts, calls, deliveries, hotlines, orders
from bridge.store.people.dnc import add_numbers
from bridge.vbot.client import Outcome
from tests.processes import wait_for
from tests.stage import NOW, RULE, Stage, later, order

ORDERS = 24
PHONES = 7
Row = tuple[Any, ...]
OUTCOMES = (
    Outcome(AttemptOutcome.ACCEPTED, "accepted", 200),
    Outcome(AttemptOutcome.NOT_SENT, "connect"),
    Outcome(AttemptOutcome.REFUSED, "refused", 200),
    Outcome(AttemptOutcome.UNSURE, "deadline"),
)


class Undo(Exception):
    """The transaction leaves nothing."""


def stage_of(store: Store, vbot: FakeVBot, dice: random.Random, phones: int = PHONES) -> Stage:
    """Calls of few phones under many limits, some of whose orders changed since, all decided."""
    rules = [
        {**RULE, "rule": "confirm", "hotline": "0811111111", "cooldown": dice.choice(["0", "10m"])},
        {**RULE, "rule": "daily", "hotline": "0822222222", "once_per": "phone+day", "when": "order.total >= 1000"},
        {
            **RULE,
            "rule": "offer",
            "hotline": "0833333333",
            "advertising": True,
            "window": {"from": "09:00", "to": "16:00"},
            **({"max_per_day": dice.randrange(1, 4)} if dice.random() < 0.5 else {}),
        },
    ]
    lines = [{"code": "0811111111", "per_minute": dice.choice([1, 60, 600])}]
    stage = Stage(store, vbot, *rules, hotlines=lines)
    for number in range(ORDERS):
        phone = f"09000000{dice.randrange(phones):02d}"
        stage.send("order.created", order(number, phone=phone), source=dice.choice(["shop", "other"]))
    stage.decide()
    for number in dice.sample(range(ORDERS), 6):
        topic, changes = dice.choice(
            [("order.cancelled", {"state": "cancelled"}), ("order.updated", {"total": "5"}), ("order.updated", {})]
        )
        changed = order(number, **changes, updated_at=later(1).isoformat())
        stage.send(topic, changed, later(1), source=dice.choice(["shop", "other"]))
        if dice.random() < 0.5:
            stage.decide(later(1))
    with store.write() as conn:
        add_numbers(conn, [f"09000000{dice.randrange(PHONES):02d}"], "asked", NOW)
        if dice.random() < 0.3:
            pause(conn, "rule", "daily", "a break", NOW, who="test")
    return stage


def fate(store: Store, dial: Callable[[Connection], None]) -> tuple[list[Row], list[Row], list[Row]]:
    """What became of every call, attempt and hotline; the database is then as it was."""
    found: list[list[Row]] = []
    with suppress(Undo), store.write() as conn:
        dial(conn)
        of_calls = [column for column in calls.c if column.name not in ("attempt_id", "updated_at")]
        of_attempts = (attempts.c.call_id, attempts.c.n, attempts.c.phone, attempts.c.datas, attempts.c.hotline)
        for query in (
            select(*of_calls).order_by(calls.c.id),
            select(*of_attempts, attempts.c.outcome, attempts.c.detail).order_by(attempts.c.call_id, attempts.c.n),
            select(hotlines).order_by(hotlines.c.code),
        ):
            found.append([tuple(row) for row in conn.execute(query)])
        raise Undo
    of_calls, of_attempts, of_hotlines = found
    return of_calls, of_attempts, of_hotlines


@pytest.mark.parametrize("seed", range(8))
def test_a_group_fares_as_its_calls_would_one_by_one(store: Store, vbot: FakeVBot, seed: int) -> None:
    dice = random.Random(seed)
    stage = stage_of(store, vbot, dice)
    queued = admit(store, stage.catalogs, later(2), 100)
    caps = Caps(per_day=dice.choice([None, 5]), per_phone=dice.choice([None, 1, 2]))

    def checking(conn: Connection) -> Checking:
        return Checking(stage.catalogs.read(conn), Breaker(), later(2), caps)

    def together(conn: Connection) -> None:
        locked = lock_calls_of(conn, queued)
        check_and_dial_all(conn, checking(conn), [locked[call_id] for call_id in queued])

    def one_by_one(conn: Connection) -> None:
        for call_id in queued:
            check_and_dial(conn, checking(conn), call_id, f"attempt-{call_id}")

    alone = fate(store, one_by_one)
    assert fate(store, together) == alone
    assert len(alone[1]) > 0
    assert {row[13] for row in alone[0]} >= {"dialing", "waiting"}


@pytest.mark.parametrize("seed", range(8))
def test_calls_that_were_just_made_fare_as_if_they_had_been_admitted(store: Store, vbot: FakeVBot, seed: int) -> None:
    dice = random.Random(seed)
    stage = stage_of(store, vbot, dice)
    stage.caps = Caps(per_day=dice.choice([None, 5]), per_phone=dice.choice([None, 1, 2]))
    placing = stage.placing(Clock(lambda: later(2), lambda: 0.0, lambda: 0.5))
    waiting = select(calls.c.id).where(calls.c.state == "waiting", calls.c.wake_at <= later(2))
    with store.read() as conn:
        made = list(conn.execute(waiting.order_by(calls.c.hotline, calls.c.wake_at, calls.c.id)).scalars())

    def dial_these(conn: Connection, call_ids: Sequence[int]) -> None:
        dial_locked(conn, placing, placing.catalogs.hold(conn), call_ids, lock_calls_of(conn, call_ids), later(2), 0.0)

    at_once = fate(store, lambda conn: dial_these(conn, made))
    queued = admit(store, stage.catalogs, later(2), 100)
    assert fate(store, lambda conn: dial_these(conn, queued)) == at_once
    assert len(at_once[1]) > 0


@pytest.mark.parametrize("seed", range(8))
def test_answers_and_calls_of_one_transaction_fare_as_if_each_had_its_own(
    store: Store, vbot: FakeVBot, seed: int
) -> None:
    dice = random.Random(seed)
    stage = stage_of(store, vbot, dice, ORDERS)
    stage.caps = Caps(per_day=dice.choice([None, 9]), per_phone=dice.choice([None, 1, 2]))
    queued = admit(store, stage.catalogs, later(2), 100)
    first = [call_id for call_id in queued if call_id % 2]
    second = [call_id for call_id in queued if not call_id % 2]
    placing = stage.placing(Clock(lambda: later(2), lambda: 0.0, lambda: 0.5))
    dialled = [one for one in dial(placing, first) if one.gos]
    ended = [Ended(one, dice.choice(OUTCOMES)) for one in dialled]

    def group(conn: Connection, outcomes: Sequence[Ended], call_ids: Sequence[int]) -> None:
        with suppress(Overtaken), conn.begin_nested():
            catalog = placing.catalogs.hold(conn)
            queued = lock_calls_of(conn, call_ids, {go.call_id for one in outcomes for go in one.gos})
            record(conn, placing, outcomes)
            dial_locked(conn, placing, catalog, call_ids, queued, later(2), 0.0)

    def one_by_one(conn: Connection) -> None:
        # In the order of their attempts, as a group is recorded.
        for one in sorted(ended, key=lambda one: one.gos[0].attempt_id):
            group(conn, [one], [])
        for call_id in second:
            group(conn, [], [call_id])

    alone = fate(store, one_by_one)
    assert fate(store, lambda conn: group(conn, ended, second)) == alone
    assert len(dialled) > 1
    assert "dialing" in {row[13] for row in alone[0]}


def test_an_order_that_moves_to_another_delivery_while_its_call_waits_for_it_is_read_as_it_is_then(
    store: Store, vbot: FakeVBot
) -> None:
    stage = Stage(store, vbot, RULE)
    stage.send("order.created", order(1))
    stage.decide()
    stage.send("order.updated", order(1, note="other words", updated_at=later(1).isoformat()), later(1))
    [call_id] = admit(store, stage.catalogs, later(2), 1)
    seen: list[Any] = []

    def dial() -> None:
        with store.write() as conn:
            seen.append(lock_calls_of(conn, [call_id])[call_id].order)

    dialler = threading.Thread(target=dial)
    with store.write() as conn:
        second = conn.execute(select(deliveries.c.id).order_by(deliveries.c.id.desc()).limit(1)).scalar_one()
        conn.execute(orders.update().values(delivery_id=second))
        conn.execute(deliveries.update().where(deliveries.c.id == second).values(state="decided", decided_at=later(1)))
        dialler.start()
        if conn.dialect.name == "postgresql":
            wait_for("the dialler to stand at the order", lambda: _somebody_waits(store))
    dialler.join()
    [found] = seen
    assert (found.order.delivery_id, found.decided_at) == (second, later(1))


def _somebody_waits(store: Store) -> bool:
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with store.read() as conn:
        return conn.execute(text(query)).first() is not None
