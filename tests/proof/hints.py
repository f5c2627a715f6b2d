"""(c) every hint lost, or every hint doubled."""

from __future__ import annotations

import psycopg

from tests.processes import Site, wait_for
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


def prove(plan: Plan) -> str:
    """Every hint is lost."""
    orders = plan.of(40, 150)  # each waits for a sweep or two
    with open_scene(plan) as scene:
        start_web(scene.site)
        start_workers(plan, scene.site, "lost")
        scene.send(range(orders))
        scene.wait_for_shops()
        scene.wait_for_ends()
        account = check(scene)
        assert scene.asked() == orders
        assert not plan.is_postgres or given(plan.database_url) > 0  # of each burst the first delivery's
    return f"every hint lost\n    {account}"


def start_workers(plan: Plan, site: Site, kind: str) -> None:
    """Hints are treated so, and whoever takes them up has begun. On SQLite they live in threads of the one worker."""
    commands = [("tests.proof.bent", kind)]
    if plan.is_postgres:
        commands = [("bridge", "worker")] * (2 if kind == "doubled" else 1)
        with psycopg.connect(plan.database_url, autocommit=True) as admin:
            admin.execute({"lost": LOST, "doubled": DOUBLED}[kind])
    for worker in [site.start(*command) for command in commands]:
        wait_for("a worker", lambda worker=worker: has_started(worker), 60)


def given(url: str) -> int:
    """How many hints were ever given, lost ones too: each took a number."""
    with psycopg.connect(url, autocommit=True) as admin:
        row = admin.execute("SELECT last_value FROM procrastinate_jobs_id_seq").fetchone()
    return int(row[0]) if row else 0
