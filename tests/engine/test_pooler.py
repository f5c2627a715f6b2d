"""Web and worker as processes behind a real PgBouncer, in both of its modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests import pgbouncer, postgres
from tests.processes import Fake, configure, open_site, order, phone, start_fake, wait_for

ORDERS = 30


@pytest.fixture
def url(migrated_postgres: str) -> str:
    postgres.empty(migrated_postgres)
    configure(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    with start_fake(tmp_path) as running:
        yield running


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_every_order_is_stored_and_called_once(
    tmp_path: Path, url: str, fake: Fake, program: Callable[[str], str], mode: str
) -> None:
    direct = {"DATABASE_DIRECT_URL": url} if mode == "transaction" else {}
    with (
        pgbouncer.serve(program("pgbouncer"), url, mode) as pooled,
        open_site(tmp_path, pooled, fake.url, **direct) as site,
    ):
        assert site.run("migrate").returncode == 0
        site.start_web()
        worker = site.start_worker()
        answers = [site.send("shop", order(number)).status for number in range(ORDERS)]
        assert answers == [200] * ORDERS
        wait_for("every call", lambda: len(fake.rung()) >= ORDERS, 60)
        assert sorted(fake.phones()) == [phone(number) for number in range(ORDERS)]
        assert worker.end() == 0
        assert "database down" not in worker.said() and "hints not received" not in worker.said()
        assert site.balance()["unexplained_total"] == 0


def test_transaction_mode_alone_stops_every_start_and_doctor_names_it(
    tmp_path: Path, url: str, program: Callable[[str], str]
) -> None:
    with (
        pgbouncer.serve(program("pgbouncer"), url, "transaction") as pooled,
        open_site(tmp_path, pooled) as site,
    ):
        for command in ("worker", "migrate", "run"):
            refused = site.run(command)
            assert refused.returncode == 1
            assert "DATABASE_URL leads through a pooler in transaction mode" in refused.stderr
        web = site.start("gunicorn", "--config", str(Path(__file__).parents[2] / "gunicorn.conf.py"))
        assert web.process.wait(30) != 0
        assert "pooler in transaction mode" in web.said()
        assert "bad   pooler: DATABASE_URL leads through" in site.run("doctor").stdout
        shown = site.run("doctor", DATABASE_DIRECT_URL=url).stdout
        assert "ok    time limits: the server ends a statement of ours after 10s" in shown


def test_a_direct_address_of_another_database_stops_every_start_and_leaves_that_one_alone(
    tmp_path: Path, url: str, postgres_server: str
) -> None:
    """`migrate` made the schema there, and the worker listened where nobody speaks."""
    with postgres.database(postgres_server) as other, open_site(tmp_path, url, DATABASE_DIRECT_URL=other) as site:
        for command in ("worker", "migrate", "run"):
            refused = site.run(command)
            assert refused.returncode == 1
            assert "DATABASE_DIRECT_URL leads to another database" in refused.stderr
        assert "bad   pooler: DATABASE_DIRECT_URL leads to another database" in site.run("doctor").stdout
        with psycopg.connect(other) as conn:
            assert conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        same = f"{url}?application_name=direct"
        assert site.run("migrate", DATABASE_DIRECT_URL=same).returncode == 0
