"""Orders found by a phone, or by a name as somebody writes it: some words, the last one perhaps not finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, and_, func, literal, literal_column, select, tuple_

from bridge.core.model import OrderKey
from bridge.store.db.tables import calls, order_words, orders
from bridge.store.people.names import words_of
from bridge.store.people.phones import of_phone

MOST_FOUND = 100
MOST_ENDINGS = 50  # words that begin with what is written of the last one
FEW = 1_000  # orders with one word: all of them are read
MOST_READ = 2_000  # of more the newest
_W = order_words.c
_KEY = (_W.seen_at, _W.source_id, _W.order_id)
_NEWEST = tuple(column.desc() for column in _KEY)
_LAST = "\U0010ffff"  # behind every letter
_ONE = literal_column("1", Integer())


@dataclass(frozen=True)
class Found:
    """Orders, newest first. `is_all`: there are no others."""

    keys: list[OrderKey]
    is_all: bool


def find_by_phone(conn: Connection, phone: str) -> Found:
    """The orders with a call to this number, as `read_phone` writes it, by their newest call."""
    query = select(calls.c.source_id, calls.c.order_id).where(of_phone(phone), calls.c.order_id.is_not(None))
    rows = conn.execute(query.order_by(calls.c.id.desc()).limit(MOST_FOUND + 1)).all()
    return Found(list(dict.fromkeys(OrderKey(*row) for row in rows[:MOST_FOUND])), len(rows) <= MOST_FOUND)


def find_by_name(conn: Connection, name: str, *, since: datetime | None = None, source: str | None = None) -> Found:
    """The orders on which all these words stand in names; accents, case and the words' order make no difference."""
    words = words_of(name)
    endings = _endings(conn, words[-1]) if words else []
    choices = [*([word] for word in words[:-1]), endings[:MOST_ENDINGS]]
    counted = [_count(conn, choice, since) for choice in choices]
    if 0 in counted:
        return Found([], True)
    # Of the rarest word each row is looked at; of two alike the later is the rarer, for Vietnamese names end with it.
    rarest = min(range(len(words)), key=lambda n: (counted[n], len(choices[n]), -n))
    others = [_has(word, is_whole=n < len(words) - 1) for n, word in enumerate(words) if n != rarest]
    if source is not None:
        others.append(orders.c.source_id == source)
    is_common = bool(others) and counted[rarest] == FEW
    found, is_all = [], len(endings) <= MOST_ENDINGS
    for word in choices[rarest]:
        last = _nth_newest(conn, word, since, MOST_READ // len(choices[rarest])) if is_common else None
        # From there on only: many orders may have come at one moment.
        behind = [] if last is None else [tuple_(*_KEY) >= tuple(last)]
        found += _newest(conn, word, since, others, behind)
        is_all &= last is None
    keys = list(dict.fromkeys(OrderKey(row[1], row[2]) for row in sorted(found, key=tuple, reverse=True)))
    return Found(keys[:MOST_FOUND], is_all and len(keys) <= MOST_FOUND)


def _endings(conn: Connection, begun: str) -> list[str]:
    """The words that begin so, one more than MOST_ENDINGS; each is a step in the index, however many orders have it."""
    next_word = func.min(_W.word)
    first = select(next_word.label("word")).where(_W.word >= begun, _W.word < begun + _LAST)
    found = first.cte("found", recursive=True)
    following = select(next_word).where(_W.word > found.c.word, _W.word < begun + _LAST).correlate(found)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.word.is_not(None)))
    query = select(found.c.word).where(found.c.word.is_not(None)).limit(MOST_ENDINGS + 1)
    return list(conn.execute(query).scalars())


def _count(conn: Connection, words: Sequence[str], since: datetime | None) -> int:
    """How many rows there are of these words, FEW at most."""
    counted = 0
    for word in words:
        if counted < FEW:
            rows = select(_ONE).where(*_rows_of(word, since)).limit(FEW - counted).subquery()
            counted += int(conn.execute(select(func.count()).select_from(rows)).scalar_one())
    return counted


def _newest(
    conn: Connection,
    word: str,
    since: datetime | None,
    others: Sequence[ColumnElement[bool]],
    behind: Sequence[ColumnElement[bool]],
) -> list[Any]:
    """(seen_at, source_id, order_id) of the newest orders with this word for which the others hold too."""
    query = select(*_KEY).where(*_rows_of(word, since), *behind).order_by(*_NEWEST)
    if others:
        same = and_(orders.c.source_id == _W.source_id, orders.c.order_id == _W.order_id)
        # As a value, which is looked up row by row: joined, all orders might be read for a word that few have.
        query = query.where(select(_ONE).where(same, *others).correlate(order_words).scalar_subquery() == _ONE)
    return list(conn.execute(query.limit(MOST_FOUND + 1)))


def _nth_newest(conn: Connection, word: str, since: datetime | None, n: int) -> Any:
    """(seen_at, source_id, order_id) of the nth newest order with this word; None where there are fewer."""
    query = select(*_KEY).where(*_rows_of(word, since)).order_by(*_NEWEST)
    return conn.execute(query.offset(n).limit(1)).first()


def _rows_of(word: str, since: datetime | None) -> Iterator[ColumnElement[bool]]:
    yield _W.word == word
    if since is not None:
        yield _W.seen_at >= since


def _has(word: str, *, is_whole: bool) -> ColumnElement[bool]:
    """The orders with this word, or with one that begins so. A folded word holds no sign that LIKE knows."""
    padded = literal(" ") + orders.c.names + literal(" ")
    return padded.like(f"% {word} %" if is_whole else f"% {word}%")
