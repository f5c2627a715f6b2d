"""Which alarms each channel to people has told."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """The releases before use none of this: `compatible_from` stays."""
    json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True), "postgresql"
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("receivers", sa.Column("learned", json))
    op.create_table(
        "tellings",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("alarm_id", number, nullable=False),
        sa.Column("opened_told_at", sa.DateTime(timezone=True)),
        sa.Column("closed_told_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarms.id"], name="tellings_alarm_id_fkey"),
        sa.PrimaryKeyConstraint("channel", "alarm_id", name="tellings_pkey"),
    )
    op.create_index("alarms_closed_at", "alarms", ["closed_at"])
