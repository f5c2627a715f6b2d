"""Carriers that sign nothing: the proof is a word of the merchant's own, in the address or in a header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bridge.core.model import Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import query_values, token_header, verify_token

Sign = Callable[[bytes, str, Source, datetime], tuple[tuple[str, str], ...]]


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if `?token=`, `?hash=` or a header holds one of the source's secrets.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    verify_token(request, source, *query_values(request.query, "hash"))


def sign_as(content_type: str) -> Sign:
    """Sign as such a carrier would, whose bodies are of this type. The body names the status."""

    def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
        return ("Content-Type", content_type), (token_header(source), signing.usable(source.secrets)[0])

    return sign
