"""Questions to a GraphQL API, whose refusals come with the status 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bridge.core.model import BadPayload, Json
from bridge.core.platform import ApiRequest, Refusal
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.values import find, find_list, find_text, to_text
from bridge.platforms.shared.write_back import json_request, judge_status

_CODES = {
    "THROTTLED": "write_rate_limited",
    "ACCESS_DENIED": "write_scope",
    "PermissionDenied": "write_scope",
    "INTERNAL_SERVER_ERROR": "write_no_answer",
    "TIMEOUT": "write_no_answer",
}


def ask(url: str, headers: Mapping[str, str], query: str, variables: Json) -> ApiRequest:
    return json_request("POST", url, headers, {"query": query, "variables": variables})


def judge_graphql(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """Why this is no answer: by its status, its `errors`, or the errors of one of its parts."""
    if status == 404:
        return Refusal("write_address", "404")
    refusal = judge_status(status, headers, body)
    if refusal is not None:
        return Refusal("write_no_answer", refusal.detail, refusal.rest) if status == 423 else refusal
    try:
        document = parse_json(body)
    except BadPayload:
        return Refusal("write_bad_answer", "not JSON")
    for error in find_list(document, "errors"):
        code = find_text(error, "extensions", "code") or find_text(error, "extensions", "exception", "code") or ""
        return Refusal(_CODES.get(code, "write_refused"), code or None, _throttled_for(document))
    data = find(document, "data")
    for part in data.values() if isinstance(data, dict) else ():
        for error in errors_of(part):
            word = find_text(error, "code") or to_text(find(error, "field")) or to_text(find(error, "field", 0))
            return Refusal("write_refused", word)
    return None


def errors_of(part: Json) -> list[Json]:
    """The errors of one mutation, under any of the names that Shopify and Saleor give them."""
    names = ("userErrors", "orderCancelUserErrors", "errors")
    return [error for name in names for error in (find(part, name) or ()) if isinstance(part, dict)]


def _throttled_for(document: Json) -> timedelta:
    """How long until the points that the question costs are there again."""
    cost = find(document, "extensions", "cost")
    wanted, left, rate = (
        float(to_text(value) or 0)
        for value in (
            find(cost, "requestedQueryCost"),
            find(cost, "throttleStatus", "currentlyAvailable"),
            find(cost, "throttleStatus", "restoreRate"),
        )
    )
    return timedelta(seconds=max(wanted - left, 0) / rate) if rate > 0 else timedelta(0)
