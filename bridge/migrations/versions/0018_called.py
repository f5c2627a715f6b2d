"""An order that was called, and whose redial came to nothing, counts as called: also in what is kept of it."""

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

from bridge.store.db.columns import Instant
from bridge.store.db.locks import lock_name

revision = "0018"
down_revision = "0017"

_VIETNAM = timezone(timedelta(hours=7))
_KEY = ("source_id", "standing", "result", "reason")
_STANDINGS = sa.table("standings", sa.column("first_seen_at", Instant), *map(sa.column, ("order_id", *_KEY)))
_COUNTS = sa.table("standing_counts", sa.column("hour", Instant), *map(sa.column, (*_KEY, "count")))
_GAVE_UP = sa.text(
    "standing IN ('refused', 'expired', 'cancelled') AND EXISTS ("
    "SELECT 1 FROM calls JOIN attempts ON attempts.call_id = calls.id AND attempts.outcome = 'accepted'"
    " WHERE calls.source_id = standings.source_id AND calls.order_id = standings.order_id"
    " AND calls.state IN ('refused', 'expired', 'cancelled'))"
)


def upgrade() -> None:
    """What the release before writes down meanwhile it writes down as before. `compatible_from` stays."""
    conn = op.get_bind()
    lock_name(conn, "standings")  # as every worker that writes them
    moved: Counter[tuple[datetime, str, str, str, str]] = Counter()
    days = set()
    for row in conn.execute(sa.select(_STANDINGS).where(_GAVE_UP)):
        hour = row.first_seen_at.replace(minute=0, second=0, microsecond=0)
        moved[hour, row.source_id, row.standing, row.result, row.reason] += 1
        days.add(row.first_seen_at.astimezone(_VIETNAM).date().isoformat())
    conn.execute(_STANDINGS.update().where(_GAVE_UP).values(standing="called"))
    for (hour, source_id, standing, result, reason), count in moved.items():
        alike = {"hour": hour, "source_id": source_id, "result": result, "reason": reason}
        _add(conn, {**alike, "standing": standing}, -count)
        _add(conn, {**alike, "standing": "called"}, count)
    conn.execute(_COUNTS.delete().where(_COUNTS.c.count == 0))
    for day in sorted(days):
        conn.execute(sa.text("UPDATE report_days SET changes = changes + 1 WHERE day = :day"), {"day": day})


def _add(conn: sa.Connection, key: dict[str, Any], count: int) -> None:
    same = sa.and_(*(_COUNTS.c[name] == value for name, value in key.items()))
    if not conn.execute(_COUNTS.update().where(same).values(count=_COUNTS.c.count + count)).rowcount:
        conn.execute(_COUNTS.insert().values(**key, count=count))
