"""The document of a request: JSON, or a form."""

from __future__ import annotations

from urllib.parse import parse_qsl

from bridge.core.model import BadPayload, Json, Request
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.values import get_object


def parse_body(request: Request) -> dict[str, Json]:
    """Return the one document in the body. BadPayload: neither a JSON object nor a form in UTF-8."""
    kind = (request.header("content-type") or "").lower()
    if not kind.startswith("application/x-www-form-urlencoded") or request.body.lstrip()[:1] == b"{":
        return get_object(parse_json(request.body))
    try:
        text = request.body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError:
        raise BadPayload("", "is not a form in UTF-8") from None
    found = {name.replace("\x00", ""): value.replace("\x00", "") for name, value in pairs}
    if len(found) != len(pairs):
        raise BadPayload("", "names a field twice in one form")
    return found
