"""Who is told what happened, and what each webhook is still to be told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from bridge.store.db.columns import Id, Instant, Json, Key, index_partly, metadata

# Programs that get webhooks, and channels to people.
receivers = Table(
    "receivers",
    metadata,
    Column("kind", Key, nullable=False),  # webhook, channel
    Column("name", Key, nullable=False),
    Column("document", Json, nullable=False),  # as in the file, credentials as ${NAME} or …
    Column("sealed", Text, nullable=False),  # the document with its credentials, encrypted
    Column("added_at", Instant, nullable=False),
    Column("failing_since", Instant),  # null: the last request was taken
    Column("rest_until", Instant),  # nothing is sent before
    Column("error", Text),  # what became of the last request that was not taken
    Column("taken_at", Instant),  # when it last took one
    Column("off_at", Instant),  # when it was switched off: it was gone, or failed for too long
    Column("learned", Json),  # of a channel: a group's new chat_id, the day of its last summary
    PrimaryKeyConstraint("kind", "name", name="receivers_pkey"),
)

# Which alarms each channel has told: its opening, and its closing.
tellings = Table(
    "tellings",
    metadata,
    Column("channel", Key, nullable=False),
    Column("alarm_id", Id, ForeignKey("alarms.id"), nullable=False),
    Column("opened_told_at", Instant),
    Column("closed_told_at", Instant),
    PrimaryKeyConstraint("channel", "alarm_id", name="tellings_pkey"),
)

# The outbox of webhooks: written with what it tells, sent by a worker.
messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook", Key, nullable=False),
    Column("event", Text, nullable=False),
    Column("call_id", Id),  # whose phone and custom fields a full body holds
    Column("data", Json, nullable=False),  # never personal
    Column("at", Instant, nullable=False),  # when it happened
    Column("wake_at", Instant),  # when it is sent next; null once it was taken, or given up
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),  # pending, taken, failed
    Column("detail", Text),  # what became of the last try
    Column("tried_at", Instant),
)
index_partly(messages, "wake_at IS NOT NULL", "wake_at", messages.c.webhook, messages.c.wake_at)
Index("messages_webhook", messages.c.webhook, messages.c.id)
Index("messages_at", messages.c.at)
