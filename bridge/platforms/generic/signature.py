"""How a delivery proves its sender: Standard Webhooks, an HMAC in a header, or a static token, as the settings say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.core.model import BadSignature, Request, Source
from bridge.core.platform import Reply
from bridge.lib import signing
from bridge.platforms.generic.presets import completed
from bridge.platforms.shared.tokens import (
    find_body_tokens,
    hide_body_tokens,
    token_header,
    token_headers,
    verify_token,
)
from bridge.platforms.shared.values import hash_body

SIGNATURE_HEADER = "X-Signature"


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if the request proves, in the source's scheme, that its sender knows one of the secrets.

    Errors   BadSignature no_secret, missing_signature, bad_signature, bad_timestamp, stale_timestamp,
             missing_token, bad_token, unknown_hash, unknown_scheme. Nothing else escapes.
    """
    source = completed(source)
    settings = source.settings
    match settings.get("scheme", "standard"):
        case "standard":
            signing.verify_standard(request, source.secrets, now)
        case "hmac":
            given = request.header(settings.get("header", SIGNATURE_HEADER))
            prefix = settings.get("prefix", "")
            if given and not given.strip().startswith(prefix):
                raise BadSignature("bad_signature")
            signing.verify(
                request.body,
                given.strip()[len(prefix) :] if given else None,
                source.secrets,
                algorithm=settings.get("hash", "sha256"),
                encoding=settings.get("encoding", "hex"),
            )
        case "token":
            key = settings.get("token_field")
            verify_token(request, source, *(find_body_tokens(request.body, key) if key else ()))
        case _:
            raise BadSignature("unknown_scheme")


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that a shop of this source would send. The topic is in the body, so it signs nothing here."""
    source = completed(source)
    secret = signing.usable(source.secrets)[0]
    settings = source.settings
    kind = ("Content-Type", "application/json")
    match settings.get("scheme", "standard"):
        case "hmac":
            algorithm, encoding = settings.get("hash", "sha256"), settings.get("encoding", "hex")
            signature = signing.sign(body, secret.encode(), algorithm=algorithm, encoding=encoding)
            return kind, (settings.get("header", SIGNATURE_HEADER), settings.get("prefix", "") + signature)
        case "token":
            return kind, (token_header(source), secret)
    return kind, *signing.sign_standard(body, f"msg_{hash_body(body)[:27]}", secret, now)


def secret_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    source = completed(source)
    if source.settings.get("scheme") != "token":
        return frozenset()
    return token_headers(source)


def without_secrets(request: Request, source: Source) -> Request:
    """The request with … for the token, where the source's settings look for it in the body."""
    key = completed(source).settings.get("token_field")
    return replace(request, body=hide_body_tokens(request.body, key)) if key else request


def answer(request: Request, source: Source) -> Reply | None:
    """What the source's settings answer; None: as every platform does."""
    text = completed(source).settings.get("answer")
    if text is None:
        return None
    kind = "application/json" if text[:1] in ("{", "[") else "text/plain"
    return Reply(body=text, content_type=f"{kind}; charset=utf-8")


def is_standard(source: Source) -> bool:
    return bool(source.settings.get("scheme", "standard") == "standard")
