"""The order that an undecided delivery is about, found by an index instead of in its bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("order_id", sa.Text()))
    where = sa.text("state = 'stored'")
    columns = ["source_id", "order_id"]
    op.create_index("deliveries_undecided_order", "deliveries", columns, sqlite_where=where, postgresql_where=where)
    # What the release before asks by source alone, the new index answers too.
    op.drop_index("deliveries_undecided_source", "deliveries")
