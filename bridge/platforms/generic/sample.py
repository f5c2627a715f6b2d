"""The sample order in our own words, and where a source's settings expect its parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bridge.core.model import TOPICS, Json, Source
from bridge.core.platform import Headers, Sample
from bridge.platforms.generic.paths import Document, Where, find_field, paths_of, split_path
from bridge.platforms.generic.presets import completed
from bridge.platforms.shared.bodies.documents import as_lists
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
    settings = completed(source).settings
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
        return _listed(shaped), ((place[len("header:") :].strip(), str(theirs)),)
    if place and place not in TOPICS:
        _put(shaped, place, theirs, over=True)
    elif "topic" in shaped or "topic" in fields:
        _put(shaped, fields.get("topic", "topic"), theirs, over=True)
    return _listed(shaped), ()


def _listed(document: dict[str, Json]) -> dict[str, Json]:
    return {name: as_lists(value) for name, value in document.items()}


def _own(document: Json, field: str) -> Json:
    own = Document(document)
    value = find_field(own, field, {}).value
    return find_field(own, f"order.{field}", {}).value if value is None else value


def _lines(document: Json, fields: Mapping[str, Json]) -> list[Json]:
    named = {name: next(iter(paths_of(fields.get(f"items.{name}", name))), name) for name in document["items"][0]}
    return [{named[name]: value for name, value in line.items()} for line in document["items"]]


def _put(document: dict[str, Json], named: Json, value: Json, *, over: bool = False) -> None:
    """The value at the first path of a field, unless another field has put its own there (`over`: even then): an amount
    to be collected says how the order is paid too. Objects all the way, of which positions become lists in the end.
    """
    for path in paths_of(named)[:1]:
        place = document
        *steps, last = split_path(path)
        for step in steps:
            place = _entry(place, step) if isinstance(step, Where) else place.setdefault(str(step), {})
        place[str(last)] = value if over else place.get(str(last), value)


def _entry(place: dict[str, Json], step: Where) -> dict[str, Json]:
    """The entry that is named by one of its values."""
    held = (entry for entry in place.values() if isinstance(entry, dict) and entry.get(step.key) == step.value)
    found: dict[str, Json] | None = next(held, None)
    return place.setdefault(str(len(place)), {step.key: step.value}) if found is None else found


SAMPLE = Sample(
    document=order_document,
    states={
        "order.deleted": lambda order: {"topic": order["topic"], "order": {"id": order["order"]["id"]}},
        "test": lambda order: {**order, "order": {**order["order"], "test": True}},
    },
    named=with_word("topic"),
    fitted=fitted,
)
