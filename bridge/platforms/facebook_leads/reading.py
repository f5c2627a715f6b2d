"""What a delivery of Facebook Lead Ads means: for each lead that it names, an order of whoever filled in the form.

A message holds ids alone, of one lead or several; the answers are asked of the Graph API. Their names are the
advertiser's. Sources: developers.facebook.com, Webhooks for leadgen, retrieving leads (read 2026-11-29); shapes of
values in receivers in use: ids as numbers and as texts, `<test lead: dummy data for …>` from the testing tool, and the
sample of the app's dashboard, whose ids are rows of 4 (read 2026-11-30)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.core.model import BadPayload, Event, Json, Reading, Request, Source
from bridge.core.platform import Needs
from bridge.lib.jsonschema import pointer
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.around import Path, read_each
from bridge.platforms.shared.bodies.forms import form_order, form_phones
from bridge.platforms.shared.order_ids import plain_document, plain_id
from bridge.platforms.shared.times import EPOCH
from bridge.platforms.shared.values import (
    each_line,
    find,
    find_amount,
    find_instant,
    find_object,
    find_text,
    find_texts,
    get_id,
    get_object,
    hash_body,
    hash_text,
    join_key,
)

LEAD = "leadgen"
TOPICS = {LEAD: "order.created"}
NEEDS = Needs(
    deciding=(
        *("/object", "/entry", "/entry/*/changes/*/field", "/entry/*/changes/*/value/leadgen_id"),
        *("/entry/*/changes/*/value/page_id", "/fetched/*/field_data"),
    ),
    phones=("/fetched/*/field_data",),
)
MOST_PAGES = 5  # of one lead's answers
MOST_LEADS = 100  # of one message
_TEST_ANSWER = "<test lead:"


def dedup_key(request: Request, source: Source) -> str:
    """The leads that it names: a resend may be signed at another time, and names the same."""
    try:
        document = parse_json(request.body)
        names = [get_id(document, *place, "leadgen_id") for place in lead_places(document)]
    except BadPayload:
        names = []
    if not names:
        return join_key("body", hash_body(request.body))
    return join_key("lead", names[0]) if len(names) == 1 else join_key("leads", hash_text("\n".join(names)))


def order_id(request: Request, source: Source) -> str | None:
    """The lead's id, of a message with one change."""
    document = plain_document(request)
    entries = document.get("entry") if document is not None else None
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        return None
    changes = entries[0].get("changes")
    if not isinstance(changes, list) or len(changes) != 1:
        return None
    return plain_id(find(changes[0], "value", "leadgen_id"))


def read(request: Request, source: Source, received_at: datetime) -> Reading:
    """The events of this delivery: one for each lead of the source's page.

    Units    amounts in the source's `currency`, dong by default; times UTC
    Errors   BadPayload: not JSON, no entries, a lead without id, or a value of the wrong kind
    """
    document = get_object(parse_json(request.body))
    raw = document
    if request.fetched:
        raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}
    leads = list(lead_places(raw))
    if not leads:
        return Reading(ignored="unknown_topic", platform_topic=_other_topic(raw))
    mine = [place for place in leads if is_ours(raw, place, source)]
    if not mine:
        return Reading(ignored="other_seller")

    def read_at(place: Path) -> tuple[Event, ...]:
        return (_read_lead(raw, place, source, received_at),)

    def answers_of(place: Path) -> tuple[Path, ...]:
        name = find_text(raw, *place, "leadgen_id") or ""
        return tuple(("fetched", page) for page in _page_names(raw, name))

    found = read_each(raw, "facebook_leads", lambda places: NEEDS, mine, read_at, answers_of)
    return Reading(found.events, failed=found.failed)


def lead_places(document: Json) -> Iterator[Path]:
    """Where the leads of this message stand, each once. Errors: BadPayload, no entries."""
    if find_text(document, "object") not in (None, "page"):
        return
    seen: set[str] = set()
    for entry in _objects(document, ("entry",)):
        for change in _objects(document, (*entry, "changes")):
            field = find(document, *change, "field")
            if isinstance(field, dict | list):
                raise BadPayload(pointer((*change, "field")), "is not text")
            if field != LEAD or len(seen) >= MOST_LEADS:
                continue
            name = get_id(document, *change, "value", "leadgen_id")
            if name not in seen:
                seen.add(name)
                yield (*change, "value")


