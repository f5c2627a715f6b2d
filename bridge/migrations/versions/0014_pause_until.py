"""A pause may end by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """The release before leaves such a pause until a person ends it: `compatible_from` stays."""
    op.add_column("pauses", sa.Column("until", sa.DateTime(timezone=True)))
