"""What proves that LadiPage sent a request: a header that the merchant set. Nothing is signed.

With "Gửi API qua LadiPage" unticked the buyer's browser sends the form, where anybody can read the token: a browser
says so by its Origin header. Source: help.ladipage.vn, sending a form to an API (read 2026-11-29)
"""

from __future__ import annotations

from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.lib import signing
from bridge.platforms.shared.tokens import token_header, verify_token

FORM = "application/x-www-form-urlencoded"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if a header or `?token=` holds one of the secrets, and no browser sent it, unless the source says so.

    Errors   BadSignature no_secret, missing_token, bad_token, sent_by_browser. Nothing else escapes.
    """
    verify_token(request, source)
    by_browser = any(name.lower() == "origin" for name, _ in request.headers)
    if by_browser and source.settings.get("allow_browser") is not True:
        raise BadSignature("sent_by_browser")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that LadiPage would send. What was filled in is the body."""
    return ("Content-Type", FORM), (token_header(source), signing.usable(source.secrets)[0])
