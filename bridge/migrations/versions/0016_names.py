"""The words of the names on orders, by which they are found."""

import sqlalchemy as sa
from alembic import op

from bridge.store.db.columns import Key, Word

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """The releases before leave them empty, and a worker reads them later: `compatible_from` stays."""
    op.add_column("orders", sa.Column("names", sa.Text()))
    op.create_table(
        "order_words",
        sa.Column("word", Word(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", Key(), nullable=False),
        sa.Column("order_id", Key(), nullable=False),
        sa.PrimaryKeyConstraint("word", "seen_at", "source_id", "order_id", name="order_words_pkey"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "sqlite":
        # On Postgres it is built behind the migration, beside web and workers.
        key = ["first_seen_at", "source_id", "order_id"]
        op.create_index("orders_unnamed", "orders", key, sqlite_where=sa.text("names IS NULL"))
