"""What proves that Pancake POS sent a request: a header that the shop sets itself. Nothing is signed.

Source: docs.pancake.biz, settings of webhooks (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import token_header, verify_token


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the token's header, or `?token=`, holds one of the source's secrets.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    verify_token(request, source)


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Pancake would send. The body names what happened."""
    return ("Content-Type", "application/json"), (token_header(source), signing.usable(source.secrets)[0])
