"""Judge OAuth 1.0a as WooCommerce does over plain http, by Authlib's base string."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth1.rfc5849.signature import construct_base_string


def fault_of(method: str, base_url: str, path: str, key: str, secret: str, used: set[str]) -> str | None:
    """Why this path, with its query, is not signed; `used`: the nonces so far."""
    parts = urlsplit(path)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    given = dict(pairs)
    if given.get("oauth_consumer_key") != key:
        return "consumer key"
    if given.get("oauth_signature_method") != "HMAC-SHA256":
        return "signature method"
    if given.get("oauth_nonce", "") in used:
        return "nonce used twice"
    used.add(given["oauth_nonce"])
    params = [(name, value) for name, value in pairs if name != "oauth_signature"]
    base = construct_base_string(method, f"{base_url}{parts.path}", params)
    wanted = b64encode(hmac.new(f"{secret}&".encode(), base.encode(), hashlib.sha256).digest()).decode()
    return None if wanted == given.get("oauth_signature") else "signature"
