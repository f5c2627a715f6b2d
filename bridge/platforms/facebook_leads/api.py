"""The answers of a lead, asked of the Graph API by the page's token.

Sources: developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving; Graph API, errors, paging
(read 2026-11-30)
"""

from __future__ import annotations

from functools import partial
from urllib.parse import quote, urlencode

from bridge.core.model import CannotFetch, Request, Source
from bridge.core.platform import Fetch
from bridge.lib.strictjson import parse_json
from bridge.platforms.facebook_leads.reading import is_ours, lead_places, missing_page
from bridge.platforms.shared.values import find, find_text, get_id, get_object

API, VERSION = "https://graph.facebook.com", "v26.0"

# Graph's error codes: a token that ended or is refused, a right that is missing, too many requests.
_TOKEN = frozenset({"102", "190"})
_RIGHT = frozenset({"3", "10", *map(str, range(200, 300))})
_LIMIT = frozenset({"4", "17", "32", "341", "613", "80005"})
_GONE = ("100", "33")


def api_base(source: Source) -> str:
    return str(source.settings.get("api_url") or API).rstrip("/") + f"/{VERSION}"


def api_headers(source: Source) -> dict[str, str]:
    return {"Authorization": f"Bearer {source.settings['access_token']}"}


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """For each lead of the source's page the next page of its answers that is missing."""
    document = get_object(parse_json(request.body))
    raw = {**document, "fetched": {name: parse_json(body) for name, body in request.fetched.items()}}
    found: list[Fetch] = []
    for place in lead_places(raw):
        missing = missing_page(raw, place) if is_ours(raw, place, source) else None
        if missing is None:
            continue
        if not source.settings.get("access_token"):
            raise CannotFetch("fetch_no_credentials")
        name, cursor = missing
        lead = get_id(raw, *place, "leadgen_id")
        # By its cursor: an address that an answer holds is never followed.
        query = "?" + urlencode({"fields": f"field_data.after({cursor})"}) if cursor else ""
        url = f"{api_base(source)}/{quote(lead, safe='')}{query}"
        found.append(Fetch(name, url, tuple(api_headers(source).items()), partial(_check, lead), refusal=refusal))
    return tuple(found)


def refusal(status: int, body: bytes) -> str | None:
    """What Graph's own error says: it answers 400 to most of them."""
    error = find(parse_json(body), "error")
    code, subcode = find_text(error, "code"), find_text(error, "error_subcode")
    if code in _TOKEN or code in _RIGHT:
        return "fetch_credentials"
    if code in _LIMIT:
        return "fetch_rate_limited"
    return "fetch_not_found" if (code, subcode) == _GONE else None


def _check(lead: str, body: bytes) -> str | None:
    answer = parse_json(body)
    field_data = find(answer, "field_data")
    is_edge = isinstance(field_data, dict) and isinstance(field_data.get("data"), list)
    is_it = find_text(answer, "id") == lead and (isinstance(field_data, list) or is_edge)
    return None if is_it else "fetch_bad_answer"
