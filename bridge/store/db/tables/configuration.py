"""The tables of what people configured."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, Table, Text

from bridge.store.db.columns import Id, Instant, Json, Key, metadata

sources = Table(
    "sources",
    metadata,
    Column("id", Key, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("document", Json, nullable=False),  # as in the file, credentials as ${NAME} or …
    Column("sealed", Text, nullable=False),  # credentials, encrypted
    Column("removed_at", Instant),
    Column("updated_at", Instant, nullable=False),
)

hotlines = Table(
    "hotlines",
    metadata,
    Column("code", Key, primary_key=True),
    Column("per_minute", Integer),
    Column("max_active", Integer),
    Column("next_at", Instant),
    Column("configured", Boolean, nullable=False),
)

rules = Table(
    "rules",
    metadata,
    Column("name", Key, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("document", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

# The whole configuration after each change of it.
revisions = Table(
    "revisions",
    metadata,
    Column("number", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("origin", Text, nullable=False),  # files, release, page, rollback
    Column("reason", Text, nullable=False),
    Column("documents", Json, nullable=False),
)

templates = Table(
    "templates",
    metadata,
    Column("code", Key, primary_key=True),
    Column("fields", Json, nullable=False),
    Column("fetched_at", Instant, nullable=False),  # when VBot last gave them
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", Instant),  # when VBot first gave this version; null: with the first
)

pauses = Table(
    "pauses",
    metadata,
    Column("kind", Key, primary_key=True),  # all, rule, hotline, source
    Column("name", Key, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("paused_at", Instant, nullable=False),
    Column("until", Instant),  # when it ends by itself; null: when a person ends it
)

# Small facts of the whole deployment: the catalog's version, the holidays, what files said last, when one of all
# workers last did a thing.
state = Table(
    "state",
    metadata,
    Column("key", Key, primary_key=True),
    Column("value", Json, nullable=False),
)

# Numbers that no rule and no command rings, by a person's decision.
dnc = Table(
    "dnc",
    metadata,
    Column("phone", Key, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
)
