"""What proves that Nhanh.vn sent a request: its verify token. Nothing is signed.

Nhanh's own pages place the token in the header Authorization, in `verifyToken` and in the body: each is accepted, and
none is stored. Sources: apidocs.nhanh.vn/v3/webhooks (webhooks), open.nhanh.vn's page of an app (read 2026-11-23)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.core.model import Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import find_body_tokens, hide_body_tokens, token_headers, verify_token

_KEY = "webhooksVerifyToken"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the request holds one of the source's secrets, in any of the places where Nhanh puts it.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    verify_token(request, source, request.header("verifytoken"), *find_body_tokens(request.body, _KEY))


def without_secrets(request: Request, source: Source) -> Request:
    """The request with … for the token in its body."""
    return replace(request, body=hide_body_tokens(request.body, _KEY))


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Nhanh would send. The body names what happened."""
    return ("Content-Type", "application/json"), ("Authorization", signing.usable(source.secrets)[0])


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return token_headers(source) | {"verifytoken"}
