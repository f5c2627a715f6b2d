"""(c) every hint lost, every hint doubled."""

from __future__ import annotations

import psycopg

from tests.processes import House, wait_for
from tests.proof.scene import Plan, check, has_started, open_scene, start_web

# The tables of hints are the engine's; whoever stands between them and their users is part of no program.
LOST = """
    CREATE FUNCTION lose_hint() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER proof_lose BEFORE INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION lose_hint();
"""
DOUBLED = """
    CREATE FUNCTION double_hint() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
            VALUES (NEW.queue_name, NEW.task_name, NEW.priority, NEW.args);
        RETURN NULL;
    END $$;
    CREATE TRIGGER proof_double AFTER INSERT ON procrastinate_jobs
        FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION double_hint();
"""


def prove_lost(plan: Plan) -> str:
    return f"every hint lost; {_prove(plan, 'lost', LOST)}"


def prove_doubled(plan: Plan) -> str:
    return f"every hint doubled; {_prove(plan, 'doubled', DOUBLED)}"


def _prove(plan: Plan, kind: str, trigger: str) -> str:
    dice, orders = plan.dice(), plan.of(40, 500)
    with open_scene(plan) as scene:
        house = scene.house
        start_web(house)
        if plan.is_postgres:
            with psycopg.connect(plan.database_url, autocommit=True) as admin:
                admin.execute(trigger)
        start_workers(house, kind, several=plan.is_postgres)
        scene.fake.fault(*({"fault": "delay", "seconds": dice.uniform(0, 0.1), "times": 1} for _ in range(orders)))
        scene.send(range(orders))
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene)
        assert scene.asked() == orders
        if plan.is_postgres:
            with psycopg.connect(plan.database_url, autocommit=True) as admin:
                (heard,) = admin.execute("SELECT last_value FROM procrastinate_jobs_id_seq").fetchone() or (0,)
            assert heard >= 2 * orders
    return str(account)


def start_workers(house: House, kind: str, *, several: bool) -> None:
    """On SQLite the hints of a worker live in its threads: there it is one that treats them so."""
    commands = [("bridge", "worker")] * 2 if several else [("tests.proof.bent", kind)]
    for worker in [house.start(*command) for command in commands]:
        wait_for("a worker", lambda worker=worker: has_started(worker), 60)
