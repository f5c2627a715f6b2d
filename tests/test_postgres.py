"""The tests' own databases leave nothing behind, and touch no other."""

from __future__ import annotations

import secrets

import psycopg

from tests import postgres


def test_only_databases_of_ours_that_are_over_a_day_old_are_swept_away(postgres_server: str) -> None:
    mark = secrets.token_hex(4)
    old, other = f"bridge_test_1000000000_{mark}", f"bridge_test_of_somebody_else_{mark}"
    with postgres.database(postgres_server) as young, psycopg.connect(postgres_server, autocommit=True) as admin:
        for name in (old, other):
            admin.execute(f"CREATE DATABASE {name}")
        postgres.drop_leftovers(postgres_server)
        left = {name for (name,) in admin.execute("SELECT datname FROM pg_database")}
        admin.execute(f"DROP DATABASE {other}")
    assert old not in left
    assert {other, young.rpartition("/")[2]} <= left
