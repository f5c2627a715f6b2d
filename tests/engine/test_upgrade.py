"""Procrastinate's own schema, brought up by our migrations from any version that it ever had."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import psycopg
import pytest

from bridge.core.model import BadSetting
from bridge.store import migrate, open_store
from tests import postgres

FOLDER = resources.files("procrastinate.sql")
FILES = sorted(file.name for file in (FOLDER / "migrations").iterdir() if file.name.endswith(".sql"))
POSTS = [name for name in FILES if "_post_" in name]
VERSIONS = sorted({name[:8] for name in FILES})

# What a later file replaces is compared as text; names of constraints differ between the two ways, and mean nothing.
SCHEMA = r"""
    SELECT 'function', oid::regprocedure::text, regexp_replace(prosrc, '\s+', ' ', 'g') FROM pg_proc
        WHERE proname ~ '^procrastinate'
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes
        WHERE tablename ~ '^procrastinate' AND indexname !~ 'pkey'
    UNION ALL SELECT 'column', table_name || '.' || column_name, udt_name || is_nullable || coalesce(column_default, '')
        FROM information_schema.columns WHERE table_name ~ '^procrastinate'
    UNION ALL SELECT 'label', t.typname || '.' || enumlabel, '' FROM pg_enum JOIN pg_type t ON t.oid = enumtypid
"""


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as made:
        yield made


def bring(url: str) -> None:
    store = open_store(url)
    try:
        migrate(store)
    finally:
        store.close()


def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def made_by(url: str, files: list[str]) -> None:
    """As an earlier release, with the Procrastinate of its day, left this database."""
    run(url, *((FOLDER / "migrations" / name).read_text() for name in files))
    run(url, f"COMMENT ON TABLE procrastinate_jobs IS '{files[-1]}'")


def version(url: str) -> str:
    return str(run(url, "SELECT obj_description('procrastinate_jobs'::regclass)")[0][0])


@pytest.mark.parametrize("before", VERSIONS[-6:-1])
def test_from_an_earlier_version_the_schema_becomes_that_of_a_new_database(
    url: str, postgres_server: str, before: str
) -> None:
    made_by(url, [name for name in FILES if name[:8] <= before])
    bring(url)
    bring(url)
    with postgres.database(postgres_server) as new:
        bring(new)
        assert version(url) == version(new) == FILES[-1]
        assert sorted(run(url, SCHEMA)) == sorted(run(new, SCHEMA))


def test_what_the_release_before_still_uses_goes_one_migration_later(url: str) -> None:
    last = FILES.index(POSTS[-1])
    made_by(url, FILES[: last - 1])
    bring(url)
    assert version(url) == FILES[last - 1]
    bring(url)
    assert version(url) == FILES[last]


def test_hints_that_wait_outlive_the_upgrade(url: str) -> None:
    made_by(url, [name for name in FILES if name[:8] < VERSIONS[-1]])
    run(
        url, "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('decide', 'decide', '{\"item\": 1}')"
    )
    bring(url)
    assert run(url, "SELECT task_name, args FROM procrastinate_jobs") == [("decide", {"item": 1})]


def test_migrating_again_runs_nothing(url: str) -> None:
    bring(url)
    before = run(url, SCHEMA)
    bring(url)
    assert run(url, SCHEMA) == before


def test_a_later_version_that_a_newer_release_left_is_left_alone(url: str) -> None:
    bring(url)
    run(url, "COMMENT ON TABLE procrastinate_jobs IS '99.00.00_01_pre_something.sql'")
    bring(url)
    assert version(url) == "99.00.00_01_pre_something.sql"


def test_the_tables_of_another_program_are_not_touched(url: str) -> None:
    run(url, (FOLDER / "schema.sql").read_text())
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        bring(url)
    assert run(url, "SELECT to_regclass('deliveries')") == [(None,)]
