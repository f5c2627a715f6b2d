"""The id of the order that a delivery is about, found without reading the delivery: it is asked while a shop waits.

Whatever is not plain is not known: the delivery's bytes are then searched for the order that is asked for.
"""

from __future__ import annotations

import json
import re

from bridge.core.folding import MAX_ENTRIES
from bridge.core.model import Json, Request, Source

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}")
# What the strict parser would take out of names and values.
_UNSTORABLE = re.compile(rb"\x00|\\u0000|\\u[dD][89a-fA-F]")


def plain_document(request: Request) -> dict[str, Json] | None:
    """The body's one JSON object, as `strictjson` would have it if it takes it at all; None for anything else."""
    body = request.body
    # No list or object of it is so long that it would be cut.
    if body[:1] != b"{" or max(body.count(b":"), body.count(b",")) > MAX_ENTRIES or _UNSTORABLE.search(body):
        return None
    try:
        document: dict[str, Json] = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document


def plain_id(value: Json) -> str | None:
    """A whole number, or a text that every reader leaves as it is."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if _PLAIN.fullmatch(text) else None


def id_of_document(request: Request, source: Source) -> str | None:
    """The document's own `id`."""
    document = plain_document(request)
    return plain_id(document.get("id")) if document is not None else None
