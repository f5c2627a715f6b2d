"""What is written to the shops' orders once calls have their results."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """The releases before use none of this: `compatible_from` stays."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "write_backs",
        sa.Column("id", number, nullable=False),
        sa.Column("call_id", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("source_id", "order_id", "result")),
        sa.Column("n", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "value", "text", "marker")),
        sa.Column("instead", json, nullable=False),
        sa.Column("was_done", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", instant),
        sa.Column("wake_at", instant),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="write_backs_call_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="write_backs_pkey"),
        sa.UniqueConstraint("call_id", "result", "n", name="write_backs_call_id_result_n_key"),
    )
    where = sa.text("wake_at IS NOT NULL")
    due = ["source_id", "wake_at"]
    op.create_index("write_backs_wake_at", "write_backs", due, sqlite_where=where, postgresql_where=where)
    op.create_index("write_backs_order", "write_backs", ["source_id", "order_id"])
    op.create_table(
        "write_rests",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="write_rests_pkey"),
    )
