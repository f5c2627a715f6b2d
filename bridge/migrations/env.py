"""Runs inside the transaction that bridge.store opened; never on its own."""

from typing import Any

from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Index, inspect

from bridge.store.db.tables import metadata

connection = context.config.attributes["connection"]
THERE = set(inspect(connection).get_table_names())


class Postgres(PostgresqlImpl):
    """Leaves the indexes of a table that is there already to `_build_missing_indexes`, which stops no traffic."""

    __dialect__ = "postgresql"

    def create_index(self, index: Index, **options: Any) -> None:
        if index.table is None or index.table.name not in THERE:
            super().create_index(index, **options)

    def drop_index(self, index: Index, **options: Any) -> None:
        if index.table is None or index.table.name not in THERE:
            super().drop_index(index, **options)


context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
context.run_migrations()
