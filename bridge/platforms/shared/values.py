"""Reading single values out of a platform's document: text, amounts, times, ids.

`find_` gives the value or None; `get_` the value or BadPayload. Whatever the document holds,
nothing but BadPayload escapes, and its pointer names the place.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from bridge.core.model import BadPayload, Json, Note
from bridge.lib import jsonschema as schema
from bridge.lib.strictjson import clean_text

MAX_ID_LENGTH = 200
MAX_NESTED_TYPES = 4
_UNKNOWN = object()

_AMOUNT = re.compile(r"[+-]?[0-9]{1,24}(\.[0-9]{1,12})?")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,12})?)?)? ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_KEY_PART = re.compile(r"[A-Za-z0-9._/+=:@-]{1,128}")


def find(document: Json, *path: str | int) -> Json:
    """The value at this path; None where a step is absent or leads through something else."""
    value = document
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
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
    return to_text(find(document, *path))


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
    """ISO 8601 as instant; digits after the microsecond are dropped; a year before 1970 means "not set".

    Errors   ValueError: anything else
    """
    match = _INSTANT.fullmatch(text.strip())
    if not match:
        raise ValueError("not ISO 8601")
    if int(match.group(1)) < 1970:
        return None
    found = datetime.fromisoformat(text.strip())
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


def get_object(document: Json) -> dict[str, Json]:
    if not isinstance(document, dict):
        raise BadPayload("", "is not a JSON object")
    return document


def check_document(document: Json, platform: str, *needed: str) -> tuple[Note, ...]:
    """Return only if the document has what the adapter needs: these keys, and the platform's schema.

    What another program wrote in another type without losing anything is put right in the document itself; each such
    place is a note.
    """
    name = f"platforms/{platform}"
    notes: tuple[Note, ...] = ()
    # A usual document is judged once: this is called at deciding and again at each dialling.
    problems = schema.problems(document, name)
    if problems:
        notes = _put_types_right(document, name)
        problems = schema.problems(document, name) if notes else problems
    for key in needed:
        if find(document, key) is None:
            raise BadPayload(schema.pointer([key]), "is missing")
    for problem in problems:
        raise BadPayload(problem.pointer, problem.problem)
    return notes


def _put_types_right(document: Json, name: str) -> tuple[Note, ...]:
    notes: list[Note] = []
    # What stands inside a list that was an object is judged only once it is a list.
    for _ in range(MAX_NESTED_TYPES):
        # The deepest first: the paths of the others stay what they are.
        found = sorted(schema.mistyped(document, name), key=lambda place: len(place[0]), reverse=True)
        changed = False
        for path, types in found:
            if not path:
                continue
            parent = find(document, *path[:-1])
            meant = _meant(parent[path[-1]], types)
            if meant is not _UNKNOWN:
                parent[path[-1]] = meant
                notes.append(Note(schema.pointer(path), "has another type than documented"))
                changed = True
        if not changed:
            break
    return tuple(notes)


def _meant(value: Json, types: frozenset[str]) -> Json:
    """The value in one of these types, where nothing of it is lost; else _UNKNOWN.

    PHP writes an empty object as [], a list with a gap in its positions as an object, and false for what is not there
    (WooCommerce's plug-ins do all three).
    """
    if isinstance(value, bool):
        return None if not value and "null" in types else _UNKNOWN
    if isinstance(value, dict) and "array" in types and all(key.isdecimal() for key in value):
        return list(value.values())
    if value == [] and "object" in types:
        return {}
    if isinstance(value, str) and types & {"number", "integer"} and _AMOUNT.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int | Decimal) and "string" in types:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return _UNKNOWN


def join_key(*parts: str) -> str:
    """A deduplication key of these parts: short, storable, and equal only if all parts are equal."""
    return "|".join(part if _KEY_PART.fullmatch(part) else f"sha256:{hash_text(part)}" for part in parts)


def hash_text(text: str) -> str:
    return hash_body(text.encode("utf-8", "surrogatepass"))


def hash_body(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
