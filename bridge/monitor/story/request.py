"""One stored delivery's request: its bytes as raw HTTP, and as a person reads it, without what proves who sent it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote_plus

from bridge.core.model import Delivery, Json
from bridge.lib.masking import mask_phone

HIDDEN = "…"
# Headers that prove who sent it, or are a password: whatever name a platform gives them.
_PROOF = re.compile(r"auth|token|secret|sign|hmac|cookie|password|api-?key|-key$", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d[\d .()-]{7,20}\d")
_LEAST_DIGITS, _MOST_DIGITS = 9, 15


def raw_http(delivery: Delivery) -> bytes:
    """The request with its body byte for byte, as a file that `try` reads."""
    query = f"?{delivery.query}" if delivery.query else ""
    head = [
        f"{delivery.method} {delivery.path}{query} HTTP/1.1",
        *(f"{name}: {value}" for name, value in delivery.headers),
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + delivery.body


def describe_request(delivery: Delivery, documents: Mapping[str, bytes], *, show_phones: bool) -> dict[str, Json]:
    """{method, path, query, headers: [[name, value]], body, fetched: {name: body}}.

    What proves who sent it is `…`; a phone is masked unless `show_phones`. A body is the JSON document that it holds,
    else its text.
    """
    return {
        "method": delivery.method,
        "path": delivery.path,
        "query": "&".join(f"{quote_plus(name)}={HIDDEN}" for name, _ in parse_qsl(delivery.query, True)),
        "headers": [[name, HIDDEN if _PROOF.search(name) else value] for name, value in delivery.headers],
        "body": _readable(delivery.body, show_phones=show_phones),
        "fetched": {name: _readable(body, show_phones=show_phones) for name, body in documents.items()},
    }


def _readable(body: bytes, *, show_phones: bool) -> Json:
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text if show_phones else _NUMBER.sub(_mask, text)
    return document if show_phones else _masked(document)


def _masked(value: Json) -> Json:
    from bridge.core.phone import read_phones  # noqa: PLC0415  the number plan takes long to load

    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part) for part in value]
    if isinstance(value, str):
        return _NUMBER.sub(_mask, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return mask_phone(str(value)) if is_number and read_phones(value, "VN", abroad=True) else value


def _mask(found: re.Match[str]) -> str:
    """The digits that are a phone, masked; an order's long id stays."""
    from bridge.core.phone import read_phones  # noqa: PLC0415  the number plan takes long to load

    digits = re.sub(r"[^\d+]", "", found[0])
    is_phone = _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS and read_phones(found[0], "VN", abroad=True)
    return mask_phone(digits) if is_phone else found[0]
