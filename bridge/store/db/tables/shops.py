"""What is exchanged with shops and VBot beside the ledger: tokens, documents, polls, records, results written back."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from bridge.core.model import WriteState
from bridge.store.db.columns import Id, Instant, Json, Key, Member, index_partly, metadata

# Access tokens that VBot or a shop lends, one for all workers: who renews one holds it until `renewing_until`.
tokens = Table(
    "tokens",
    metadata,
    Column("name", Key, primary_key=True),  # vbot <account>, source <id>
    Column("sealed", Text, nullable=False),  # {access, refresh}, encrypted; blank while there is none
    Column("version", Integer, nullable=False, server_default="0"),
    Column("renew_at", Instant),
    Column("renewing_until", Instant),
)

# What must be fetched from the shop before a delivery can be decided.
fetches = Table(
    "fetches",
    metadata,
    Column("delivery_id", Id, ForeignKey("deliveries.id"), primary_key=True, autoincrement=False),
    Column("source_id", Key, nullable=False),
    Column("wake_at", Instant),  # null once all was fetched, or given up
    Column("give_up_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
)
index_partly(fetches, "wake_at IS NOT NULL", "wake_at", fetches.c.wake_at)
Index("fetches_source", fetches.c.source_id, fetches.c.delivery_id)  # how a source's last ones ended

# The shop's documents as they came; what a delivery means is read from its own bytes and these.
fetched = Table(
    "fetched",
    metadata,
    Column("delivery_id", Id, ForeignKey("deliveries.id"), nullable=False),
    Column("name", Key, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    PrimaryKeyConstraint("delivery_id", "name", name="fetched_pkey"),
)

# How far each source's orders were compared with what it sent.
polls = Table(
    "polls",
    metadata,
    Column("source_id", Key, ForeignKey("sources.id"), primary_key=True),
    Column("position", Json, nullable=False),  # the platform's own words for "since then"
    Column("wake_at", Instant, nullable=False),
    Column("looked_at", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("reason", Text),
    Column("recovered", Integer, nullable=False, server_default="0"),
)

# How each source fares: its usual silence, and the failures that its platform counts against it.
health = Table(
    "health",
    metadata,
    Column("source_id", Key, ForeignKey("sources.id"), primary_key=True),
    Column("last_delivery_at", Instant),
    Column("gaps", Json, nullable=False),  # the longest silence of each of the last days: {"2026-11-23": seconds}
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("last_failure_at", Instant),
    Column("refused", Integer, nullable=False, server_default="0"),  # of all time, when it was last looked at
)

# When VBot's records are read for an unsure attempt, and what they held.
lookups = Table(
    "lookups",
    metadata,
    Column("attempt_id", Id, ForeignKey("attempts.id"), primary_key=True, autoincrement=False),
    Column("wake_at", Instant),  # null once it is settled, or no longer looked up
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("asked_at", Instant),
    Column("silent_since", Instant),  # the first answer without our id
    Column("facts", Json, nullable=False),
)
index_partly(lookups, "wake_at IS NOT NULL", "wake_at", lookups.c.wake_at)

refusals = Table(
    "refusals",
    metadata,
    Column("source_id", Key, primary_key=True),
    Column("reason", Key, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)

# What is written to the shops' orders once calls have their results; one row for each action of a rule.
write_backs = Table(
    "write_backs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("call_id", Id, ForeignKey("calls.id"), nullable=False),
    Column("source_id", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("result", Key, nullable=False),
    Column("n", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("marker", Text, nullable=False),
    Column("instead", Json, nullable=False),
    Column("was_done", Boolean, nullable=False),
    Column("state", Member(WriteState), nullable=False),
    Column("reason", Text),
    Column("detail", Text),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent_at", Instant),
    Column("wake_at", Instant),  # null once it rests
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("call_id", "result", "n"),
)
index_partly(write_backs, "wake_at IS NOT NULL", "wake_at", write_backs.c.source_id, write_backs.c.wake_at)
Index("write_backs_order", write_backs.c.source_id, write_backs.c.order_id)

# Until when nothing is written to a source's shop, and how often that failed in a row.
write_rests = Table(
    "write_rests",
    metadata,
    Column("source_id", Key, primary_key=True),
    Column("until", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)
