"""INSERT … ON CONFLICT in the words that SQLite and Postgres share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    Integer,
    Subquery,
    Table,
    Text,
    TextualSelect,
    bindparam,
    func,
    literal_column,
    select,
    text,
    union_all,
)

from bridge.core.call_states import CallState

MOST_AT_ONCE = 16  # rows in one statement
FEW = 2_000
_RESTING = frozenset(["decided", CallState.FINISHED])
# For a LIMIT that is no parameter: Postgres then plans the statement once, and not each time.
ONE = literal_column("1", Integer())


def upsert(conn: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """The row with this primary key holds these values."""
    statement = _insert(conn, table).values({**key, **values})
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def count_up(conn: Connection, table: Table, key: Mapping[str, Any], more: int, **values: Any) -> None:
    """The `count` of the row with this primary key is so much more, from 0 where there is none; others may count.

    values   what the row holds beside it from now on
    """
    statement = _insert(conn, table).values({**key, "count": more, **values})
    total = table.c.count + statement.excluded.count
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_={"count": total, **values}))


def insert_new(conn: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """The new row's primary key (its first column), or None where a unique key already has a row."""
    made = insert_all(conn, table, [values], next(iter(table.primary_key.columns)))
    return next(iter(made[0].values())) if made else None


def insert_all(
    conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *returned: Column[Any]
) -> list[dict[str, Any]]:
    """These columns of the new rows; where a unique key has a row already, also by one of these, none is made.

    rows   all of the same columns
    """
    made: list[dict[str, Any]] = []
    for some in _parts(rows):
        values = {f"{name}_{n}": value for n, row in enumerate(some) for name, value in row.items()}
        found = conn.execute(_new_rows(table, tuple(some[0]), len(some), returned), values)
        made += [row._asdict() for row in found]
    return made


def _parts(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    # Of 16, 8, 4, 2 and 1: for each size a statement is kept, which takes 2 kB for each of its values.
    first = 0
    while first < len(rows):
        size = min(MOST_AT_ONCE, 1 << ((len(rows) - first).bit_length() - 1))
        yield rows[first : first + size]
        first += size


@cache
def _new_rows(table: Table, names: tuple[str, ...], count: int, returned: tuple[Column[Any], ...]) -> TextualSelect:
    # As text, for SQLAlchemy compiles its own INSERT … ON CONFLICT anew each time, which costs more than the insert.
    places = ", ".join(f"({', '.join(f':{name}_{n}' for name in names)})" for n in range(count))
    columns = ", ".join(column.name for column in returned)
    values = f"({', '.join(names)}) VALUES {places} ON CONFLICT DO NOTHING RETURNING {columns}"
    typed = [bindparam(f"{name}_{n}", type_=table.c[name].type) for n in range(count) for name in names]
    return text(f"INSERT INTO {table.name} {values}").bindparams(*typed).columns(*returned)


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


def few_of(conn: Connection, table: Table, column: Column[Any], value: str) -> Subquery | None:
    """The rows with this value, where they are fewer than FEW and an index that begins with the column finds them.

    SQLite has no statistics: of a big shop it would read and sort all rows for the newest page, and of a small one all
    rows of others. So it is told which; Postgres knows, and is asked plainly (None).
    """
    if conn.dialect.name == "postgresql":
        return None
    counted = select(func.count()).select_from(select(column).where(column == value).limit(FEW).subquery())
    is_few = conn.execute(counted).scalar_one() < FEW
    return select(table).where(column == value).limit(FEW).subquery() if is_few else None


def is_among_many(conn: Connection, column: Any, value: str) -> ColumnElement[bool]:
    """The rows with this value, many of all: on SQLite as a condition that no index serves."""
    return (column if conn.dialect.name == "postgresql" else column.concat("")) == value  # type: ignore[no-any-return]


def _insert(conn: Connection, table: Table) -> Any:
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(table)
