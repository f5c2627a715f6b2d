"""Learn: from one captured request to the settings of a source of the platform `generic`.

What is proposed is read with once more before it is shown, and says of each field how sure it is. It is a proposal: a
person looks at it before anybody is rung.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.model import BadPayload, Event, Json, Request, Source
from bridge.platforms.generic.learn.choice import Finding, find_fields
from bridge.platforms.generic.learn.proof import find_dedup, find_proof, find_topic, find_zone
from bridge.platforms.generic.reading import read
from bridge.platforms.shared.bodies.documents import parse_documents

MOST_ROWS = 20
_PROOF = ("scheme", "header", "hash", "encoding", "prefix", "token_header", "topic", "topics", "dedup", "times_in")


@dataclass(frozen=True)
class Proposal:
    """What a source's `settings` would be, why, and what the request then means: an event, or what cannot be read."""

    settings: Mapping[str, Json]
    findings: tuple[Finding, ...]
    event: Event | None = None
    problem: str | None = None


def learn(request: Request, source: Source, received_at: datetime) -> Proposal:
    """Return the proposal for this request; `source` gives the country and the time zone, and nothing else counts.

    Shapes   a body as `generic` reads it, or a table of comma-separated values whose first line names the columns
    Errors   BadPayload: there is no document in it, or no object
    """
    documents = _documents(request)
    plain = replace(source, platform="generic", settings={})
    fields = find_fields(documents, plain)
    findings = [*find_proof(request), *find_topic(request, documents, plain), *find_dedup(request, documents), *fields]
    findings += find_zone(fields)
    settings: dict[str, Json] = {one.field: one.proposed for one in findings if one.field in _PROOF and one.proposed}
    settings["fields"] = {one.field: one.proposed for one in findings if one.field not in _PROOF}
    taught = replace(plain, settings=settings)
    try:
        events = read(_as_json(request, documents), taught, received_at).events
    except BadPayload as error:
        return Proposal(settings, tuple(findings), problem=str(error))
    return Proposal(settings, tuple(findings), events[0] if events else None)


def _documents(request: Request) -> list[Json]:
    table = _rows(request.body)
    found = table or parse_documents(request)
    if not isinstance(found[0], dict) or not found[0]:
        raise BadPayload("", "is not a JSON object")
    return found


def _rows(body: bytes) -> list[Json]:
    """The rows of a table; none where the body is none."""
    try:
        lines = body.decode("utf-8-sig").strip().splitlines()
    except UnicodeDecodeError:
        return []
    separator = next((sign for sign in ";\t," if sign in (lines[0] if lines else "")), None)
    if len(lines) < 2 or separator is None or lines[0].lstrip()[:1] in ("{", "[") or "=" in lines[0]:
        return []
    rows = csv.DictReader(io.StringIO("\n".join(lines[: MOST_ROWS + 1])), delimiter=separator, restkey="", restval="")
    return [{key: value for key, value in row.items() if key} for row in rows]


def _as_json(request: Request, documents: list[Json]) -> Request:
    """The request with the first row of a table as the document that a sender would send of it."""
    return replace(request, body=json.dumps(documents[0]).encode()) if _rows(request.body) else request
