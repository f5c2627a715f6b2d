"""Detached JSON Web Signatures: RS256 under one of a shop's public keys, the body as it came for a payload.

Pure. Only RS256 is known here, so a header cannot choose another algorithm, none, or a public key for a shared secret.
Sources: RFC 7515 (appendix F, detached content), RFC 7797 (b64), RFC 7517 (JWK), RFC 7518 section 3.3 (2048 bits)
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bridge.core.model import BadPayload, BadSignature, Json
from bridge.lib.strictjson import parse_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LEAST_BITS, MOST_BITS = 2048, 8192
MOST_KEYS = 50

_MEMBERS = ("kty", "use", "alg", "kid", "n", "e")
_DETACHED = re.compile(r"([A-Za-z0-9_-]{1,4096})\.\.([A-Za-z0-9_-]{1,2048})")
_TEXT = re.compile(r"[A-Za-z0-9_-]+")


def is_detached(signature: str) -> bool:
    """Whether this text has the form header..signature."""
    return _DETACHED.fullmatch(signature.strip()) is not None


def verify_detached(body: bytes, signature: str, jwks: Json) -> None:
    """Return only if a key of this set signed exactly these bytes.

    Shapes   signature: header..signature. jwks: a JSON Web Key Set, as text or as an object; keys of other kinds than
             RSA for signatures are passed over. A header that names a key is checked under that key alone.
    Errors   BadSignature no_jwks, bad_jwks, unknown_key, bad_signature. Nothing else escapes.
    """
    found = _DETACHED.fullmatch(signature.strip())
    if not found:
        raise BadSignature("bad_signature")
    header = _read_header(found[1])
    keys = [key for kid, key in _read_keys(jwks) if header.get("kid") in (None, kid)]
    if not keys:
        raise BadSignature("unknown_key")
    payload = body if header.get("b64") is False else base64.urlsafe_b64encode(body).rstrip(b"=")
    content, given = found[1].encode() + b"." + payload, _decode(found[2])
    if not any(_is_signed(key, given, content) for key in keys):
        raise BadSignature("bad_signature")


def read_keys(body: bytes) -> Json:
    """Of the key set that a shop shows, the keys that may verify RS256, and nothing else of it. BadPayload."""
    document = parse_json(body, whole=True)
    try:
        _read_keys(document)
    except BadSignature:
        raise BadPayload("/keys", "holds no RSA key that can be used") from None
    keys = [entry for entry in document["keys"] if _is_for_rs256(entry)]
    return {"keys": [{name: key[name] for name in _MEMBERS if isinstance(key.get(name), str)} for key in keys]}


def _read_header(text: str) -> Mapping[str, Json]:
    """The protected header, if nothing in it asks for what is not done here."""
    try:
        header = parse_json(_decode(text), whole=True)
    except BadPayload:
        raise BadSignature("bad_signature") from None
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        raise BadSignature("bad_signature")
    critical, kid = header.get("crit"), header.get("kid")
    # What is critical must be understood, and an unencoded payload must be declared so (RFC 7797, section 6).
    understood = critical == ["b64"] and isinstance(header.get("b64"), bool)
    if not (understood or (critical is None and header.get("b64", True) is True)):
        raise BadSignature("bad_signature")
    if kid is not None and not isinstance(kid, str):
        raise BadSignature("bad_signature")
    return header


def _read_keys(jwks: Json) -> list[tuple[str | None, RSAPublicKey]]:
    """The RSA keys of the set that may verify signatures, each with its id."""
    if jwks in (None, "", {}):
        raise BadSignature("no_jwks")
    try:
        document = parse_json(jwks.encode("utf-8", "surrogatepass"), whole=True) if isinstance(jwks, str) else jwks
    except BadPayload:
        raise BadSignature("bad_jwks") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_KEYS:
        raise BadSignature("bad_jwks")
    found = [_read_key(entry) for entry in entries if _is_for_rs256(entry)]
    if not found:
        raise BadSignature("bad_jwks")
    return found


def _is_for_rs256(entry: Json) -> bool:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return False
    if "d" in entry:
        raise BadSignature("bad_jwks")  # a private key, which no shop shows
    return entry.get("use") in (None, "sig") and entry.get("alg") in (None, "RS256")


def _read_key(entry: Mapping[str, Json]) -> tuple[str | None, RSAPublicKey]:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # noqa: PLC0415  long to load

    texts, kid = [entry.get(name) for name in ("n", "e")], entry.get("kid")
    if not all(isinstance(text, str) and _TEXT.fullmatch(text) and len(text) <= MOST_BITS // 4 for text in texts):
        raise BadSignature("bad_jwks")
    try:
        modulus, exponent = (int.from_bytes(_decode(str(text))) for text in texts)
        if not LEAST_BITS <= modulus.bit_length() <= MOST_BITS or exponent.bit_length() > 32:
            raise BadSignature("bad_jwks")
        return kid if isinstance(kid, str) else None, RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, BadSignature):
        raise BadSignature("bad_jwks") from None


def _is_signed(key: RSAPublicKey, signature: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  long to load
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        key.verify(signature, content, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _decode(text: str) -> bytes:
    """Base64url without padding, as one text only: RFC 7515 knows no other spelling of the same bytes."""
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise BadSignature("bad_signature") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise BadSignature("bad_signature")
    return decoded
