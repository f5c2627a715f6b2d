"""What proves that Nhanh.vn sent a request: its verify token. Nothing is signed.

Nhanh's own pages place the token in the header Authorization, in `verifyToken` and in the body: each is accepted, and
none is stored. Sources: apidocs.nhanh.vn/v3/webhooks (webhooks), open.nhanh.vn's page of an app (read 2026-11-23)
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from itertools import islice

from bridge.core.model import Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import token_headers, verify_token

# What proves the sender is found here and hidden here: nothing that was believed can be kept.
HIDDEN = '"…"'.encode()

_MOST_TOKENS = 4  # of one body that are compared: nobody has signed it yet
_TOKEN = re.compile(rb'("webhooksVerifyToken"\s*:\s*)"((?:[^"\\]|\\.)*)"')


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the request holds one of the source's secrets, in any of the places where Nhanh puts it.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    verify_token(request, source, request.header("verifytoken"), *_body_tokens(request.body))


def without_secrets(request: Request, source: Source) -> Request:
    """The request with … for the token in its body."""
    return replace(request, body=_TOKEN.sub(lambda found: found[1] + HIDDEN, request.body))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Nhanh would send. The body names what happened."""
    return ("Content-Type", "application/json"), ("Authorization", signing.usable(source.secrets)[0])


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source) | {"verifytoken"}


def _body_tokens(body: bytes) -> list[str]:
    found = []
    for token in islice(_TOKEN.finditer(body), _MOST_TOKENS):
        try:
            found.append(str(json.loads(b'"' + token[2] + b'"')))
        except ValueError:
            continue
    return found
