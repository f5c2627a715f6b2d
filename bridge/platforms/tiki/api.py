"""What an event of Tiki leaves out: its order. Also the token for the API.

Sources: open.tiki.vn order-api-v2, oauth-2-0/auth-flows/client-credentials (read 2026-11-23)
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from urllib.parse import quote

from bridge.core.model import CannotFetch, Json, Request, Source
from bridge.core.platform import Fetch, Login
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.poll import base_url
from bridge.platforms.shared.times import EPOCH
from bridge.platforms.shared.values import find_text
from bridge.platforms.tiki.reading import STATE_TOPICS, read, state_of

API = "https://api.tiki.vn"


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """The order of this event, until it is there. CannotFetch, BadPayload."""
    events = read(request, source, EPOCH).events
    if not events or not events[0].incomplete:
        return ()
    if _lacks_credentials(source):
        raise CannotFetch("fetch_no_credentials")
    url = f"{base_url(source, API)}/integration/v2/orders/{quote(events[0].order_id, safe='')}"
    return (Fetch("order", url, check=partial(_check_order, events[0].raw)),)


def login(source: Source) -> Login:
    """Where Tiki issues an in-house app its token. There is no refresh token. CannotFetch."""
    if _lacks_credentials(source):
        raise CannotFetch("fetch_no_credentials")
    pair = f"{source.settings['client_id']}:{source.settings['client_secret']}"
    basic = (("Authorization", f"Basic {b64encode(pair.encode()).decode()}"),)
    return Login(f"{base_url(source, API)}/sc/oauth2/token", (("grant_type", "client_credentials"),), basic)


def _lacks_credentials(source: Source) -> bool:
    return not (source.settings.get("client_id") and source.settings.get("client_secret"))


def _check_order(event: Json, body: bytes) -> str | None:
    """Whether this is the event's order, and not open still where it has ended by the event."""
    order = parse_json(body)
    if find_text(order, "code") != find_text(event, "payload", "order_code"):
        return "fetch_bad_answer"
    ended = state_of(find_text(event, "payload", "status")) in STATE_TOPICS
    return "fetch_stale" if ended and state_of(find_text(order, "status")) not in STATE_TOPICS else None
