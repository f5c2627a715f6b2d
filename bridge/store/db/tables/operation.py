"""What keeps the bridge running and watched."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Table,
    Text,
)

from bridge.store.db.columns import Id, Instant, Json, Key, index_partly, metadata

workers = Table(
    "workers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
)

# The circuit breaker of each VBot account, seen by all workers.
breakers = Table(
    "lines",
    metadata,
    Column("account", Key, primary_key=True),
    Column("state", Text, nullable=False),  # closed, open, half_open
    Column("failures", Integer, nullable=False),  # in a row
    Column("openings", Integer, nullable=False),  # in a row, without a success between
    Column("reason", Text),
    Column("probe_at", Instant),  # open: when one call may probe; half open: when the probe is given up
    Column("probe_call_id", Id),
    Column("changed_at", Instant, nullable=False),
)

# What a person must look at: opened once, closed when it ends. Facts are never personal.
alarms = Table(
    "alarms",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Key, nullable=False),
    Column("facts", Json, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("told_at", Instant),  # when ALARM_URL took it
)
index_partly(alarms, "closed_at IS NULL", "open", alarms.c.key, unique=True)
Index("alarms_closed_at", alarms.c.closed_at)

# What people did: who paused, cancelled, resolved what, and why.
actions = Table(
    "actions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("subject", Key, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("actions_subject", actions.c.subject)

# Answers of the API that must not be made twice.
idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Key, primary_key=True),
    Column("digest", Text, nullable=False),  # of path and body
    Column("answer", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# Counts of rows that never change again, by name and labels (a list in JSON), and up to which row each table is
# counted: a look at them costs the same at a million rows.
tallies = Table(
    "tallies",
    metadata,
    Column("name", Key, primary_key=True),
    Column("labels", Key, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
