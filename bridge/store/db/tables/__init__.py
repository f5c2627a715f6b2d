"""The tables, identical on SQLite and Postgres."""

from __future__ import annotations

from bridge.store.db.columns import metadata
from bridge.store.db.tables.configuration import dnc, hotlines, pauses, revisions, rules, sources, state, templates
from bridge.store.db.tables.ledger import (
    attempts,
    batch_calls,
    batches,
    calls,
    decisions,
    deliveries,
    events,
    order_words,
    orders,
    parcels,
    results,
)
from bridge.store.db.tables.notify import messages, receivers, tellings
from bridge.store.db.tables.operation import actions, alarms, breakers, idempotency, tallies, workers
from bridge.store.db.tables.people import api_tokens, sign_ins, users
from bridge.store.db.tables.reports import report_days, stale_orders, standing_counts, standings
from bridge.store.db.tables.shops import (
    fetched,
    fetches,
    health,
    lookups,
    polls,
    refusals,
    tokens,
    write_backs,
    write_rests,
)

__all__ = [
    "actions",
    "alarms",
    "api_tokens",
    "attempts",
    "batch_calls",
    "batches",
    "breakers",
    "calls",
    "decisions",
    "deliveries",
    "dnc",
    "events",
    "fetched",
    "fetches",
    "health",
    "hotlines",
    "idempotency",
    "lookups",
    "messages",
    "metadata",
    "order_words",
    "orders",
    "parcels",
    "pauses",
    "polls",
    "receivers",
    "refusals",
    "report_days",
    "results",
    "revisions",
    "rules",
    "sign_ins",
    "sources",
    "stale_orders",
    "standing_counts",
    "standings",
    "state",
    "tallies",
    "tellings",
    "templates",
    "tokens",
    "users",
    "workers",
    "write_backs",
    "write_rests",
]
