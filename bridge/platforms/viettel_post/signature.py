"""What proves that Viettel Post sent a request: the secret that the merchant wrote in its portal. Nothing is signed.

It comes in the header Authorization; `TOKEN` in the body holds one too. Neither is stored. Sources: two receivers in
use, and a connector's notes (read 2026-11-29)
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import token_headers, verify_token

_TOKEN = re.compile(rb'("TOKEN"\s*:\s*)"((?:[^"\\]|\\.)*)"')


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if a header, `?token=` or, where none is there, `TOKEN` of the body holds one of the secrets.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    try:
        verify_token(request, source)
    except BadSignature as refusal:
        token = _body_token(request.body) if refusal.reason == "missing_token" else None
        if token is None:
            raise
        if not signing.is_one_of(token, [secret.strip() for secret in signing.usable(source.secrets)]):
            raise BadSignature("missing_token") from None


def without_secrets(request: Request, source: Source) -> Request:
    """The request with … for the token in its body."""
    return replace(request, body=_TOKEN.sub(lambda found: found[1] + '"…"'.encode(), request.body))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Viettel Post would send. The body names the status."""
    return ("Content-Type", "application/json"), ("Authorization", signing.usable(source.secrets)[0])


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source)


def _body_token(body: bytes) -> str | None:
    """The last `TOKEN`, as who reads the body would find it."""
    found = [*_TOKEN.finditer(body[-2000:])]
    try:
        return str(json.loads(b'"' + found[-1][2] + b'"')).strip() or None if found else None
    except ValueError:
        return None
