"""The columns' own types, and the index of unfinished rows."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

KEY_BYTES = 800  # three of them fit into one index row
CUT = "…"
PARTLY = "where"  # in an index's info: the condition of its rows
_DIGEST_BYTES = 64 + len(CUT.encode())

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware instant; UTC text on SQLite (it sorts as it should), timestamptz on Postgres."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Key(TypeDecorator[str]):
    """A text that an index holds: at most KEY_BYTES of it, and behind a longer one's beginning the digest of the whole.

    Postgres refuses index rows over 2704 bytes ("btree maximum", storage/nbtree.h), and a shop may write anything as
    an order's number. What is compared with such a column is cut alike.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else cut_key(value)


def cut_key(value: str) -> str:
    """The text as a `Key` holds it."""
    if len(value) * 4 <= KEY_BYTES or len(raw := value.encode("utf-8", "replace")) <= KEY_BYTES:
        return value
    kept = raw[: KEY_BYTES - _DIGEST_BYTES].decode("utf-8", "ignore")
    return f"{kept}{CUT}{hashlib.sha256(raw).hexdigest()}"


class Word(Key):
    """A Key in the order of its letters' numbers everywhere, so that an index finds what begins alike."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C" if dialect.name == "postgresql" else None))


class Member(TypeDecorator[StrEnum]):
    """A text column whose values are members of this enum; a text that a newer release wrote stays as it is."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind
        self._members: dict[str | None, Any] = {None: None, **{member.value: member for member in kind}}

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return self._members.get(value, value)


def index_partly(table: Table, condition: str, name: str, *columns: Column[Any], unique: bool = False) -> None:
    """An index of only those rows that still need work; a query must write the same condition, with literals.

    As SQLAlchemy's own `postgresql_where` the condition would load that dialect, and the drivers it knows, everywhere.
    """
    Index(f"{table.name}_{name}", *columns, unique=unique, info={PARTLY: condition})


class Json(TypeDecorator[Any]):
    """JSON as text on SQLite, JSONB on Postgres, whose dialect SQLite need not import; None is NULL."""

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415

        return dialect.type_descriptor(JSONB(none_as_null=True))


Id = BigInteger().with_variant(Integer, "sqlite")
