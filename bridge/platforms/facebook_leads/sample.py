"""The sample lead of Facebook: the message that names it, and what the Graph API answers about it."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Json, Source
from bridge.core.platform import Headers, Sample
from bridge.platforms.facebook_leads.reading import LEAD, page_name
from bridge.platforms.shared.sample import EMAIL, FULL_NAME, sample_id, sample_phone

PAGE = "100000000000001"


def lead_message(now: datetime) -> dict[str, Json]:
    at = int(now.timestamp())
    value = {
        "leadgen_id": str(sample_id(now)),
        "page_id": PAGE,
        "form_id": "200000000000001",
        "ad_id": "300000000000001",
        "adgroup_id": "400000000000001",
        "created_time": at,
    }
    change = {"field": LEAD, "value": value}
    return {"object": "page", "entry": [{"id": PAGE, "time": at, "changes": [change]}]}


def lead_answers(now: datetime) -> dict[str, Json]:
    given = {"full_name": FULL_NAME, "phone_number": sample_phone(now), "email": EMAIL}
    answer = {
        "created_time": now.isoformat(timespec="milliseconds"),
        "id": str(sample_id(now)),
        "field_data": [{"name": name, "values": [value]} for name, value in given.items()],
    }
    return {page_name(str(sample_id(now)), 0): answer}


def fitted(document: dict[str, Json], source: Source) -> tuple[dict[str, Json], Headers]:
    """The message of the page that the source names."""
    page = source.settings.get("page_id")
    if page is None:
        return document, ()
    (entry,) = document["entry"]
    (change,) = entry["changes"]
    mine = {**change, "value": {**change["value"], "page_id": str(page)}}
    return {**document, "entry": [{**entry, "id": str(page), "changes": [mine]}]}, ()


SAMPLE = Sample(document=lead_message, fitted=fitted, fetched=lead_answers)
