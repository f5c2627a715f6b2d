"""What the bridge asks others for: tokens, documents, records; batches, recovered deliveries, the API's answers."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _json() -> sa.types.TypeEngine[Any]:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _instant() -> sa.types.TypeEngine[Any]:
    return sa.DateTime(timezone=True)


def _index(table: str, name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(f"{table}_{name}", table, [column], sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("recovered", sa.Boolean(), server_default=sa.false(), nullable=False))
    _index("deliveries", "fetching_source", "source_id", "state = 'fetching'")
    _index("deliveries", "repeated_at", "repeated_at", "repeated_at IS NOT NULL")
    op.add_column("attempts", sa.Column("batch", sa.Text()))
    op.add_column("templates", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("templates", sa.Column("changed_at", _instant()))
    op.create_index("calls_source", "calls", ["source_id", "id"])
    for table, states in (("deliveries", ("ignored", "failed")), ("calls", ("refused", "cancelled", "expired"))):
        for state in states:
            _index(table, state, "id", f"state = '{state}'")
    _create_what_is_fetched()
    _create_what_is_watched()
    # The release before uses none of these.
    op.execute("""INSERT INTO state (key, value) VALUES ('compatible_from', '"0001"')""")


def _create_what_is_fetched() -> None:
    op.create_table(
        "tokens",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("renew_at", _instant()),
        sa.Column("renewing_until", _instant()),
        sa.PrimaryKeyConstraint("name", name="tokens_pkey"),
    )
    op.create_table(
        "fetches",
        sa.Column("delivery_id", _id(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("wake_at", _instant()),
        sa.Column("give_up_at", _instant(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fetches_delivery_id_fkey"),
        sa.PrimaryKeyConstraint("delivery_id", name="fetches_pkey"),
    )
    _index("fetches", "wake_at", "wake_at", "wake_at IS NOT NULL")
    op.create_index("fetches_source", "fetches", ["source_id", "delivery_id"])
    op.create_table(
        "fetched",
        sa.Column("delivery_id", _id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", _instant(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fetched_delivery_id_fkey"),
        sa.PrimaryKeyConstraint("delivery_id", "name", name="fetched_pkey"),
    )
    op.create_table(
        "polls",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("position", _json(), nullable=False),
        sa.Column("wake_at", _instant(), nullable=False),
        sa.Column("looked_at", _instant()),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recovered", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="polls_source_id_fkey"),
        sa.PrimaryKeyConstraint("source_id", name="polls_pkey"),
    )


def _create_what_is_watched() -> None:
    op.create_table(
        "health",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("last_delivery_at", _instant()),
        sa.Column("gaps", _json(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_failure_at", _instant()),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="health_source_id_fkey"),
        sa.PrimaryKeyConstraint("source_id", name="health_pkey"),
    )
    op.create_table(
        "lookups",
        sa.Column("attempt_id", _id(), autoincrement=False, nullable=False),
        sa.Column("wake_at", _instant()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", _instant()),
        sa.Column("silent_since", _instant()),
        sa.Column("facts", _json(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="lookups_attempt_id_fkey"),
        sa.PrimaryKeyConstraint("attempt_id", name="lookups_pkey"),
    )
    _index("lookups", "wake_at", "wake_at", "wake_at IS NOT NULL")
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("answer", _json(), nullable=False),
        sa.Column("created_at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="idempotency_pkey"),
    )
