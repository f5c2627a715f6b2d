"""INSERT … ON CONFLICT in the words that SQLite and Postgres share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    TextualSelect,
    bindparam,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from bridge.core.call_states import CallState

_RESTING = frozenset(["decided", CallState.FINISHED])
# For a LIMIT that is no parameter: Postgres then plans the statement once, and not each time.
ONE = literal_column("1", Integer())


def upsert(conn: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """The row with this primary key holds these values."""
    statement = _insert(conn, table).values({**key, **values})
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def insert_new(conn: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """The new row's primary key (its first column), or None where a unique key already has a row."""
    return conn.execute(_new_row(table, tuple(values)), dict(values)).scalar()


@cache
def _new_row(table: Table, names: tuple[str, ...]) -> TextualSelect:
    # As text, for SQLAlchemy compiles its own INSERT … ON CONFLICT anew each time, which costs more than the insert.
    key = next(iter(table.primary_key.columns))
    columns, places = ", ".join(names), ", ".join(f":{name}" for name in names)
    values = f"({columns}) VALUES ({places}) ON CONFLICT DO NOTHING RETURNING {key.name}"
    statement = f"INSERT INTO {table.name} {values}"
    typed = [bindparam(name, type_=table.c[name].type) for name in names]
    return text(statement).bindparams(*typed).columns(key)


def written(state: str) -> ColumnClause[str]:
    """A state of ours as a literal of the statement, so that the planner sees that a partial index covers it."""
    if not state.isalpha():
        raise ValueError("not a state")
    return literal_column(f"'{state}'", Text())


def standing(table: Table, states: Iterable[str]) -> ColumnElement[bool]:
    """The rows in one of these states. Where few rows are, an index names them; where most rest, any page is full."""
    if _RESTING.intersection(states):
        return table.c.state.in_(tuple(states))
    same = table.alias()
    return table.c.id.in_(union_all(*(select(same.c.id).where(same.c.state == written(state)) for state in states)))


def _insert(conn: Connection, table: Table) -> Any:
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
