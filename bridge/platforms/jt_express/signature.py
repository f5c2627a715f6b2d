"""What proves that J&T Express sent a request: a word of the merchant's own, and where the source wants it, `digest`.

The documentation for requests to J&T, which clients in a dozen countries follow, has the key behind the content and
the MD5's raw bytes as base64; one client in Vietnam encodes its hex, one receiver tried the key before. Whether every
webhook carries it is not documented: it is verified beside the word, never instead. Sources: open platforms of J&T as
such clients and receivers read them (read 2026-11-30)
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from urllib.parse import parse_qs

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.carriers import unsigned

FORM = "application/x-www-form-urlencoded"
HEADER = "digest"

_sign = unsigned.sign_as(FORM)


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the word is one of the secrets, and, with `private_key`, that key digests the content.

    Errors   BadSignature no_secret, missing_token, bad_token, missing_signature, bad_signature. Nothing else escapes.
    """
    unsigned.verify(request, source, now)
    key = source.settings.get("private_key")
    if not key:
        return
    given = (request.header(HEADER) or "").strip()
    if not given:
        raise BadSignature("missing_signature")
    content = _content(request.body)
    if content is None or not signing.is_one_of(given, [_digest(content, source)]):
        raise BadSignature("bad_signature")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that J&T would send. The body names the status."""
    headers = _sign(body, topic, source, now)
    content = _content(body) if source.settings.get("private_key") else None
    return headers if content is None else (*headers, (HEADER, _digest(content, source)))


def _content(body: bytes) -> bytes | None:
    """The form's `bizContent`, byte for byte; None where there is none, or several."""
    try:
        found = parse_qs(body.decode("latin-1"), encoding="latin-1", max_num_fields=50).get("bizContent", [])
    except ValueError:
        return None
    return found[0].encode("latin-1") if len(found) == 1 else None


def _digest(content: bytes, source: Source) -> str:
    key = str(source.settings.get("private_key")).encode()
    form = source.settings.get("digest_form", "key_after")
    found = hashlib.md5(key + content if form == "key_before" else content + key, usedforsecurity=False)
    return base64.b64encode(found.hexdigest().encode() if form == "hex" else found.digest()).decode()
