"""How each order stands and what reports count of a day, kept with the help of marks of triggers; indexes of lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from bridge.store.db.columns import Key

revision = "0015"
down_revision = "0014"

_OF_ATTEMPT = (
    "SELECT calls.source_id, calls.order_id FROM attempts JOIN calls ON calls.id = attempts.call_id"
    " WHERE attempts.id = NEW.attempt_id AND calls.order_id IS NOT NULL"
)
_SQLITE = (
    ("orders_new", "INSERT ON orders", "VALUES (NEW.source_id, NEW.order_id)"),
    ("orders_gone", "DELETE ON orders", "VALUES (OLD.source_id, OLD.order_id)"),
    ("events_new", "INSERT ON events", "VALUES (NEW.source_id, NEW.order_id)"),
    (
        "events_moved",
        "UPDATE OF source_id, order_id ON events",
        "VALUES (OLD.source_id, OLD.order_id), (NEW.source_id, NEW.order_id)",
    ),
    (
        "decisions_new",
        "INSERT ON decisions",
        "SELECT source_id, order_id FROM events WHERE id = NEW.event_id",
    ),
    ("calls_new", "INSERT ON calls WHEN NEW.order_id IS NOT NULL", "VALUES (NEW.source_id, NEW.order_id)"),
    (
        "calls_moved",
        "UPDATE OF state, result ON calls WHEN NEW.order_id IS NOT NULL AND "
        "((OLD.state <> NEW.state AND NEW.state NOT IN ('queued', 'dialing')) OR OLD.result IS NOT NEW.result)",
        "VALUES (NEW.source_id, NEW.order_id)",
    ),
    ("results_new", "INSERT ON results WHEN NEW.attempt_id IS NOT NULL", _OF_ATTEMPT),
    ("results_read", "UPDATE OF attempt_id, told ON results WHEN NEW.attempt_id IS NOT NULL", _OF_ATTEMPT),
)


def upgrade() -> None:
    """The releases before use none of this: `compatible_from` stays."""
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "standings",
        sa.Column("source_id", Key(), nullable=False),
        sa.Column("order_id", Key(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("standing", "result", "reason")),
        sa.Column("undecided", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "order_id", name="standings_pkey"),
    )
    counted = ("source_id", "standing", "result", "reason")
    op.create_table(
        "standing_counts",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in counted),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", *counted, name="standing_counts_pkey"),
    )
    op.create_table(
        "stale_orders",
        sa.Column("id", identity, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="stale_orders_pkey"),
    )
    op.create_table(
        "report_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger()),
        sa.Column("counted_at", sa.DateTime(timezone=True)),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON().with_variant(JSONB(), "postgresql")),
        sa.PrimaryKeyConstraint("day", name="report_days_pkey"),
    )
    listed = ["first_seen_at", "source_id", "order_id"]
    op.create_index("standings_standing", "standings", ["standing", *listed])
    _index_partly("standings", "result", ["result", *listed], "result <> ''")
    _index_partly("standings", "reason", ["reason", *listed], "standing = 'skipped'")
    _index_partly("standings", "undecided", ["first_seen_at"], "undecided = 1")
    if op.get_context().dialect.name == "postgresql":
        _mark_on_postgres()
    else:
        for name, when, what in _SQLITE:
            op.execute(
                f"CREATE TRIGGER stale_{name} AFTER {when} BEGIN "
                f"INSERT INTO stale_orders (source_id, order_id) {what}; END"
            )
    _index_lists()
    # What is there already is looked at by a worker, the newest first.
    op.execute("INSERT INTO state (key, value) SELECT 'standings', '{}' WHERE EXISTS (SELECT 1 FROM orders)")


def _index_lists() -> None:
    """On Postgres they are built behind the migration, beside web and workers."""
    op.drop_index("orders_first_seen_at", "orders")
    if op.get_context().dialect.name == "postgresql":
        return
    op.create_index("orders_newest", "orders", ["first_seen_at", "source_id", "order_id"])
    _index_partly("calls", "asleep", ["not_after"], "state = 'waiting' AND wake_at IS NULL")
    _index_partly("calls", "waiting", ["id"], "state = 'waiting'")
    _index_partly("calls", "finished", ["id"], "state = 'finished'")
    _index_partly("calls", "result", ["result", "id"], "result IS NOT NULL")
    _index_partly("calls", "manual", ["created_at", "state"], "rule = 'manual'")


def _mark_on_postgres() -> None:
    function = "CREATE FUNCTION {} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NULL; END $$"
    into = "INSERT INTO stale_orders (source_id, order_id)"
    new, old = (f"{into} VALUES ({row}.source_id, {row}.order_id);" for row in ("NEW", "OLD"))
    told = f"{into} SELECT source_id, order_id FROM events WHERE id = NEW.event_id;"  # noqa: S608  of our words alone
    op.execute(function.format("mark_new_order()", new))
    op.execute(function.format("mark_old_order()", old))
    op.execute(function.format("mark_decided_order()", told))
    op.execute(function.format("mark_reported_order()", f"{into} {_OF_ATTEMPT};"))
    moved = (
        "(NEW.order_id IS NOT NULL AND ((OLD.state <> NEW.state AND NEW.state NOT IN ('queued', 'dialing'))"
        " OR OLD.result IS DISTINCT FROM NEW.result))"
    )
    owner = "UPDATE OF source_id, order_id ON events"
    for name, when, condition, what in (
        ("orders_new", "INSERT ON orders", "true", "mark_new_order"),
        ("orders_gone", "DELETE ON orders", "true", "mark_old_order"),
        ("events_new", "INSERT ON events", "true", "mark_new_order"),
        ("events_left", owner, "true", "mark_old_order"),
        ("events_moved", owner, "true", "mark_new_order"),
        ("decisions_new", "INSERT ON decisions", "true", "mark_decided_order"),
        ("calls_new", "INSERT ON calls", "NEW.order_id IS NOT NULL", "mark_new_order"),
        ("calls_moved", "UPDATE OF state, result ON calls", moved, "mark_new_order"),
        ("results_new", "INSERT ON results", "NEW.attempt_id IS NOT NULL", "mark_reported_order"),
        ("results_read", "UPDATE OF attempt_id, told ON results", "NEW.attempt_id IS NOT NULL", "mark_reported_order"),
    ):
        op.execute(
            f"CREATE TRIGGER stale_{name} AFTER {when} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {what}()"
        )


def _index_partly(table: str, name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(f"{table}_{name}", table, columns, sqlite_where=where, postgresql_where=where)
