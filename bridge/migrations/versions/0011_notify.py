"""Who is told what happened, and the outbox of webhooks."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """The releases before use none of this: `compatible_from` stays."""
    json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instants = ("failing_since", "rest_until", "taken_at", "off_at")
    op.create_table(
        "receivers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", json, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in instants),
        sa.PrimaryKeyConstraint("kind", "name", name="receivers_pkey"),
    )
    op.create_table(
        "messages",
        sa.Column("id", number, nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("call_id", number),
        sa.Column("data", json, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text()),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="messages_pkey"),
    )
    where = sa.text("wake_at IS NOT NULL")
    op.create_index("messages_wake_at", "messages", ["webhook", "wake_at"], sqlite_where=where, postgresql_where=where)
    op.create_index("messages_webhook", "messages", ["webhook", "id"])
    op.create_index("messages_at", "messages", ["at"])
