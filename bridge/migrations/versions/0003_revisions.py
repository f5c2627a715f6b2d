"""Revisions of the configuration, and which of them made a call."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The releases before use none of this: `compatible_from` stays."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )
    op.create_table(
        "revisions",
        sa.Column("number", number, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("documents", json, nullable=False),
        sa.PrimaryKeyConstraint("number", name="revisions_pkey"),
    )
    op.add_column("calls", sa.Column("revision", number))
