"""A shop's JSON, read strictly.

Pure: no clock, no I/O. Numbers are exact (int or Decimal, never float), so that an amount
is spoken as the shop wrote it; text can be stored by every database.
"""

from __future__ import annotations

import gc
import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, NoReturn

from bridge.core.folding import MAX_ENTRIES, MAX_MARKS, MAX_VALUES, shorten
from bridge.core.model import BadPayload, Json

JSON_DEPTH = 64
MANY = 20  # values of a list: fewer are sooner looked at one by one
MAX_NUMBER_LENGTH = 100
LARGE = 20_000  # bytes of a document: to parse a usual one costs less than to look for it
MOST_KEPT = 4  # the memory of each is that of a document of 1 MB

_MORE = 10**MAX_NUMBER_LENGTH
_TWICE = "names a key twice in one object"
_TOO_LONG = f"holds a number of more than {MAX_NUMBER_LENGTH} digits"
_NESTED = frozenset({dict, list})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes, *, whole: bool = False) -> Json:
    """The JSON document in these bytes, safe to compute with and to store.

    Shapes   UTF-8, a byte order mark tolerated. Whole numbers are int, others Decimal. NUL is removed
             from text, half a surrogate pair becomes U+FFFD (Postgres stores neither). Texts, lists and
             the document are cut to the sizes of bridge.core.folding, but a text that may be JSON itself; with `whole`
             none is.
    Errors   BadPayload: not UTF-8, not JSON, a key twice in one object, NaN or Infinity, a number of more
             than 100 characters or beyond 100 decimal places, more than 64 levels deep. Nothing else escapes.
    Limits   Of a document with more objects and keys than are kept, the last of two keys counts: to look for them
             costs more than all the parsing.
    """
    if len(body) <= LARGE or whole:
        return _storable(_load(body), whole, _may_be_unstorable(body))
    with _no_search():
        return _copy(_parse_large(body))


