"""How shops prove that a request is theirs: HMAC digests, static tokens and Standard Webhooks.

Pure: no clock, no randomness. Every comparison takes the same time whatever differs, and all
secrets are tried each time. A secret that is blank counts as none: anybody could sign with it.
Sources: RFC 2104; https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from bridge.core.model import BadSignature, Request

Encoding = Literal["hex", "base64"]

HASHES = ("sha256", "sha384", "sha512", "sha1", "md5")
TOLERANCE_SECONDS = 300


def sign(content: bytes, key: bytes, *, algorithm: str = "sha256", encoding: Encoding = "base64") -> str:
    """The HMAC of these bytes as text: lower-case hex, or base64 with its padding."""
    digest = hmac.new(key, content, _hash(algorithm)).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode("ascii")


def verify(
    content: bytes,
    signature: str | None,
    secrets: Iterable[str],
    *,
    algorithm: str = "sha256",
    encoding: Encoding = "base64",
) -> None:
    """Return only if one of the secrets signed exactly these bytes.

    Shapes   content: bytes as received. signature: the header's text; blanks around it do not count.
    Errors   BadSignature no_secret, missing_signature, bad_signature. Nothing else escapes.
    """
    keys = [secret.encode() for secret in usable(secrets)]
    if not signature or not signature.strip():
        raise BadSignature("missing_signature")
    given = signature.strip()
    if encoding == "hex":
        given = given.lower()
    if not is_one_of(given, [sign(content, key, algorithm=algorithm, encoding=encoding) for key in keys]):
        raise BadSignature("bad_signature")


def usable(secrets: Iterable[str]) -> tuple[str, ...]:
    """The secrets that are not blank; BadSignature no_secret if none is left."""
    found = tuple(secret for secret in secrets if secret.strip())
    if not found:
        raise BadSignature("no_secret")
    return found


def is_one_of(given: str, expected: Iterable[str]) -> bool:
    """Whether the text equals one of these; all are compared, so that the time it takes shows nothing."""
    # A header can hold any character: surrogatepass lets every text become bytes.
    wanted = given.encode("utf-8", "surrogatepass")
    found = [hmac.compare_digest(wanted, one.encode("utf-8", "surrogatepass")) for one in expected]
    return any(found)


def sign_standard(
    body: bytes, webhook_id: str, secret: str, now: datetime, *others: str
) -> tuple[tuple[str, str], ...]:
    """The three headers of Standard Webhooks for this body, signed at this moment: by `others` too, while a secret
    is replaced."""
    timestamp = str(int(now.timestamp()))
    content = _standard_content(webhook_id, timestamp, body)
    signatures = (f"v1,{sign(content, _standard_keys(key)[0])}" for key in (secret, *others))
    return (
        ("webhook-id", webhook_id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", " ".join(signatures)),
    )


def verify_standard(request: Request, secrets: Sequence[str], now: datetime) -> None:
    """Return only if one of the secrets signed these bytes within five minutes of now, before or after.

    Shapes   secrets: `whsec_` and base64, or base64 alone, or any text as raw bytes.
    Errors   BadSignature no_secret, missing_signature, bad_timestamp, stale_timestamp, bad_signature.
    Source   https://github.com/standard-webhooks/standard-webhooks (specification, "Signature scheme")
    """
    keys = [key for secret in usable(secrets) for key in _standard_keys(secret)]
    webhook_id = request.header("webhook-id")
    timestamp = request.header("webhook-timestamp")
    signatures = request.header("webhook-signature")
    if not webhook_id or not timestamp or not signatures or not signatures.strip():
        raise BadSignature("missing_signature")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise BadSignature("bad_timestamp")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("stale_timestamp")
    content = _standard_content(webhook_id, timestamp, request.body)
    expected = [f"v1,{sign(content, key)}" for key in keys]
    # While a secret changes, a sender signs with both: one good signature is enough.
    found = [is_one_of(given, expected) for given in signatures.split()]
    if not any(found):
        raise BadSignature("bad_signature")


def _standard_content(webhook_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{webhook_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body


def _standard_keys(secret: str) -> list[bytes]:
    """The keys that a secret may stand for, the specified one first."""
    raw = secret.encode()
    text = secret.removeprefix("whsec_")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return [raw]
    if text != secret:
        return [decoded] if decoded else [raw]
    # Without the prefix both readings are in use: base64 by the libraries, raw text by some shops.
    return [decoded, raw] if decoded else [raw]


def _hash(algorithm: str) -> str:
    if algorithm not in HASHES:
        raise BadSignature("unknown_hash")
    return algorithm
