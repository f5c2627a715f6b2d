"""The tables of hints on Postgres, which are Procrastinate's own, in our database; and what no hint has named.

Its SQL files come with its package. The newest that was run is written on its first table as
the table's comment, for it keeps no record itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.schema import SetTableComment

from bridge.core.model import BadSetting

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_JOBS = "procrastinate_jobs"
# No lock, queueing_lock or time: a conflict of locks would undo our transaction, and hints that wait slow each fetch.
_ADD = text("""
    SELECT procrastinate_defer_jobs_v1(array_agg(CAST(
        ROW(:kind, :kind, 0, NULL, NULL, jsonb_build_object('item', item), NULL) AS procrastinate_job_to_defer_v1)))
    FROM unnest(CAST(:ids AS bigint[])) AS item
""")
_REMOVE = text("""
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT id FROM procrastinate_jobs AS job
        WHERE (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) < :before
        FOR UPDATE SKIP LOCKED)
""")


def upgrade_hints(conn: Connection) -> None:
    """The tables of hints at the newest version that works beside the release before.

    What follows the last addition only removes what that release still uses: it waits for the next migration.
    BadSetting where these tables are another program's.
    """
    found = conn.execute(text("SELECT to_regclass(:jobs) IS NOT NULL"), {"jobs": _JOBS}).scalar_one()
    names = list(_names())
    if not found:
        _run(conn, "schema.sql", names[-1])
        return
    last = conn.execute(text("SELECT obj_description(CAST(:jobs AS regclass))"), {"jobs": _JOBS}).scalar_one()
    if last is None:
        raise BadSetting("DATABASE_URL names a database with another program's Procrastinate: give the bridge its own")
    missing = [name for name in names if name > last]
    additions = [n for n, name in enumerate(missing) if "_post_" not in name]
    for name in missing[: additions[-1] + 1] if additions else missing:
        _run(conn, f"migrations/{name}", name)


def add_hints(conn: Connection, kind: str, ids: Sequence[int]) -> None:
    """One hint for each id, seen by the workers once this transaction is committed."""
    if ids:
        conn.execute(_ADD, {"kind": kind, "ids": list(ids)})


def remove_stale_hints(conn: Connection, before: datetime) -> int:
    """Remove the hints without any progress since then, taken up (their worker died) or not; return how many."""
    return conn.execute(_REMOVE, {"before": before}).rowcount


def _scripts() -> Traversable:
    from importlib.resources import files  # noqa: PLC0415  only who migrates reads them

    return files("procrastinate.sql")


def _names() -> Iterator[str]:
    folder = _scripts() / "migrations"
    return iter(sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql")))


def _run(conn: Connection, file: str, newest: str) -> None:
    statements = (_scripts() / file).read_text(encoding="utf-8")
    conn.exec_driver_sql(statements, execution_options={"no_parameters": True})
    conn.execute(SetTableComment(Table(_JOBS, MetaData(), comment=newest)))
