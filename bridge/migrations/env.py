"""Runs inside the transaction that bridge.store opened; never on its own."""

from alembic import context

from bridge.store.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
