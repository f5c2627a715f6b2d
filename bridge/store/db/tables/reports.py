"""What is kept of the ledger so that pages read it in an instant: how each order stands, and how many stand so.

Triggers of the database (migration 0015) mark an order whenever something changes by which it stands, whoever changes
it; `store.reports.standings` brings the marked ones up to date.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from bridge.store.db.columns import Id, Instant, Json, Key, index_partly, metadata

standings = Table(
    "standings",
    metadata,
    Column("source_id", Key, primary_key=True),
    Column("order_id", Key, primary_key=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("standing", Key, nullable=False),  # its group in the balance
    Column("result", Key, nullable=False),  # of its newest call; "" where none is known
    Column("reason", Key, nullable=False),  # of an order without a call, by its most telling decision; "" without one
    Column("undecided", Integer, nullable=False),  # 1: it has an event without a decision
)
_LISTED = (standings.c.first_seen_at, standings.c.source_id, standings.c.order_id)
Index("standings_standing", standings.c.standing, *_LISTED)
index_partly(standings, "result <> ''", "result", standings.c.result, *_LISTED)
index_partly(standings, "standing = 'skipped'", "reason", standings.c.reason, *_LISTED)
index_partly(standings, "undecided = 1", "undecided", standings.c.first_seen_at)

# How many orders that were first seen in an hour of UTC stand alike.
standing_counts = Table(
    "standing_counts",
    metadata,
    Column("hour", Instant, primary_key=True),
    Column("source_id", Key, primary_key=True),
    Column("standing", Key, primary_key=True),
    Column("result", Key, primary_key=True),
    Column("reason", Key, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# Orders whose row in `standings` is out of date, one row for each change.
stale_orders = Table(
    "stale_orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Key, nullable=False),
    Column("order_id", Key, nullable=False),
)

# What a report counts of the orders of one day of Vietnam: by what it is split -> its lines.
report_days = Table(
    "report_days",
    metadata,
    Column("day", Key, primary_key=True),  # 2026-11-23
    Column("changes", BigInteger, nullable=False),  # how often an order of that day was brought up to date
    Column("counted", BigInteger),  # `changes` as it was when it was counted
    Column("counted_at", Instant),
    Column("milliseconds", BigInteger, nullable=False),  # that it took
    Column("document", Json),
)
