"""The question that a rule answers: an event, on the newest state that we know of its order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.core.model import BadPayload, Event, Source
from bridge.lib.strictjson import event_document
from bridge.platforms import find_platform
from bridge.rules.evaluate import Question
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.catalog import Catalog
from bridge.store.fetches import documents_of
from bridge.store.inbox import KnownOrder, find_delivery, is_erased, request_of


def newest_event(conn: Connection, source: Source, known: KnownOrder) -> Event | None:
    """The event that told the order's newest state, read anew from its delivery's bytes; None once they are erased.

    Errors   BadPayload: the bytes cannot be read any more.
    """
    row = find_delivery(conn, known.delivery_id)
    if row is not None and is_erased(row):
        return None
    platform = find_platform(source.platform)
    found: tuple[Event, ...] = ()
    if row is not None and platform is not None:
        documents = documents_of(conn, [row.id] if platform.api else [])
        found = platform.read(request_of(row, documents[row.id]), source, row.received_at).events
    if known.event_n >= len(found):
        raise BadPayload("", "the delivery with the order's newest state is gone")
    return found[known.event_n]


def ask(
    catalog: Catalog,
    source: Source,
    known: KnownOrder,
    newest: Event,
    topic: str,
    platform_topic: str,
    occurred_at: datetime,
) -> Question:
    """What a rule is asked: the event with this topic and time, told with the order's newest state."""
    spoken = replace(newest, topic=topic, platform_topic=platform_topic, occurred_at=occurred_at)
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
    )


def for_template(question: Question, catalog: Catalog, rule: Rule) -> Question:
    """The same question, to be answered with the rule's template's custom fields.

    Without them while the rule does not fit its template: its calls then wait, and none is judged by words that a
    mended rule, or script, will not have.
    """
    fields = None if rule.name in catalog.misfits else catalog.templates.get(rule.template)
    return replace(question, fields=fields)
