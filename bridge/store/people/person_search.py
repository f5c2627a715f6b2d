"""Where one person's number stands: in calls and attempts, and in the bytes of deliveries, called or not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from bridge.core.model import DEFAULT_ZONE, ERASED, Delivery, Event, Json, OrderKey, Source
from bridge.core.phone import read_phones
from bridge.platforms import find_platform
from bridge.store.configuration.catalog import Catalogs
from bridge.store.db.engine import Store
from bridge.store.db.tables import attempts, calls, deliveries, events, sources
from bridge.store.results import strangers
from bridge.store.shops.fetches import documents_of

BATCH = 200
LAST_DIGITS = 6  # that stand in every spelling of a number

_NO_DIGIT = re.compile(r"\D+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TYPED_FOR_DIGITS = str.maketrans("OolI", "0011")  # as `read_phone` takes them
# 8.49123456E10, whose last digits are not written; one with fewer digits is no number.
_NOTATION = re.compile(r"(?<![\w.,])(?=[\d.,]{8})\d{1,15}(?:[.,]\d{1,15})?[eE]")


@dataclass
class PersonalData:
    """Rows with a person's number. `mixed`: deliveries with others' orders too; `unread`: those that cannot be read.

    `results`: those of no attempt of ours; of others, what VBot reported is found by the call.
    """

    orders: set[OrderKey] = field(default_factory=set)
    deliveries: set[int] = field(default_factory=set)
    mixed: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    calls: set[int] = field(default_factory=set)
    results: set[int] = field(default_factory=set)
    searched_up_to: int = 0  # the newest delivery that was searched
    results_up_to: int = 0  # and the newest result


def find_personal_data(
    store: Store, catalogs: Catalogs, phone: str, *, after: int = 0, searched: Callable[[int], None] = lambda _: None
) -> PersonalData:
    """All that is stored of this number, as `read_phone` writes it. Reads every body, in batches; changes nothing.

    after     the id behind which bodies are read; other deliveries of the orders found there are found all the same
    searched  is given the newest delivery's id after each batch
    """
    found = PersonalData(searched_up_to=after)
    while True:
        with store.read() as conn:
            if not search_batch(conn, catalogs, phone, found):
                complete(conn, phone, found)
                return found
        searched(found.searched_up_to)


def find_results(store: Store, phone: str, found: PersonalData) -> None:
    """Find what VBot reported of the number that belongs to no attempt of ours. Reads all such bytes, in batches."""
    while True:
        with store.read() as conn:
            if not search_results(conn, phone, found):
                return


def search_results(conn: Connection, phone: str, found: PersonalData) -> int:
    """Search the next batch of results that are of no attempt of ours; return how many there were."""
    rows, written = strangers(conn, found.results_up_to), number_pattern(phone)
    found.results |= {result_id for result_id, body in rows.items() if written.search(body)}
    found.results_up_to = max(rows, default=found.results_up_to)
    return len(rows)


def search_batch(conn: Connection, catalogs: Catalogs, phone: str, found: PersonalData) -> int:
    """Search the next batch of deliveries; return how many there were."""
    query = select(deliveries).where(deliveries.c.id > found.searched_up_to).order_by(deliveries.c.id).limit(BATCH)
    rows = [Delivery(*row) for row in conn.execute(query)]
    known = known_sources(conn, catalogs)
    documents = documents_of(conn, [row.id for row in rows])
    written = number_pattern(phone)
    for row in rows:
        found.searched_up_to = row.id
        if not row.is_erased:
            _search(row, documents[row.id], known.get(row.source_id), phone, written, found)
    return len(rows)


def complete(conn: Connection, phone: str, found: PersonalData) -> None:
    """Add the calls of the number and of its orders, and all deliveries that name those orders."""
    mine = select(attempts.c.call_id).where(attempts.c.phone == phone)
    for call in _calls(conn, (calls.c.phone == phone) | calls.c.id.in_(mine)):
        found.calls.add(call.id)
        if call.source_id is not None:
            found.orders.add(OrderKey(call.source_id, call.order_id))
    for source_id, order_id in found.orders:
        same = (calls.c.source_id == source_id) & (calls.c.order_id == order_id)
        found.calls |= {call.id for call in _calls(conn, same)}
        naming = select(events.c.delivery_id).where(events.c.source_id == source_id, events.c.order_id == order_id)
        kept = deliveries.c.reason.is_distinct_from(ERASED)
        ids = conn.execute(select(deliveries.c.id).where(deliveries.c.id.in_(naming), kept)).scalars()
        found.deliveries |= set(ids)
    for delivery_id in found.deliveries:
        named = select(events.c.source_id, events.c.order_id).where(events.c.delivery_id == delivery_id)
        if any((row.source_id, row.order_id) not in found.orders for row in conn.execute(named)):
            found.mixed.add(delivery_id)


def number_pattern(phone: str) -> re.Pattern[bytes]:
    """Finds the number in bytes that nobody can read, as people write it: 0912 345 678, +84-912-345-678."""
    gap = r"(?:[\s.\-()+]|%20){0,2}"
    digits = phone.removeprefix("+") if phone.startswith("+") else phone.removeprefix("0")
    head = r"(?:\+|%2B|00)" if phone.startswith("+") else rf"(?:(?:\+|%2B|00)?84{gap}0?|0)"
    return re.compile(rf"(?<!\d){head}{gap}{gap.join(digits)}(?!\d)".encode(), re.IGNORECASE)


def _search(
    row: Delivery,
    documents: Mapping[str, bytes],
    source: Source | None,
    phone: str,
    written: re.Pattern[bytes],
    found: PersonalData,
) -> None:
    if not _may_name(row, documents, phone, written):
        return
    read = read_events(row, documents, source)
    mine = [event for event in read if source and phone in _numbers(event, source.country)]
    if not mine and _stands_in(row, documents, read, source, phone, written):
        mine = read if len(read) == 1 else []
    elif not mine:
        return
    found.orders |= {OrderKey(row.source_id, event.order_id) for event in mine}
    found.deliveries.add(row.id)
    if not read:
        found.unread.add(row.id)
    elif {event.order_id for event in read} != {event.order_id for event in mine}:
        found.mixed.add(row.id)


def _may_name(row: Delivery, documents: Mapping[str, bytes], phone: str, written: re.Pattern[bytes]) -> bool:
    """False where no reading can find the number: what is read as JSON, and lacks its last digits in every spelling.

    To look is a hundredth of what it takes to read a delivery, and almost all are other people's.
    """
    bodies = (row.body, *documents.values())
    return bool(row.query) or any(written.search(body) or may_spell(body, phone) for body in bodies)


def may_spell(body: bytes, phone: str) -> bool:
    """False only for JSON in which no text and no number can be read as this one, however it is written."""
    text = body.decode("utf-8", "replace")
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return True  # a form may hold %30
    if "\\u" in text:
        units = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        text = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    spelled = _may_hold(text, phone) or _may_hold(text.translate(_TYPED_FOR_DIGITS), phone)
    return spelled or _NOTATION.search(text) is not None


def _stands_in(
    row: Delivery,
    documents: Mapping[str, bytes],
    read: list[Event],
    source: Source | None,
    phone: str,
    written: re.Pattern[bytes],
) -> bool:
    """Whether the number is anywhere in the bytes or, in whatever spelling, in a text of a document that is read."""
    if any(written.search(body) for body in (row.body, *documents.values())):
        return True
    country = source.country if source else "VN"
    texts = {text for event in read for text in _texts(event.raw) if _may_hold(text, phone)}
    return any(phone in read_phones(text, country, abroad=True) for text in texts)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield str(value)


def _may_hold(text: str, phone: str) -> bool:
    """Whether the last digits of the number stand in the text, whatever stands between them."""
    digits = _NO_DIGIT.sub("", text)
    if not digits.isascii():
        digits = "".join(str(unicodedata.digit(digit)) for digit in digits)
    return phone[-LAST_DIGITS:] in digits


def read_events(row: Delivery, documents: Mapping[str, bytes], source: Source | None) -> list[Event]:
    """What this delivery says; nothing where it cannot be read."""
    platform = find_platform(source.platform) if source else None
    if source is None or platform is None:
        return []
    try:
        return list(platform.read(row.request(documents), source, row.received_at).events)
    except Exception:
        # What cannot be read may still hold the number: its bytes are searched.
        return []


def _numbers(event: Event, country: str) -> Iterator[str]:
    order = event.order
    if order is not None:
        for value in (order.phone, order.customer.phone, order.shipping.phone, order.billing.phone):
            yield from read_phones(value, country, abroad=True)


def known_sources(conn: Connection, catalogs: Catalogs) -> Mapping[str, Source]:
    """Of each shop, also of those that were removed: their deliveries are still there."""
    gone = conn.execute(select(sources).where(sources.c.removed_at.is_not(None)))
    return {row.id: _gone(row) for row in gone} | dict(catalogs.read(conn).sources)


def _gone(row: Row[Any]) -> Source:
    document = row.document
    return Source(
        id=row.id,
        platform=row.platform,
        settings=document.get("settings", {}),
        timezone=document.get("timezone", DEFAULT_ZONE),
        country=document.get("country", "VN"),
    )


def _calls(conn: Connection, which: Any) -> list[Row[Any]]:
    return list(conn.execute(select(calls.c.id, calls.c.source_id, calls.c.order_id).where(which)))
