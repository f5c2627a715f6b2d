"""Reading single values out of a platform's document: text, amounts, times, ids.

`find_` gives the value or None; `get_` the value or BadPayload. Whatever the document holds,
nothing but BadPayload escapes, and its pointer names the place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from bridge.core.model import BadPayload, Json
from bridge.lib import jsonschema as schema
from bridge.lib.strictjson import clean_text

MAX_ID_LENGTH = 200
YEARS = range(1970, 9000)  # of an instant that is set; the calendar's last has no room for a zone or a span

_AMOUNT = re.compile(r"[+-]?[0-9]{1,24}(\.[0-9]{1,12})?")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,12})?)?)? ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_KEY_PART = re.compile(r"[A-Za-z0-9._/+=:@-]{1,128}")


@dataclass(frozen=True, repr=False)
class OddPart:
    """What stands under a key of this list or object, and is not what was looked for there."""

    parent: Json
    key: str | int
    problem: str


_odd: ContextVar[list[OddPart] | None] = ContextVar("odd", default=None)


@contextmanager
def collect_odd() -> Iterator[list[OddPart]]:
    """The parts that are read as if nothing stood there, while this lasts: of another shape than what is looked for."""
    found: list[OddPart] = []
    token = _odd.set(found)
    try:
        yield found
    finally:
        _odd.reset(token)


def _tell_odd(parent: Json, key: str | int, problem: str) -> None:
    collected = _odd.get()
    if collected is not None:
        collected.append(OddPart(parent, key, problem))


def find(document: Json, *path: str | int) -> Json:
    """The value at this path; None where a step is absent or leads through something else."""
    value: Json = document
    parent: Json = None
    key: str | int | None = None
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value, parent, key = value.get(step), value, step
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value, parent, key = value[step], value, step
        else:
            if value is not None and key is not None and not isinstance(step, int):
                _tell_odd(parent, key, "is not a JSON object")
            return None
    return value


def to_text(value: Json) -> str | None:
    """Clean text of a text or a number; None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        # 8.49123E+10 stays so: digits that it does not hold must not look as if somebody had written them.
        return str(value) if value.adjusted() > len(value.as_tuple().digits) - 1 else f"{value:f}"
    return clean_text(value) if isinstance(value, str) else None


def find_text(document: Json, *path: str | int) -> str | None:
    value = find(document, *path)
    if isinstance(value, dict | list | bool):
        _tell_odd(find(document, *path[:-1]), path[-1], "is not text")
    return to_text(value)


def find_texts(document: Json, *path: str | int) -> list[str]:
    """The texts of the list at this path, without blank ones."""
    entries = find_list(document, *path)
    found = (find_text(entries, position) for position in range(len(entries)))
    return [text for text in found if text]


def find_list(document: Json, *path: str | int) -> list[Json]:
    value = find(document, *path)
    if value is not None and not isinstance(value, list):
        _tell_odd(find(document, *path[:-1]), path[-1], "is not a list")
    return value if isinstance(value, list) else []


def find_object(document: Json, *path: str | int) -> dict[str, Json]:
    value = find(document, *path)
    if value is not None and not isinstance(value, dict):
        _tell_odd(find(document, *path[:-1]), path[-1], "is not a JSON object")
    return value if isinstance(value, dict) else {}


def find_flag(document: Json, *path: str | int) -> bool:
    """Whether the value says yes: true, 1, and both as text. What is not there says no."""
    value = find(document, *path)
    word = value if isinstance(value, bool) or value is None else str(value).strip().lower()
    if word in (True, "true", "1"):
        return True
    if word not in (False, None, "false", "0", ""):
        _tell_odd(find(document, *path[:-1]), path[-1], "is neither true nor false")
    return False


def get_id(document: Json, *path: str | int) -> str:
    """An id as text: ids beyond 2**53 stay exact."""
    return to_id(find(document, *path), path)


def to_id(value: Json, path: tuple[str | int, ...]) -> str:
    """As `get_id`, for a value that was found at this path."""
    if value is None:
        raise BadPayload(schema.pointer(path), "is missing")
    text = to_text(value) if isinstance(value, int | str) else None
    if text is None or len(text) > MAX_ID_LENGTH:
        raise BadPayload(schema.pointer(path), "is not an id: a number, or a text that is not blank")
    return text


def find_amount(document: Json, *path: str | int) -> Decimal | None:
    """An exact amount of a number or a text of digits; None where there is none."""
    return to_amount(find(document, *path), path)


def to_amount(value: Json, path: tuple[str | int, ...]) -> Decimal | None:
    """As `find_amount`, for a value that was found at this path."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = f"{value:f}" if isinstance(value, Decimal) else str(value).strip()
    if isinstance(value, bool) or not _AMOUNT.fullmatch(text):
        raise BadPayload(schema.pointer(path), "is not an amount: digits, and a point before decimals")
    return Decimal(text)


def is_amount_text(text: str) -> bool:
    """Whether the text is digits, with a point before decimals."""
    return _AMOUNT.fullmatch(text) is not None


def get_amount(document: Json, *path: str | int) -> Decimal:
    amount = find_amount(document, *path)
    if amount is None:
        raise BadPayload(schema.pointer(path), "is missing")
    return amount


def find_instant(document: Json, *path: str | int, zone: tzinfo = UTC) -> datetime | None:
    """The instant, aware and UTC; a time without an offset is read in `zone`. None where there is none."""
    value = find(document, *path)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return parse_instant(value if isinstance(value, str) else "", zone)
    except ValueError:
        raise BadPayload(schema.pointer(path), "is not a time such as 2026-11-25T08:30:00+07:00") from None


def parse_instant(text: str, zone: tzinfo = UTC) -> datetime | None:
    """ISO 8601 as instant; digits after the microsecond are dropped; a year out of YEARS (0001, 9999) means "not set".

    Errors   ValueError: anything else
    """
    match = _INSTANT.fullmatch(text.strip())
    if not match:
        raise ValueError("not ISO 8601")
    if int(match.group(1)) not in YEARS:
        return None
    found = datetime.fromisoformat(text.strip())
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def get_object(document: Json) -> dict[str, Json]:
    if not isinstance(document, dict):
        raise BadPayload("", "is not a JSON object")
    return document


def each_line(document: Json, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """The entries of the list at this path that are objects, each with the path to it; none where there is no list."""
    lines = find_list(document, *path)
    for position in range(len(lines)):
        if line := find_object(lines, position):
            yield (*path, position), line


def join_key(*parts: str) -> str:
    """A deduplication key of these parts: short, storable, and equal only if all parts are equal."""
    return "|".join(part if _KEY_PART.fullmatch(part) else f"sha256:{hash_text(part)}" for part in parts)


def hash_text(text: str) -> str:
    return hash_body(text.encode("utf-8", "surrogatepass"))


def hash_body(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