def _objects(document: Json, path: Path) -> Iterator[Path]:
    """Where the entries of this list stand. BadPayload: no list, or an entry that is no object."""
    found = find(document, *path)
    if not isinstance(found, list):
        raise BadPayload(pointer(path), "is missing" if found is None else "is not a list")
    for position, one in enumerate(found):
        if one is not None:
            if not isinstance(one, dict):
                raise BadPayload(pointer((*path, position)), "is not a JSON object")
            yield (*path, position)


def is_ours(document: Json, place: Path, source: Source) -> bool:
    """Whether the lead is of the source's page; of any, where the source names none."""
    own = source.settings.get("page_id")
    page = find_text(document, *place, "page_id") or find_text(document, *place[:2], "id")
    return own is None or page is None or str(own) == page


def missing_page(document: Json, place: Path) -> tuple[str, str | None] | None:
    """What the API must still answer of this lead: the name under which it is kept, and the cursor of its page.

    None for a lead that is there, and for the sample that the app's dashboard sends.
    """
    name = get_id(document, *place, "leadgen_id")
    if is_sample(name):
        return None
    pages = _page_names(document, name)
    if not pages:
        return page_name(name, 0), None
    last = find(document, "fetched", pages[-1], "field_data")
    has_next = isinstance(last, dict) and find_text(last, "paging", "next") is not None
    cursor = find_text(last, "paging", "cursors", "after") if has_next else None
    return (page_name(name, len(pages)), cursor) if cursor and len(pages) < MOST_PAGES else None


def is_sample(name: str) -> bool:
    return set(name) == {"4"}


def page_name(lead: str, number: int) -> str:
    return f"lead:{lead}" if number == 0 else f"lead:{lead}:{number}"


def _page_names(document: Json, lead: str) -> list[str]:
    fetched = find_object(document, "fetched")
    names = (page_name(lead, number) for number in range(MOST_PAGES))
    return [name for name in names if name in fetched]


def _read_lead(raw: Json, place: Path, source: Source, received_at: datetime) -> Event:
    name = get_id(raw, *place, "leadgen_id")
    at = _told_at(raw, place) or received_at
    if is_sample(name):
        return Event("test", LEAD, at, name, None, raw)
    if missing_page(raw, place) is not None:
        return Event(TOPICS[LEAD], LEAD, at, name, None, raw, incomplete=True)
    first = ("fetched", page_name(name, 0))
    document = _filled_in(raw, name)
    created = find_instant(raw, *first, "created_time") or at
    order = form_order(document, name, form_phones(document, source), created, source)
    order = replace(order, channel=find_text(raw, *first, "platform") or LEAD, number=name)
    is_test = any(str(value).lower().startswith(_TEST_ANSWER) for value in _values(document))
    if is_test:
        order = replace(order, test=True)
    topic = "test" if is_test else TOPICS[LEAD]
    return Event(topic, LEAD, created, name, order, raw, later_topic=None if is_test else "order.updated")


def _filled_in(raw: Json, lead: str) -> dict[str, Json]:
    """Name of a question -> what was answered: a text, or of several choices a list."""
    found: dict[str, Json] = {}
    for page in _page_names(raw, lead):
        path: Path = ("fetched", page, "field_data")
        # A list, or a page of one.
        path = (*path, "data") if isinstance(find(raw, *path), dict) else path
        for here, _ in each_line(raw, *path):
            name, texts = find_text(raw, *here, "name"), find_texts(raw, *here, "values")
            if name is not None:
                found.setdefault(name, texts[0] if len(texts) == 1 else texts)
    return found


def _values(document: dict[str, Json]) -> Iterator[Json]:
    for value in document.values():
        yield from value if isinstance(value, list) else [value]


def _told_at(raw: Json, place: Path) -> datetime | None:
    seconds = find_amount(raw, *place, "created_time")
    return EPOCH + timedelta(seconds=int(seconds)) if seconds is not None and 0 < seconds < 10**11 else None


def _other_topic(document: Json) -> str:
    kind = find_text(document, "object")
    if kind not in (None, "page"):
        return str(kind)
    return find_text(document, "entry", 0, "changes", 0, "field") or str(kind)
