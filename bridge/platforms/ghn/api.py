"""What GHN's webhooks leave out: the buyer of a parcel. Asked for only where the source has the shop's token.

Source: api.ghn.vn, document 119, whose sample shows `data` as a list, where receivers in use see an object.
"""

from __future__ import annotations

import json

from bridge.core.model import Request, Source
from bridge.core.platform import Fetch
from bridge.lib.strictjson import parse_json
from bridge.platforms.ghn.reading import DETAIL, find_buyer, lacks_detail
from bridge.platforms.shared.values import find_text, get_id, get_object

API = "https://online-gateway.ghn.vn"
PATH = "/shiip/public-api/v2/shipping-order/detail"


def wanted(request: Request, source: Source) -> tuple[Fetch, ...]:
    """The detail of the parcel, of a status about which somebody may be called."""
    document = get_object(parse_json(request.body))
    if not lacks_detail(document, request, source):
        return ()
    base = str(source.settings.get("api_url") or API).rstrip("/")
    headers = (("Token", str(source.settings["token"])), ("Content-Type", "application/json"))
    body = json.dumps({"order_code": get_id(document, "OrderCode")}).encode()
    return (Fetch(DETAIL, f"{base}{PATH}", headers, _check, body=body),)


def _check(body: bytes) -> str | None:
    document = parse_json(body)
    return None if find_text(document, "code") == "200" and find_buyer(document) else "fetch_bad_answer"
