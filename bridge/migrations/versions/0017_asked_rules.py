"""An index of decisions by rule, for the list of deliveries for which a rule was asked."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """On Postgres it is built behind the migration, beside web and workers. `compatible_from` stays."""
    if op.get_context().dialect.name == "sqlite":
        op.create_index("decisions_rule", "decisions", ["rule", "event_id"])
