"""How WooCommerce's REST API lets requests in: over https by HTTP Basic, over plain http each signed by OAuth 1.0a.

Sources: woocommerce-rest-api-docs wp-api-v3, authentication; woocommerce includes/class-wc-rest-authentication.php, by
which parameters stand in the query, for not every server passes the header on (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from bridge.core.model import Json, Source
from bridge.core.platform import ApiRequest
from bridge.lib import signing
from bridge.platforms.shared.poll import base_url, basic_auth


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
    given = parse_qsl(parts.query, keep_blank_values=True)
    named = {
        "oauth_consumer_key": key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(seconds),
    }
    pairs = sorted((_encode(name), _encode(value)) for name, value in [*given, *named.items()])
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    base = "&".join([request.method, _encode(address), _encode("&".join(f"{name}={value}" for name, value in pairs))])
    signed = [*given, *named.items(), ("oauth_signature", signing.sign(base.encode(), f"{_encode(secret)}&".encode()))]
    query = urlencode(signed, quote_via=quote)
    return ApiRequest(request.method, f"{address}?{query}", request.headers, request.body)


def _encode(text: str) -> str:
    return quote(text, safe="~")
