"""The sample order in our own words, and where a source's settings expect its parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bridge.core.model import TOPICS, Json, Source
from bridge.core.platform import Headers, Sample
from bridge.platforms.generic.paths import Document, Where, find_field, paths_of, split_path
from bridge.platforms.shared.sample import (
    CITY,
    DISTRICT,
    EMAIL,
    FULL_NAME,
    LINES,
    METHOD,
    NOTE,
    STREET,
    TOTAL,
    VIETNAM,
    WARD,
    sample_id,
    sample_number,
    sample_phone,
    with_word,
)


def order_document(now: datetime) -> dict[str, Json]:
    at = now.astimezone(VIETNAM).isoformat(timespec="seconds")
    return {
        "topic": "order.created",
        "order": {
            "id": str(sample_id(now)),
            "number": str(sample_number(now)),
            "created_at": at,
            "updated_at": at,
            "currency": "VND",
            "total": TOTAL,
            "phone": sample_phone(now),
            "note": NOTE,
            "payment": {"cod": True, "method": METHOD},
        },
        "customer": {"name": FULL_NAME, "email": EMAIL},
        "shipping": {"address1": STREET, "ward": WARD, "district": DISTRICT, "city": CITY},
        "items": [{"title": line.title, "quantity": line.quantity, "price": line.price} for line in LINES],
    }


def fitted(document: dict[str, Json], source: Source) -> tuple[dict[str, Json], Headers]:
    """The document where the source's settings expect its parts, and the header that names its topic."""
    settings = source.settings
    fields: Mapping[str, Json] = settings.get("fields", {})
    shaped: dict[str, Json] = {} if fields else document
    for field, named in fields.items():
        value = _lines(document, fields) if field == "items" else _own(document, field)
        if value is not None:
            _put(shaped, named, value)
    place = str(settings.get("topic", ""))
    word = document.get("topic")
    theirs = next((theirs for theirs, ours in settings.get("topics", {}).items() if ours == word), word)
    if place.lower().startswith("header:"):
        return shaped, ((place[len("header:") :].strip(), str(theirs)),)
    if place and place not in TOPICS:
        _put(shaped, place, theirs)
    elif "topic" in shaped or "topic" in fields:
        _put(shaped, fields.get("topic", "topic"), theirs)
    return shaped, ()


def _own(document: Json, field: str) -> Json:
    own = Document(document)
    value = find_field(own, field, {}).value
    return find_field(own, f"order.{field}", {}).value if value is None else value


def _lines(document: Json, fields: Mapping[str, Json]) -> list[Json]:
    named = {name: next(iter(paths_of(fields.get(f"items.{name}", name))), name) for name in document["items"][0]}
    return [{named[name]: value for name, value in line.items()} for line in document["items"]]


def _put(document: dict[str, Json], named: Json, value: Json) -> None:
    """The value at the first path of a field. Objects all the way: a number is a key as well as a position, and an
    entry that is named by one of its values is one of an object too.
    """
    for path in paths_of(named)[:1]:
        place = document
        *steps, last = split_path(path)
        for step in steps:
            entry = {step.key: step.value} if isinstance(step, Where) else {}
            place = place.setdefault(str(step), entry)
        place[str(last)] = value


SAMPLE = Sample(
    document=order_document,
    states={
        "order.deleted": lambda order: {"topic": order["topic"], "order": {"id": order["order"]["id"]}},
        "test": lambda order: {**order, "order": {**order["order"], "test": True}},
    },
    named=with_word("topic"),
    fitted=fitted,
)
