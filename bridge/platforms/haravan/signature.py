"""Haravan's signature, and the handshake by which an app's webhooks are subscribed.

Source: docs.haravan.com/docs/tutorials/webhooks (private-webhook, connect-webhook) (read 2026-11-23)
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs

from bridge.core.model import BadSignature, Request, Source
from bridge.core.platform import Reply
from bridge.lib import signing

# The second spelling is of an older sample; its SHA-1 and hex are used nowhere.
SIGNATURE_HEADERS = ("x-haravan-hmacsha256", "x-haravan-hmac-sha256")


def verify(request: Request, source: Source, now: datetime) -> None:
    """Return only if Haravan signed exactly these bytes: HMAC-SHA256, base64.

    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    found = [request.header(name) for name in SIGNATURE_HEADERS]
    signing.verify(request.body, next((value for value in found if value), None), source.secrets)


def handshake(request: Request, source: Source) -> Reply | None:
    """The challenge as plain text if the GET knows the source's token; None for what is no subscription.

    Errors   BadSignature bad_verify_token, no_secret
    """
    if request.method != "GET":
        return None
    try:
        query = parse_qs(request.query, max_num_fields=20)
    except ValueError:
        raise BadSignature("bad_verify_token") from None
    if not any(name.startswith("hub.") for name in query):
        return None
    token = source.settings.get("verify_token")
    expected = signing.usable([token] if token else source.secrets)
    values = {name: value[0] for name, value in query.items() if len(value) == 1}
    known = signing.is_one_of(values.get("hub.verify_token", ""), expected)
    if not known or values.get("hub.mode") != "subscribe" or "hub.challenge" not in values:
        raise BadSignature("bad_verify_token")
    return Reply(body=values["hub.challenge"])


def sign(body: bytes, topic: str, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers that Haravan would send with this body."""
    secret = signing.usable(source.secrets)[0]
    return (
        ("Content-Type", "application/json"),
        ("X-Haravan-Topic", topic),
        ("X-Haravan-Org-Id", "1000000001"),
        ("X-Haravan-Hmacsha256", signing.sign(body, secret.encode())),
    )
