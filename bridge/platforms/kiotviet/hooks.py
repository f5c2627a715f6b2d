"""KiotViet's webhooks, by its public API. The list holds those of every system of the retailer.

KiotViet's own WordPress plug-in deletes each `order.update` webhook of that list, ours included. Source: KiotViet's
public API documentation as public mirrors keep it, and kv-wp-sync-plugin (read 2026-11-29)
"""

from __future__ import annotations

import base64
import json

from bridge.core.model import Source
from bridge.core.platform import ApiRequest, Hook, Hooks
from bridge.lib import signing
from bridge.platforms.kiotviet.api import API
from bridge.platforms.kiotviet.notifications import UPDATE
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.shopify_like.hooks import KIND, Pages, read_hooks

_SIZE = 100
_PAGES = Pages(
    {"pageSize": _SIZE}, "currentItem", lambda count, headers, page: (page or 0) + count if count >= _SIZE else None
)


def _url(source: Source) -> str:
    return f"{base_url(source, API)}/webhooks"


def _headers(source: Source) -> dict[str, str]:
    return {"Retailer": str(source.settings["retailer"])}


def _create(source: Source, address: str, topics: tuple[str, ...]) -> tuple[ApiRequest, ...]:
    """The secret travels as base64, as the documentation wants it."""
    secret = base64.b64encode(signing.usable(source.secrets)[0].encode()).decode()
    about = {"Url": address, "IsActive": True, "Description": "VBot Bridge", "Secret": secret}
    bodies = [json.dumps({"Webhook": {"Type": topic, **about}}).encode() for topic in topics]
    return tuple(ApiRequest("POST", _url(source), {**KIND, **_headers(source)}, body) for body in bodies)


def _renew(source: Source, hook: Hook) -> tuple[ApiRequest, ...]:
    """No request switches one on: ours is deleted and made again."""
    made = _create(source, str(hook.address), tuple(sorted(hook.topics)))
    return (ApiRequest("DELETE", f"{_url(source)}/{hook.id}", _headers(source)), *made)


HOOKS = Hooks(
    credentials=(("retailer", "client_id", "client_secret"),),
    topics=(UPDATE,),
    list=lambda source, page: _PAGES.request(_url(source), _headers(source), page),
    next=_PAGES.next,
    read=lambda body: read_hooks(body, "data", "url", "type", "isActive"),
    create=_create,
    renew=_renew,
    permission=("quyền API công khai của cửa hàng", "the retailer's access to the public API"),
    needs_login=True,
    shows_all=True,
)
