"""A shop's JSON, read strictly.

Pure: no clock, no I/O. Numbers are exact (int or Decimal, never float), so that an amount
is spoken as the shop wrote it; text can be stored by every database.
"""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from itertools import islice
from typing import NoReturn

from bridge.core.folding import MAX_ENTRIES, shorten
from bridge.core.model import BadPayload, Json

JSON_DEPTH = 64
MAX_NUMBER_LENGTH = 100

_TOO_LONG = f"holds a number of more than {MAX_NUMBER_LENGTH} digits"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes, *, whole: bool = False) -> Json:
    """The JSON document in these bytes, safe to compute with and to store.

    Shapes   UTF-8, a byte order mark tolerated. Whole numbers are int, others Decimal. NUL is removed
             from text, half a surrogate pair becomes U+FFFD (Postgres stores neither). Texts and lists are cut to
             the sizes of bridge.core.folding, but a text that may be JSON itself; with `whole` none is.
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
            # Without an escape no text can hold what cannot be stored.
            object_pairs_hook=_parse_object if "\\u" in text or "\x00" in text else _parse_plain_object,
        )
    except json.JSONDecodeError as error:
        raise BadPayload("", f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise BadPayload("", f"is more than {JSON_DEPTH} levels deep") from None
    return _storable(document, 0, whole)


def clean_text(text: str) -> str | None:
    """The text in NFC without NUL and outer blanks, shortened; None if nothing that can be seen is left."""
    cleaned = shorten(_without_unstorable(text)).strip()
    if cleaned.isascii() and cleaned.isprintable():
        return cleaned or None
    cleaned = unicodedata.normalize("NFC", cleaned).strip()
    visible = any(unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for character in cleaned)
    return cleaned if visible else None


def _storable(value: Json, depth: int, whole: bool) -> Json:
    """The document with text that databases take, refused where it is too deep to walk through."""
    if depth > JSON_DEPTH:
        raise BadPayload("", f"is more than {JSON_DEPTH} levels deep")
    if isinstance(value, str):
        return _without_unstorable(value if whole or _may_be_json(value) else shorten(value))
    if isinstance(value, list):
        return [_storable(one, depth + 1, whole) for one in (value if whole else value[:MAX_ENTRIES])]
    if isinstance(value, dict):
        names = value if whole else islice(value, MAX_ENTRIES)
        return {name: _storable(value[name], depth + 1, whole) for name in names}
    return value


def _may_be_json(text: str) -> bool:
    """Whether a platform may read a document in this text: cut, it would be none."""
    return text.lstrip()[:1] in ("{", "[")


def _parse_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    return _parse_plain_object([(_without_unstorable(name), value) for name, value in pairs])


def _parse_plain_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadPayload("", "names a key twice in one object")
    return found


def _parse_int(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise BadPayload("", _TOO_LONG)
    return int(text)


def _parse_float(text: str) -> Decimal:
    # The exponent is bounded as text: one of a hundred digits would not even make a Decimal.
    _, _, exponent = text.lower().partition("e")
    if (
        len(text) > MAX_NUMBER_LENGTH
        or len(exponent.lstrip("+-0")) > 3
        or abs(int(exponent or "0")) > MAX_NUMBER_LENGTH
    ):
        raise BadPayload("", _TOO_LONG)
    return Decimal(text)


def _refuse_constant(text: str) -> NoReturn:
    raise BadPayload("", "holds NaN or Infinity")


def _without_unstorable(text: str) -> str:
    if _UNSTORABLE.search(text) is None:
        return text
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
