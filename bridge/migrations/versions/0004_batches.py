"""Lists of people by their name, and what is looked up by phone or by what was acted on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", _id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="batches_pkey"),
        sa.UniqueConstraint("name", "template", name="batches_name_template_key"),
    )
    op.create_table(
        "batch_calls",
        sa.Column("call_id", _id(), autoincrement=False, nullable=False),
        sa.Column("batch_id", _id(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="batch_calls_call_id_fkey"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="batch_calls_batch_id_fkey"),
        sa.PrimaryKeyConstraint("call_id", name="batch_calls_pkey"),
    )
    op.create_index("batch_calls_batch_id", "batch_calls", ["batch_id"])
    op.create_index("calls_phone", "calls", ["phone", "id"])
    op.create_index("actions_subject", "actions", ["subject"])
