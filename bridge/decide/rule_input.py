"""What a rule is evaluated on: an event, with the newest known state of its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bridge.core.model import BadPayload, Event, KnownOrder, KnownParcel, Parcel, Source
from bridge.core.model.parcel_states import find_parcel, state_with_parcels
from bridge.core.phone import read_phone
from bridge.receive.stored import open_delivery
from bridge.rules.document import event_document, parcel_document
from bridge.rules.evaluate import Question
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.deliveries import find_delivery
from bridge.store.orders import is_closed_unrung
from bridge.store.people.buyers import read_buyer
from bridge.store.shops.parcels import parcels_of

UNSTORED = 0  # no delivery has this id


class Occasion(Protocol):
    """What happened to an order, and when; the rest of an event is taken from the order's newest state."""

    @property
    def topic(self) -> str: ...

    @property
    def platform_topic(self) -> str: ...

    @property
    def occurred_at(self) -> datetime: ...


def newest_event(conn: Connection, catalog: Catalog, known: KnownOrder) -> Event | None:
    """The event that holds the order's newest state, read anew from its delivery's bytes; None once they are erased.

    Errors   BadPayload: the bytes cannot be read any more.
    """
    row = find_delivery(conn, known.delivery_id)
    if row is not None and row.is_erased:
        return None
    stored = open_delivery(conn, catalog, row) if row is not None else None
    found = stored.read().events if stored else ()
    # Which of a delivery's orders are read may change with the source's settings, and with it their positions.
    own = [event for event in found if event.order_id == known.order_id]
    if not own:
        raise BadPayload("", "the delivery with the order's newest state is gone")
    return next((event for event in found[known.event_n : known.event_n + 1] if event in own), own[-1])


def without_fallen_whole(conn: Connection, source: Source, event: Event) -> Event:
    """A part whose whole was cancelled before it rang stands for itself: shops copy an order and cancel the first."""
    order = event.order
    if order is None or order.parent is None or not is_closed_unrung(conn, source.id, order.parent):
        return event
    return replace(event, order=replace(order, parent=None))


def rule_input(
    catalog: Catalog,
    source: Source,
    known: KnownOrder,
    newest: Event,
    occasion: Occasion,
) -> Question:
    """The input of a rule: what happened, on the order's newest state."""
    topic, occurred_at = occasion.topic, occasion.occurred_at
    spoken = replace(newest, topic=topic, platform_topic=occasion.platform_topic, occurred_at=occurred_at)
    return Question(
        source=source,
        topic=topic,
        order_id=known.order_id,
        occurred_at=occurred_at,
        document=event_document(spoken, source),
        state=known.state,
        deleted=known.deleted,
        created_at=newest.order.created_at if newest.order else None,
        fields=None,
        holidays=catalog.holidays,
        phones=newest.order.phones if newest.order else (),
    )


def known_parcels(conn: Connection, catalog: Catalog, order: KnownOrder, code: str | None) -> tuple[KnownParcel, ...]:
    """The order's parcels, where a carrier may have told of some. `code`: of the parcel that the event is about."""
    may_have = code is not None or catalog.carriers_of(order.source_id)
    return parcels_of(conn, order.source_id, order.order_id) if may_have else ()


def with_parcels(
    conn: Connection,
    catalog: Catalog,
    question: Question,
    order: KnownOrder,
    parcels: Sequence[KnownParcel],
    code: str | None,
    unstored: Parcel | None = None,
) -> Question:
    """The same input with what carriers said last: of the parcel of this code, or of the order's newest one.

    unstored  what the carrier says in a status that no delivery holds, which `parcels` has as UNSTORED
    """
    newest = find_parcel(parcels, code)
    if newest is None:
        return question
    told = unstored if newest.delivery_id == UNSTORED else _parcel_told(conn, catalog, newest)
    return replace(
        question,
        state=state_with_parcels(order, parcels, code),
        parcel_topic=newest.topic if code is not None else None,
        document={**question.document, "parcel": parcel_document(told, question.source)},
    )


def _parcel_told(conn: Connection, catalog: Catalog, known: KnownParcel) -> Parcel | None:
    """The parcel's newest status, read anew from its bytes; None once they are erased, or cannot be read any more."""
    row = find_delivery(conn, known.delivery_id)
    stored = None if row is None or row.is_erased else open_delivery(conn, catalog, row)
    try:
        found = stored.read().events if stored else ()
    except BadPayload:
        return None
    return next((event.parcel for event in found[known.event_n : known.event_n + 1]), None)


def with_buyer(conn: Connection, question: Question, rule: Rule, before: datetime | None = None) -> Question:
    """The same input with what the ledger holds of the buyer's phone, if the rule wants it. `before`: as of then."""
    if not rule.reads_buyer:
        return question
    given = question.document["order"]["phone"]
    number = read_phone(given, question.source.country, abroad=True).number if given else None
    if number is None:
        return question
    buyer = read_buyer(conn, number, question.source.id, question.order_id, before)
    return replace(question, document={**question.document, "buyer": dict(buyer)})


def with_custom_fields(question: Question, catalog: Catalog, rule: Rule) -> Question:
    """The same input with the custom fields of the rule's template.

    Without them while the rule does not fit its template: its calls then wait, and none is judged by custom fields
    that a mended rule, or script, will not have.
    """
    fields = None if rule.name in catalog.misfits else catalog.templates.get(rule.template)
    return replace(question, fields=fields)
