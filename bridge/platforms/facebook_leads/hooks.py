"""The subscription of a page to the app, whose webhook brings the page's leads. Its address stands in the app.

Source: developers.facebook.com/docs/graph-api/reference/page/subscribed_apps (read 2026-11-30)
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from bridge.core.model import BadPayload, Json, Source
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib.strictjson import parse_json
from bridge.platforms.facebook_leads.api import api_base, api_headers
from bridge.platforms.facebook_leads.reading import LEAD
from bridge.platforms.shared.values import each_line, find, find_text, find_texts

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _url(source: Source) -> str:
    return f"{api_base(source)}/{quote(str(source.settings['page_id']), safe='')}/subscribed_apps"


def _read(body: bytes) -> tuple[Hook, ...]:
    document = parse_json(body)
    if not isinstance(find(document, "data"), list):
        raise BadPayload("/data", "is not a list")
    return tuple(
        Hook(find_text(app, "id") or "", None, frozenset(find_texts(app, "subscribed_fields")))
        for _, app in each_line(document, "data")
    )


def _create(source: Source, address: str, topics: tuple[str, ...]) -> tuple[ApiRequest, ...]:
    """The address stands in the app."""
    body = urlencode({"subscribed_fields": ",".join(topics)}).encode()
    return (ApiRequest("POST", _url(source), {**FORM, **api_headers(source)}, body),)


def _list(source: Source, page: Json) -> ApiRequest:
    return ApiRequest("GET", _url(source), api_headers(source))


HOOKS = Hooks(
    credentials=(("access_token", "page_id"),),
    topics=(LEAD,),
    list=_list,
    read=_read,
    create=_create,
    permission=(
        "token của trang có quyền pages_manage_metadata và leads_retrieval",
        "a page's token with pages_manage_metadata and leads_retrieval",
    ),
)
