"""Nothing proves a sender: Tiki sends nothing."""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source


def verify(request: Request, source: Source, now: datetime) -> None:
    """Tiki sends nothing: whoever sends is not Tiki. BadSignature no_webhook."""
    raise BadSignature("no_webhook")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """Tiki signs nothing. BadSignature no_webhook."""
    raise BadSignature("no_webhook")
