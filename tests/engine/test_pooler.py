"""Web and worker as processes behind a real PgBouncer, in both of its modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

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
