"""The province that an order goes to, for reports."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """The releases before leave it empty: `compatible_from` stays."""
    op.add_column("orders", sa.Column("region", sa.Text()))
