"""The database's schema: bring it to the newest, or describe how it stands.

A release migrates forwards by adding and removes one release later, so each revision names
the oldest one whose code can still use it (`compatible_from`): a rollback then finds a newer
schema that serves it, and leaves it alone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, and_, inspect, select, text
from sqlalchemy.schema import CreateIndex

from bridge.core.model import BadSetting, Json
from bridge.store.configuration.keys import need_any_key, note_key
from bridge.store.db.columns import PARTLY
from bridge.store.db.encryption import Seal
from bridge.store.db.engine import Store
from bridge.store.db.hints import upgrade_hints
from bridge.store.db.tables import metadata, receivers, sources, state, tokens

_ADVISORY_LOCK = 0x56426F74
_ONE_BUILDER = 0x56426F75
_SUPERSEDED_INDEXES = ("deliveries_undecided_source", "orders_first_seen_at")
_INDEXES = """
    SELECT class.relname, indisvalid FROM pg_index JOIN pg_class AS class ON class.oid = indexrelid
    WHERE pg_table_is_visible(indrelid)
"""
_MIGRATIONS = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True)
class Schema:
    """`usable`: this code can work on it. `revision` is None for an empty database."""

    standing: Literal["missing", "behind", "current", "newer_compatible", "newer"]
    revision: str | None

    @property
    def usable(self) -> bool:
        return self.standing in ("current", "newer_compatible")


def read_schema(conn: Connection) -> Schema:
    """How the database's schema stands to this code."""
    known = inspect(conn).has_table("alembic_version")
    revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    head = head_revision()
    if revision is None:
        return Schema("missing", None)
    if revision == head:
        return Schema("current", revision)
    if revision < head:
        return Schema("behind", revision)
    oldest = conn.execute(select(state.c.value).where(state.c.key == "compatible_from")).scalar()
    return Schema("newer_compatible" if oldest is not None and oldest <= head else "newer", revision)


def migrate(store: Store, seal: Seal | None = None) -> Schema:
    """The schema at its newest, and every sealed credential under the first key. Safe to repeat, and twice at once.

    On Postgres web and workers may go on meanwhile. StoreDown of the code `busy` or `conflict`: they came in between,
    nothing was changed, and the caller may try again soon.
    """
    schema = _migrate(store, seal)
    if store.is_postgres and not schema.standing.startswith("newer"):
        _build_missing_indexes(store)
    return schema


def _migrate(store: Store, seal: Seal | None) -> Schema:
    with store.write() as conn:
        if store.is_postgres:
            conn.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ADVISORY_LOCK})
            # Far less than the deadlock_timeout of 1 s: where both wait for each other, the migration gives way.
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '200ms'")
        before = read_schema(conn)
        if seal is not None and before.standing not in ("missing", "newer"):
            need_any_key(conn, seal)
        if before.standing in ("missing", "behind"):
            upgrade_to(conn, "head")
        if store.is_postgres and not before.standing.startswith("newer"):
            upgrade_hints(conn)
        if seal is not None and before.standing != "newer":
            _renew_seals(conn, seal)
            note_key(conn, seal)
        return read_schema(conn) if before.standing in ("missing", "behind") else before


def _build_missing_indexes(store: Store) -> None:
    """Each index that our tables should have is there and valid, then those that it replaces go.

    What a killed build left is made anew. By CREATE and DROP INDEX CONCURRENTLY, beside web and workers. Where another
    process builds just now, it is left to it: who waits for it would be waited for by the build.
    """
    with store.outside() as conn:
        is_valid = {row.relname: row.indisvalid for row in conn.exec_driver_sql(_INDEXES)}
        missing = [one for table in metadata.sorted_tables for one in table.indexes if not is_valid.get(one.name)]
        superseded = [name for name in _SUPERSEDED_INDEXES if name in is_valid]
        if (missing or superseded) and conn.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ONE_BUILDER})").scalar():
            conn.exec_driver_sql("SET lock_timeout = 0")  # it waits for every transaction that has begun
            for index in missing:
                conn.exec_driver_sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"')
                if PARTLY in index.info:
                    index.kwargs["postgresql_where"] = text(index.info[PARTLY])
                statement = str(CreateIndex(index).compile(dialect=conn.dialect))
                conn.exec_driver_sql(statement.replace(" INDEX ", " INDEX CONCURRENTLY ", 1))
            for name in superseded:
                conn.exec_driver_sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')


def _renew_seals(conn: Connection, seal: Seal) -> None:
    """Everything sealed is under the first key. A token that no key opens is dropped, for the shop gives a new one."""
    # A removed source has nothing sealed.
    for row in conn.execute(select(sources.c.id, sources.c.sealed).where(sources.c.sealed != "")).all():
        seal.open(row.sealed, f"source {row.id}")
        conn.execute(sources.update().where(sources.c.id == row.id).values(sealed=seal.renew(row.sealed)))
    for row in conn.execute(select(receivers)).all():
        seal.open(row.sealed, f"{row.kind} {row.name}")
        same = and_(receivers.c.kind == row.kind, receivers.c.name == row.name)
        conn.execute(receivers.update().where(same).values(sealed=seal.renew(row.sealed)))
    for row in conn.execute(select(tokens).where(tokens.c.sealed != "").with_for_update()).all():
        values: dict[str, Json] = {"sealed": "", "renew_at": None}
        with suppress(BadSetting):
            seal.open(row.sealed, f"token {row.name}")
            values = {"sealed": seal.renew(row.sealed)}
        same = and_(tokens.c.name == row.name, tokens.c.version == row.version)
        conn.execute(tokens.update().where(same).values(values))


def upgrade_to(conn: Connection, revision: str) -> None:
    """The schema is at least at this revision."""
    # A fifth of all that a process imports, and only a schema that is behind needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


def head_revision() -> str:
    """The newest revision: each file's name begins with its own."""
    return max(file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))