@contextmanager
def _no_search() -> Iterator[None]:
    """Nothing is looked through for garbage meanwhile: a document of 250,000 objects holds none, and was each time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@lru_cache(maxsize=MOST_KEPT)
def _parse_large(body: bytes) -> Json:
    """A large document is parsed once, though each step of receiving and deciding asks for it: all have a copy."""
    return _storable(_load(body), False, _may_be_unstorable(body))


def _copy(value: Json) -> Json:
    # Nothing is called for a value that is neither: most are. Empty ones are shared, for nobody adds to a document.
    if value.__class__ is dict:
        return {name: _copy(one) if one and one.__class__ in _NESTED else one for name, one in value.items()}
    if value.__class__ is list:
        if not any(value):
            return value.copy()
        return [_copy(one) if one and one.__class__ in _NESTED else one for one in value]
    return value


def _load(body: bytes) -> Json:
    """The document as it stands there. Called for each number, our own code would cost more than all the parsing."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPayload("", "is not UTF-8") from None
    # Of so many values most are left out: those that stay are made exact behind it, and are bytes until then.
    parse_float = Decimal if text.count(",") <= MAX_VALUES else str.encode
    try:
        return json.loads(
            text,
            parse_float=parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_parse_object if text.count("{") + text.count(":") <= MAX_VALUES else None,
        )
    except json.JSONDecodeError as error:
        raise BadPayload("", f"is not JSON (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise BadPayload("", f"is more than {JSON_DEPTH} levels deep") from None
    except (ValueError, ArithmeticError):  # of more digits, or a larger exponent, than Python reads
        raise BadPayload("", _TOO_LONG) from None


def clean_text(text: str) -> str | None:
    """The text in NFC without NUL and outer blanks, shortened; None if nothing that can be seen is left."""
    cleaned = shorten(_without_unstorable(text)).strip()
    if cleaned.isascii() and cleaned.isprintable():
        return cleaned or None
    cleaned = unicodedata.normalize("NFC", cleaned).strip()
    visible = any(unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for character in cleaned)
    return cleaned if visible else None


def _may_be_unstorable(body: bytes) -> bool:
    """Without an escape, or a NUL as it is, no text can hold what cannot be stored."""
    return b"\\u" in body or b"\x00" in body


def _storable(document: Json, whole: bool, is_doubtful: bool) -> Json:
    """The document with text that databases take, refused where it is too deep to walk through.

    Level by level: where the values are too many, the deepest are left out, so that a long list costs no address.

    is_doubtful  its names may hold what cannot be stored
    """
    found = [document]
    level: list[Any] = [found]
    left = MAX_VALUES
    for _ in range(JSON_DEPTH + 1):
        deeper: list[Any] = []
        for parent in level:
            if is_doubtful and isinstance(parent, dict):
                _clean_names(parent)
            for key in _store_values(parent, whole, is_doubtful):
                parent[key] = kept = parent[key] if whole else _cut(parent[key], min(MAX_ENTRIES, left))
                left -= len(kept)
                deeper.append(kept)
        level = deeper
    if level:
        raise BadPayload("", f"is more than {JSON_DEPTH} levels deep")
    return found[0]


def _store_values(parent: Any, whole: bool, is_doubtful: bool) -> list[Any]:
    """Its texts and numbers as they are stored; the keys of its lists and objects that hold something."""
    if len(parent) > MANY and parent.__class__ is list and not is_doubtful and _is_plain(parent):
        return []
    nested = []
    for key, value in parent.items() if isinstance(parent, dict) else enumerate(parent):
        kind = value.__class__
        if kind is str:
            if is_doubtful or len(value) > MAX_MARKS:  # else it can be stored as it is
                parent[key] = _without_unstorable(value if whole or _may_be_json(value) else shorten(value))
        elif kind in _NESTED:
            if value:
                nested.append(key)
        elif kind is int:
            if not -_MORE < value < _MORE:
                raise BadPayload("", _TOO_LONG)
        elif kind is Decimal or kind is bytes:
            parent[key] = _exact(value)
    return nested


def _is_plain(values: list[Any]) -> bool:
    """Whether all of these can be stored as they are, and hold nothing; asked without a step of our own for each."""
    kinds = set(map(type, values))
    if kinds <= _NESTED:
        return not any(values)
    if kinds == {int}:
        return bool(max(values) < _MORE and min(values) > -_MORE)
    return kinds == {str} and bool(max(map(len, values)) <= MAX_MARKS)


def _cut(value: list[Json] | dict[str, Json], size: int) -> list[Json] | dict[str, Json]:
    if len(value) <= size:
        return value
    return value[:size] if isinstance(value, list) else dict(islice(value.items(), size))


def _may_be_json(text: str) -> bool:
    """Whether a platform may read a document in this text: cut, it would be none."""
    return text.lstrip()[:1] in ("{", "[")


def _parse_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if not pairs:
        return {}
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadPayload("", _TWICE)
    return found


def _clean_names(found: dict[str, Json]) -> None:
    """Its names, in their order, without what cannot be stored."""
    if not any(_UNSTORABLE.search(name) for name in found):
        return
    cleaned = {_without_unstorable(name): value for name, value in found.items()}
    if len(cleaned) != len(found):
        raise BadPayload("", _TWICE)
    found.clear()
    found.update(cleaned)


def _exact(number: Decimal | bytes) -> Decimal:
    try:
        exact = number if isinstance(number, Decimal) else Decimal(number.decode())
    except ArithmeticError:
        raise BadPayload("", _TOO_LONG) from None
    if abs(exact.adjusted()) > MAX_NUMBER_LENGTH or len(str(exact)) > MAX_NUMBER_LENGTH:
        raise BadPayload("", _TOO_LONG)
    return exact


def _refuse_constant(text: str) -> NoReturn:
    raise BadPayload("", "holds NaN or Infinity")


def _without_unstorable(text: str) -> str:
    if _UNSTORABLE.search(text) is None:
        return text
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
