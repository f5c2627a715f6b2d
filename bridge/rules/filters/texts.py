"""Filters of texts and lists, with Liquid's meaning and a bound on what each can make."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.model import Json
from bridge.rules.filters.values import (
    MAX_LIST,
    MAX_TEXT,
    field_of,
    is_blank,
    is_number,
    items_of,
    number_of,
    number_text,
    same,
    short,
    text_of,
    whole_of,
)


def default(value: Json, other: Json, allow_false: Json = False) -> Json:
    """`other` for what is blank or false; 0 is neither."""
    return other if is_blank(value) or (value is False and allow_false is not True) else value


def replace(value: Json, old: Json, new: Json = "") -> str:
    text, sought, put = text_of(value), text_of(old), text_of(new)
    if not sought:
        return text
    if len(text) + text.count(sought) * len(put) > MAX_TEXT:
        raise ValueError(f"makes a text of more than {MAX_TEXT} characters")
    return text.replace(sought, put)


def remove(value: Json, old: Json) -> str:
    return replace(value, old)


def append(value: Json, end: Json) -> str:
    return short(text_of(value) + text_of(end))


def prepend(value: Json, start: Json) -> str:
    return append(start, value)


def upcase(value: Json) -> str:
    return text_of(value).upper()


def downcase(value: Json) -> str:
    return text_of(value).lower()


def capitalize(value: Json) -> str:
    text = text_of(value)
    return text[:1].upper() + text[1:].lower()


def strip(value: Json) -> str:
    return text_of(value).strip()


def lstrip(value: Json) -> str:
    return text_of(value).lstrip()


def rstrip(value: Json) -> str:
    return text_of(value).rstrip()


def strip_newlines(value: Json) -> str:
    return text_of(value).replace("\r", "").replace("\n", "")


def truncate(value: Json, length: Json = 50, end: Json = "...") -> str:
    text, most, tail = text_of(value), max(0, whole_of(length)), text_of(end)
    return text if len(text) <= most else short(text[: max(0, most - len(tail))] + tail)


def truncatewords(value: Json, count: Json = 15, end: Json = "...") -> str:
    text, most, tail = text_of(value), max(1, whole_of(count)), text_of(end)
    words = text.split()
    return text if len(words) <= most else short(" ".join(words[:most]) + tail)


def split(value: Json, separator: Json) -> list[str]:
    text, sign = text_of(value), text_of(separator)
    if not text:
        return []
    parts = list(text) if sign == "" else text.split(None if sign == " " else sign)
    if len(parts) > MAX_LIST:
        raise ValueError(f"makes a list of more than {MAX_LIST} values")
    return parts


def join(value: Json, separator: Json = " ") -> str:
    texts, sign = [text_of(item) for item in items_of(value)], text_of(separator)
    if sum(map(len, texts)) + len(sign) * len(texts) > MAX_TEXT:
        raise ValueError(f"makes a text of more than {MAX_TEXT} characters")
    return sign.join(texts)


def first(value: Json) -> Json:
    return value[0] if isinstance(value, list | tuple) and value else None


def last(value: Json) -> Json:
    return value[-1] if isinstance(value, list | tuple) and value else None


def size(value: Json) -> int:
    return len(value) if isinstance(value, str | list | tuple | Mapping) else 0


def cut(value: Json, start: Json, length: Json = 1) -> Json:
    """Liquid's `slice`: a negative start counts from the end."""
    whole: Json = items_of(value) if isinstance(value, list | tuple) else text_of(value)
    begin, count = whole_of(start), max(0, whole_of(length))
    if begin < 0:
        begin += len(whole)
    return whole[begin : begin + count] if begin >= 0 else whole[:0]


def pick(value: Json, key: Json) -> list[Json]:
    """Liquid's `map`: one field of every item."""
    return [field_of(item, key) for item in items_of(value)]


def where(value: Json, key: Json, wanted: Json = None) -> list[Json]:
    return [item for item in items_of(value) if _matches(item, key, wanted)]


def reject(value: Json, key: Json, wanted: Json = None) -> list[Json]:
    return [item for item in items_of(value) if not _matches(item, key, wanted)]


def _matches(item: Json, key: Json, wanted: Json) -> bool:
    found = field_of(item, key)
    return found is not None and found is not False if wanted is None else same(found, wanted)


def sort(value: Json, key: Json = None) -> list[Json]:
    """In rising order; what is null, or lacks the field, comes last."""
    pairs = [(item if key is None else field_of(item, key), item) for item in items_of(value)]
    known = [pair for pair in pairs if pair[0] is not None]
    if not (all(isinstance(by, str) for by, _ in known) or all(is_number(by) for by, _ in known)):
        raise ValueError("needs values of one kind: all numbers or all texts")
    return [item for _, item in sorted(known, key=lambda pair: pair[0])] + [item for by, item in pairs if by is None]


def uniq(value: Json, key: Json = None) -> list[Json]:
    """Without repeats: the first of equal items, or of items with an equal field, stays."""
    kept: dict[str, Json] = {}
    for item in items_of(value):
        by = item if key is None else field_of(item, key)
        kept.setdefault(f"#{number_text(number_of(by))}" if is_number(by) else repr(by), item)
    return list(kept.values())


def compact(value: Json, key: Json = None) -> list[Json]:
    return [item for item in items_of(value) if (item if key is None else field_of(item, key)) is not None]


def reverse(value: Json) -> list[Json]:
    return items_of(value)[::-1]


def concat(value: Json, other: Json) -> list[Json]:
    return items_of([items_of(value), items_of(other)])
