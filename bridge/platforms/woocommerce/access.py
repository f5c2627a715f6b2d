"""How WooCommerce's REST API lets requests in: over https by HTTP Basic, over plain http each signed by OAuth 1.0a.

Sources: woocommerce-rest-api-docs wp-api-v3, authentication; woocommerce includes/class-wc-rest-authentication.php, by
which parameters stand in the query, for not every server passes the header on (read 2026-11-29)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from bridge.core.model import Json, Source
from bridge.core.platform import ApiRequest
from bridge.lib import signing
from bridge.platforms.shared.poll import base_url, basic_auth

_UNRESERVED = re.compile("[A-Za-z0-9._~-]*")


def api_request(
    source: Source, method: str, path: str, query: Mapping[str, object] | None = None, body: Json = None
) -> ApiRequest:
    """A request to `/wp-json/wc/v3/<path>` of this shop; `body` is sent as JSON."""
    key, secret = str(source.settings["consumer_key"]), str(source.settings["consumer_secret"])
    url = f"{base_url(source)}/wp-json/wc/v3/{path}" + (f"?{urlencode(query)}" if query else "")
    headers = {"Content-Type": "application/json"} if body is not None else {}
    sent = json.dumps(body).encode() if body is not None else None
    if url.lower().startswith("http://"):
        return ApiRequest(method, url, headers, sent, partial(_sign, key, secret))
    return ApiRequest(method, url, {**headers, **basic_auth(key, secret)}, sent)


def _sign(key: str, secret: str, request: ApiRequest, seconds: int, nonce: str) -> ApiRequest:
    """The request with its signature in the query, for a key without a token (RFC 5849, section 3.4)."""
    parts = urlsplit(request.url)
    named = {
        "oauth_consumer_key": key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(seconds),
    }
    pairs = [(_encode(name), _encode(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    pairs = sorted([*pairs, *((name, _encode(value)) for name, value in named.items())])
    query = "&".join(f"{name}={value}" for name, value in pairs)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    # Encoded once more; of its characters only these three are not unreserved, and `quote` would look at each.
    twice = query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    base = f"{request.method}&{_encode(address)}&{twice}"
    signature = signing.sign(base.encode(), f"{_encode(secret)}&".encode())
    url = f"{address}?{query}&oauth_signature={_encode(signature)}"
    return ApiRequest(request.method, url, request.headers, request.body)


def _encode(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="~")
