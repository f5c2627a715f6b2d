"""Whom orders are for: the words of the names on them, and an index by which people look for them.

`orders.names` holds the words, without accents, each once; `order_words` has a row for each of them. Both are written
with the order, and go with the bytes that held the names. Of an order of an older release `names` is null until
`refresh_names` has read its delivery.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select

from bridge.core.folding import fold
from bridge.core.model import Delivery, Json, Order, OrderKey, Source
from bridge.store.db.chunks import chunks
from bridge.store.db.engine import Store
from bridge.store.db.tables import deliveries, events, order_words, orders
from bridge.store.shops.fetches import documents_of

if TYPE_CHECKING:
    from bridge.store.configuration.catalog import Catalogs

MOST_WORDS = 12  # of all names on an order
MOST_LETTERS = 40  # of a word
AT_ONCE = 200
_KEYS = ("source_id", "order_id")
_NEWEST = (orders.c.first_seen_at.desc(), orders.c.source_id.desc(), orders.c.order_id.desc())
_SAME = (orders.c.source_id == bindparam("of_source"), orders.c.order_id == bindparam("of_order"))
_SAME_WORD = tuple(column == bindparam(f"of_{column.name}") for column in order_words.c)


def names_of(order: Order | None) -> str:
    """The words of the buyer's name and of those on the parcel and the bill, "nguyen thi lan"; "" without one."""
    if order is None:
        return ""
    names = (order.customer.name, order.shipping.name, order.billing.name)
    words = dict.fromkeys(word[:MOST_LETTERS] for name in names if name for word in fold(name).split())
    return " ".join([*words][:MOST_WORDS])


def write_words(conn: Connection, rows: Collection[Mapping[str, Any]]) -> None:
    """The words of these new rows of `orders` are there."""
    new = [{"word": word, **_owner(row)} for row in rows for word in row["names"].split()]
    if new:
        conn.execute(order_words.insert(), new)


def change_words(conn: Connection, row: Mapping[str, Any], names: str) -> None:
    """The words of this row of `orders`, as it was, are now those of `names`."""
    before, now = (row["names"] or "").split(), names.split()
    _remove_words(conn, [(word, row) for word in before if word not in now])
    write_words(conn, [{**row, "names": " ".join(word for word in now if word not in before)}])


def erase_names(conn: Connection, keys: Collection[OrderKey]) -> None:
    """Nobody finds these orders by a name any more, and no name of them is left here."""
    for key in keys:
        same = {"of_source": key.source_id, "of_order": key.order_id}
        row = conn.execute(select(orders).where(*_SAME).with_for_update(), same).first()
        if row is not None and row.names != "":
            _remove_words(conn, [(word, dict(row._mapping)) for word in (row.names or "").split()])
            conn.execute(orders.update().where(*_SAME).values(names=""), same)


def erase_names_of_deliveries(conn: Connection, ids: Sequence[int]) -> None:
    """As `erase_names`, for the orders whose newest state one of these deliveries holds."""
    for some in chunks(ids):
        named = select(events.c.source_id, events.c.order_id).where(events.c.delivery_id.in_(some)).distinct()
        held = named.subquery()
        same = (held.c.source_id == orders.c.source_id) & (held.c.order_id == orders.c.order_id)
        mine = select(orders.c.source_id, orders.c.order_id).join(held, same).where(orders.c.delivery_id.in_(some))
        erase_names(conn, sorted(OrderKey(*row) for row in conn.execute(mine)))


def are_all_known(conn: Connection) -> bool:
    """Whether no order of an older release is left whose names nobody has read yet."""
    return conn.execute(select(orders.c.order_id).where(orders.c.names.is_(None)).limit(1)).first() is None


def refresh_names(store: Store, catalogs: Catalogs, most: int) -> int:
    """Read the names on orders of an older release, the newest first; return how many it was, `most` or a few more."""
    done = 0
    while done < most:
        with store.read() as conn:
            rows = conn.execute(select(orders).where(orders.c.names.is_(None)).order_by(*_NEWEST).limit(AT_ONCE)).all()
            names = dict(_read_names(conn, catalogs, rows))
        if not rows:
            break
        with store.write() as conn:
            for row in rows:
                _write_read(conn, row, names)
        done += len(rows)
    return done


def _write_read(conn: Connection, read: Any, names: Mapping[OrderKey, str]) -> None:
    """The names that were read, unless the order has changed since then."""
    same = {"of_source": read.source_id, "of_order": read.order_id}
    row = conn.execute(select(orders).where(*_SAME).with_for_update(), same).first()
    if row is not None and row.names is None and (row.delivery_id, row.event_n) == (read.delivery_id, read.event_n):
        found = names[OrderKey(row.source_id, row.order_id)]
        conn.execute(orders.update().where(*_SAME).values(names=found), same)
        write_words(conn, [{**row._mapping, "names": found}])


def _read_names(conn: Connection, catalogs: Catalogs, rows: Sequence[Any]) -> Iterator[tuple[OrderKey, str]]:
    """By order, the names in the delivery that holds its newest state; of erased bytes "" is left."""
    from bridge.store.people.person_search import known_sources  # noqa: PLC0415  it knows how numbers are written

    ids = sorted({row.delivery_id for row in rows})
    known, documents = known_sources(conn, catalogs), documents_of(conn, ids)
    held = {row.id: Delivery(*row) for row in conn.execute(select(deliveries).where(deliveries.c.id.in_(ids)))}
    for row in rows:
        delivery = held[row.delivery_id]
        yield OrderKey(row.source_id, row.order_id), _names_in(delivery, row.event_n, documents[delivery.id], known)


def _names_in(delivery: Delivery, n: int, documents: Mapping[str, bytes], known: Mapping[str, Source]) -> str:
    from bridge.store.people.person_search import read_events  # noqa: PLC0415

    read = [] if delivery.is_erased else read_events(delivery, documents, known.get(delivery.source_id))
    return names_of(read[n].order) if n < len(read) else ""


def _remove_words(conn: Connection, gone: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    each = [{f"of_{name}": value for name, value in {"word": word, **_owner(row)}.items()} for word, row in gone]
    if each:
        conn.execute(order_words.delete().where(*_SAME_WORD), each)


def _owner(row: Mapping[str, Json]) -> dict[str, Json]:
    return {"seen_at": row["first_seen_at"], **{name: row[name] for name in _KEYS}}


def words_of(text: str) -> list[str]:
    """The words of a name that somebody looks for."""
    return [word[:MOST_LETTERS] for word in fold(text).split()][:MOST_WORDS]
