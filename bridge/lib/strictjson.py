"""A shop's JSON, read strictly.

Pure: no clock, no I/O. Numbers are exact (int or Decimal, never float), so that an amount
is spoken as the shop wrote it; text can be stored by every database.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from bridge.core.model import BadPayload, Json

MAX_DEPTH = 64
MAX_NUMBER_LENGTH = 100

_TOO_LONG = f"holds a number of more than {MAX_NUMBER_LENGTH} digits"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes) -> Json:
    """The JSON document in these bytes, safe to compute with and to store.

    Shapes   UTF-8, a byte order mark tolerated. Whole numbers are int, others Decimal. NUL is removed
             from text, half a surrogate pair becomes U+FFFD (Postgres stores neither).
    Errors   BadPayload: not UTF-8, not JSON, a key twice in one object, NaN or Infinity, a number of more
             than 100 characters or beyond 100 decimal places, more than 64 levels deep. Nothing else escapes.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPayload("", "is not UTF-8") from None
    try:
        document = json.loads(
            text,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_parse_object,
        )
    except json.JSONDecodeError as error:
        raise BadPayload("", f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise BadPayload("", f"is more than {MAX_DEPTH} levels deep") from None
    return _storable(document, 0)


def clean_text(text: str) -> str | None:
    """The text in NFC without NUL and outer blanks; None if nothing that can be seen is left."""
    cleaned = unicodedata.normalize("NFC", _UNSTORABLE.sub(_replace, text)).strip()
    visible = any(unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for character in cleaned)
    return cleaned if visible else None


def _storable(value: Json, depth: int) -> Json:
    """The document with text that databases take, refused where it is too deep to walk through."""
    if depth > MAX_DEPTH:
        raise BadPayload("", f"is more than {MAX_DEPTH} levels deep")
    match value:
        case str():
            return _UNSTORABLE.sub(_replace, value)
        case list():
            return [_storable(one, depth + 1) for one in value]
        case Mapping():
            return {name: _storable(one, depth + 1) for name, one in value.items()}
    return value


def _parse_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = {_UNSTORABLE.sub(_replace, name): value for name, value in pairs}
    if len(found) != len(pairs):
        raise BadPayload("", "names a key twice in one object")
    return found


def _parse_int(text: str) -> int:
    return int(_bounded(text))


def _parse_float(text: str) -> Decimal:
    # The exponent is bounded as text: one of a hundred digits would not even make a Decimal.
    _, _, exponent = _bounded(text).lower().partition("e")
    if len(exponent.lstrip("+-0")) > 3 or abs(int(exponent or "0")) > MAX_NUMBER_LENGTH:
        raise BadPayload("", _TOO_LONG)
    return Decimal(text)


def _bounded(text: str) -> str:
    if len(text) > MAX_NUMBER_LENGTH:
        raise BadPayload("", _TOO_LONG)
    return text


def _refuse_constant(text: str) -> NoReturn:
    raise BadPayload("", "holds NaN or Infinity")


def _replace(match: re.Match[str]) -> str:
    return "" if match.group() == "\x00" else "\ufffd"
