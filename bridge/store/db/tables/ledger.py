"""The ledger: deliveries, their events, what was decided, the calls and what became of them.

`wake_at` is the one scheduling column of a call: when the row needs attention next
(its start while waiting, its lease's end while queued or dialing), null once it rests.
The partial indexes keep finished rows free of cost.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bridge.core.call_states import CallState
from bridge.core.model import AttemptOutcome
from bridge.store.db.columns import Id, Instant, Json, Key, Member, Word, index_partly, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Key, ForeignKey("sources.id"), nullable=False),
    Column("dedup_key", Key, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("platform_topic", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("received_at", Instant, nullable=False),
    Column("repeated_at", Instant),
    Column("decided_at", Instant),
    Column("acknowledged_at", Instant),
    Column("recovered", Boolean, nullable=False, server_default=false()),  # not sent, but found by a poll of the shop
    Column("order_id", Key),  # of the one order that it is about; null: not known before it is read
    UniqueConstraint("source_id", "dedup_key"),
)
index_partly(deliveries, "state = 'stored'", "undecided", deliveries.c.id)
index_partly(deliveries, "state = 'stored'", "undecided_order", deliveries.c.source_id, deliveries.c.order_id)
index_partly(deliveries, "state = 'fetching'", "fetching_source", deliveries.c.source_id)
index_partly(deliveries, "state = 'ignored'", "ignored", deliveries.c.id)
index_partly(deliveries, "state = 'failed'", "failed", deliveries.c.id)
index_partly(deliveries, "repeated_at IS NOT NULL", "repeated_at", deliveries.c.repeated_at)
Index("deliveries_received_at", deliveries.c.received_at)

orders = Table(
    "orders",
    metadata,
    Column("source_id", Key, primary_key=True),
    Column("order_id", Key, primary_key=True),
    Column("number", Key, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_at", Instant, nullable=False),  # the platform's update time of that state
    Column("closedness", Integer, nullable=False),  # settles equal times: the more closed state wins
    Column("deleted_at", Instant),
    Column("delivery_id", Id, ForeignKey("deliveries.id"), nullable=False),  # whose bytes hold the newest state
    Column("event_n", Integer, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("region", Text),  # the province of today that it goes to; null: not known, or of an older release
    Column("names", Text),  # the words of all names on it, without accents; null: nobody has read them yet
)
Index("orders_number", orders.c.number)
Index("orders_newest", orders.c.first_seen_at, orders.c.source_id, orders.c.order_id)
index_partly(orders, "names IS NULL", "unnamed", orders.c.first_seen_at, orders.c.source_id, orders.c.order_id)

# The words of `orders.names`, by which people look for an order.
order_words = Table(
    "order_words",
    metadata,
    Column("word", Word, primary_key=True),
    Column("seen_at", Instant, primary_key=True),
    Column("source_id", Key, primary_key=True),
    Column("order_id", Key, primary_key=True),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Id, ForeignKey("deliveries.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("source_id", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("topic", Text, nullable=False),
    Column("platform_topic", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("parcel", Key),  # of a carrier's status: the carrier's code of the parcel
    UniqueConstraint("delivery_id", "n"),
)
Index("events_order", events.c.source_id, events.c.order_id)

# The newest status of each parcel that a carrier told of, and the order that it belongs to.
parcels = Table(
    "parcels",
    metadata,
    Column("carrier", Key, ForeignKey("sources.id"), primary_key=True),  # the source that tells
    Column("code", Key, primary_key=True),  # the carrier's
    Column("reference", Key),  # the shop's word for the order
    Column("source_id", Key),  # of the order; null while it is not known
    Column("order_id", Key),
    Column("topic", Text, nullable=False),
    Column("status_at", Instant, nullable=False),  # the carrier's time of the newest status
    Column("delivery_id", Id, ForeignKey("deliveries.id"), nullable=False),  # whose bytes hold it
    Column("event_n", Integer, nullable=False),
)
Index("parcels_order", parcels.c.source_id, parcels.c.order_id)
index_partly(parcels, "order_id IS NULL", "unjoined", parcels.c.reference)
Index("parcels_status_at", parcels.c.carrier, parcels.c.status_at)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", Id, ForeignKey("events.id"), nullable=False, index=True),
    Column("rule", Key),
    Column("decision", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("call_id", Id, index=True),
    Column("decided_at", Instant, nullable=False),
)
Index("decisions_rule", decisions.c.rule, decisions.c.event_id)

calls = Table(
    "calls",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", Key, nullable=False),
    Column("once_key", Key, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("source_id", Key),
    Column("order_id", Key),
    Column("order_number", Text),
    Column("event_id", Id, ForeignKey("events.id")),
    Column("phone", Key, nullable=False),
    Column("template", Text, nullable=False),
    Column("hotline", Key, nullable=False),
    Column("datas", Json, nullable=False),
    Column("manual", Json),  # the whole request of a call without a rule
    Column("state", Member(CallState), nullable=False),
    Column("reason", Text),
    Column("facts", Json, nullable=False),
    Column("result", Key),
    Column("key", Text),
    Column("wake_at", Instant),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("attempt_id", Id),  # the newest attempt
    Column("placed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("revision", Id),  # of the configuration that made it
    UniqueConstraint("rule", "once_key", "ring"),
)


def _index_state(state: CallState, name: str, *columns: Column[Any]) -> None:
    """An index of the calls in this state."""
    index_partly(calls, f"state = '{state}'", name, *columns)


index_partly(calls, "wake_at IS NOT NULL", "wake_at", calls.c.wake_at)
_index_state(CallState.WAITING, "due", calls.c.hotline, calls.c.wake_at, calls.c.id)
_index_state(CallState.WAITING, "promised", calls.c.not_after)
index_partly(calls, "state = 'waiting' AND wake_at IS NULL", "asleep", calls.c.not_after)
_index_state(CallState.WAITING, CallState.WAITING, calls.c.id)
_index_state(CallState.FINISHED, CallState.FINISHED, calls.c.id)
_index_state(CallState.QUEUED, CallState.QUEUED, calls.c.hotline, calls.c.wake_at)
_index_state(CallState.DIALING, CallState.DIALING, calls.c.hotline, calls.c.wake_at)
_index_state(CallState.UNSURE, CallState.UNSURE, calls.c.id)
_index_state(CallState.REFUSED, CallState.REFUSED, calls.c.id)
_index_state(CallState.CANCELLED, CallState.CANCELLED, calls.c.id)
_index_state(CallState.EXPIRED, CallState.EXPIRED, calls.c.id)
_index_state(CallState.PLACED, "talking", calls.c.hotline, calls.c.placed_at)
Index("calls_order", calls.c.source_id, calls.c.order_id)
Index("calls_source", calls.c.source_id, calls.c.id)  # a page of one source's calls
Index("calls_created_at", calls.c.created_at)
Index("calls_phone", calls.c.phone, calls.c.id)
index_partly(calls, "result IS NOT NULL", "result", calls.c.result, calls.c.id)
index_partly(calls, "rule = 'manual'", "manual", calls.c.created_at, calls.c.state)

# Lists of people that a command calls; a call belongs to at most one of them.
batches = Table(
    "batches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Key, nullable=False),
    Column("template", Key, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("name", "template"),
)
batch_calls = Table(
    "batch_calls",
    metadata,
    Column("call_id", Id, ForeignKey("calls.id"), primary_key=True, autoincrement=False),
    Column("batch_id", Id, ForeignKey("batches.id"), nullable=False, index=True),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("call_id", Id, ForeignKey("calls.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("external_call_id", Key, nullable=False, unique=True),
    Column("phone", Key, nullable=False),
    Column("template", Text, nullable=False),
    Column("hotline", Text, nullable=False),
    Column("datas", Json, nullable=False),  # what was sent
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Member(AttemptOutcome)),
    Column("detail", Text),
    Column("http_status", Integer),
    Column("message", Text),
    Column("vbot_call_id", Text),
    Column("batch", Text),  # the same for all attempts of one request
    UniqueConstraint("call_id", "n"),
)
Index("attempts_phone", attempts.c.phone, attempts.c.started_at)
Index("attempts_started_at", attempts.c.started_at)

# What VBot reported of calls, raw as it came; settled once, at any time and in any order.
results = Table(
    "results",
    metadata,
    Column("id", Id, primary_key=True),
    Column("dedup_key", Key, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("received_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # stored, settled, stranger, failed
    Column("attempt_id", Id, ForeignKey("attempts.id"), index=True),
    Column("kind", Text),  # log, recording, extraction
    Column("told", Json),  # the details in our words; the name is of the release before
    Column("settled_at", Instant),
)
index_partly(results, "state = 'stored'", "unsettled", results.c.id)
