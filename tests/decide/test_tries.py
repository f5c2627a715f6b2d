"""A delivery that the database cannot take holds up nobody, is tried with rests, and ends failed with its cause."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import text

from bridge.core.model import StoreDown
from bridge.decide.delivery import decide
from bridge.decide.replay import replay
from bridge.decide.tries import DOWN_REST_SECONDS, TRIES, Tries
from bridge.fake_vbot import FakeVBot
from bridge.store import Store, open_store
from bridge.store.deliveries import acknowledge, find_delivery
from tests.stage import HOTLINE, NOW, Stage, order

REFUSE = """
CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.order_id = 'id-1' THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$;
CREATE TRIGGER refuse_one BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse_one()
"""

pytestmark = pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Iterator[Stage]:
    """A database that fails on one order alone, with an error that says nothing about whose fault it is."""
    stage = Stage(store, vbot)
    with store.write() as conn:
        conn.exec_driver_sql(REFUSE.format(code="XX000"))
    yield stage
    with store.write() as conn:
        conn.execute(text("DROP FUNCTION IF EXISTS refuse_one CASCADE"))


class Clock:
    """Seconds that a test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def look(stage: Stage, tries: Tries, delivery_id: int) -> None:
    tries.run(delivery_id, partial(decide, stage.store, stage.catalogs, delivery_id, NOW, HOTLINE), NOW)


def test_it_rests_longer_each_time_and_fails_at_last_while_others_go_on(stage: Stage) -> None:
    stuck, good = (stage.send("order.created", order(n)).delivery_id or 0 for n in (1, 2))
    clock = Clock()
    tries = Tries(stage.store, clock)
    rests = []
    for _ in range(TRIES):
        look(stage, tries, stuck)
        begun = clock.seconds
        while not tries.may_try(stuck):
            clock.seconds += 0.5
        rests.append(clock.seconds - begun)
        look(stage, tries, good)
    assert rests == [0.5, 1, 2, 4, 8, 16, 32, 0]
    failed, decided = stage.deliveries()
    assert (failed["state"], failed["reason"], decided["state"]) == ("failed", "not_decided", "decided")
    assert "SQLSTATE XX000" in failed["detail"]


def test_a_stuck_one_says_why_and_can_be_acknowledged(stage: Stage) -> None:
    stuck = stage.send("order.created", order(1)).delivery_id or 0
    with stage.store.write() as conn:
        assert acknowledge(conn, stuck, "a test", NOW, who="lan") == "stored"  # nobody has tried it yet
    look(stage, Tries(stage.store, Clock()), stuck)
    (seen,) = stage.deliveries()
    assert (seen["state"], seen["reason"]) == ("stored", "not_decided")
    with stage.store.write() as conn:
        assert acknowledge(conn, stuck, "a test", NOW, who="lan") == "failed"
    (closed,) = stage.deliveries()
    assert (closed["state"], closed["acknowledged_at"] is None) == ("failed", False)


def test_a_stuck_one_is_replayed_with_others_before_and_after_it_is_mended(stage: Stage) -> None:
    ids = [stage.send("order.created", order(n)).delivery_id or 0 for n in (1, 2)]
    tries = Tries(stage.store, Clock())
    for delivery_id in ids:
        look(stage, tries, delivery_id)
    outcomes = [done.outcome for done in replay(stage.store, stage.catalogs, ids, lambda: NOW, HOTLINE)]
    assert outcomes == ["internal_error", "decided"]
    with stage.store.write() as conn:
        conn.execute(text("DROP FUNCTION refuse_one CASCADE"))
    (done,) = replay(stage.store, stage.catalogs, ids[:1], lambda: NOW, HOTLINE)
    assert done.outcome == "decided"
    stage.dial()
    assert sorted(stage.rung()) == ["0900000001", "0900000002"]


def test_a_value_that_is_at_fault_fails_at_once(stage: Stage) -> None:
    with stage.store.write() as conn:
        conn.execute(text("DROP FUNCTION refuse_one CASCADE"))
        conn.exec_driver_sql(REFUSE.format(code="54000"))
    delivery_id = stage.send("order.created", order(1)).delivery_id or 0
    look(stage, Tries(stage.store, Clock()), delivery_id)
    assert [(one["state"], one["reason"]) for one in stage.deliveries()] == [("failed", "internal_error")]


def test_a_database_that_is_down_is_no_deliverys_fault(stage: Stage, free_port: int) -> None:
    delivery_id = stage.send("order.created", order(2)).delivery_id or 0
    clock = Clock()
    tries = Tries(open_store(f"postgres://u@127.0.0.1:{free_port}/b"), clock)

    def fail() -> None:
        raise StoreDown("down")

    for _ in range(TRIES + 1):
        tries.run(delivery_id, fail, NOW)
        assert not tries.may_try(delivery_id) and not tries.may_try(delivery_id + 1)
        clock.seconds += DOWN_REST_SECONDS
    with stage.store.read() as conn:
        found = find_delivery(conn, delivery_id)
    assert found is not None and (found.state, found.reason) == ("stored", None)
