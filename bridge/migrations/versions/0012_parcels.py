"""Parcels: the newest status of each that carriers told of, and the order that it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """The releases before tell of no parcel: `compatible_from` stays."""
    op.add_column("events", sa.Column("parcel", sa.Text()))
    op.create_table(
        "parcels",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("source_id", sa.Text()),
        sa.Column("order_id", sa.Text()),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["carrier"], ["sources.id"], name="parcels_carrier_fkey"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="parcels_delivery_id_fkey"),
        sa.PrimaryKeyConstraint("carrier", "code", name="parcels_pkey"),
    )
    where = sa.text("order_id IS NULL")
    op.create_index("parcels_order", "parcels", ["source_id", "order_id"])
    op.create_index("parcels_unjoined", "parcels", ["reference"], sqlite_where=where, postgresql_where=where)
    op.create_index("parcels_status_at", "parcels", ["carrier", "status_at"])
