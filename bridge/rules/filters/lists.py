"""Filters of lists, with Liquid's meaning and a bound on what each can make."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.model import Json
from bridge.rules.filters.filter import Filter
from bridge.rules.filters.values import (
    MAX_LIST,
    MAX_TEXT,
    field_of,
    is_number,
    items_of,
    number_of,
    number_text,
    same,
    text_of,
    whole_of,
)


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
    """Return a part, as Liquid's `slice`: a negative start counts from the end."""
    whole: Json = items_of(value) if isinstance(value, list | tuple) else text_of(value)
    begin, count = whole_of(start), max(0, whole_of(length))
    if begin < 0:
        begin += len(whole)
    return whole[begin : begin + count] if begin >= 0 else whole[:0]


def pick(value: Json, field: Json) -> list[Json]:
    """Return, as Liquid's `map`, one field of every item."""
    return [field_of(item, field) for item in items_of(value)]


def where(value: Json, field: Json, wanted: Json = None) -> list[Json]:
    return [item for item in items_of(value) if _matches(item, field, wanted)]


def reject(value: Json, field: Json, wanted: Json = None) -> list[Json]:
    return [item for item in items_of(value) if not _matches(item, field, wanted)]


def _matches(item: Json, field: Json, wanted: Json) -> bool:
    found = field_of(item, field)
    return found is not None and found is not False if wanted is None else same(found, wanted)


def sort(value: Json, field: Json = None) -> list[Json]:
    """In rising order; what is null, or lacks the field, comes last."""
    pairs = [(item if field is None else field_of(item, field), item) for item in items_of(value)]
    known = [pair for pair in pairs if pair[0] is not None]
    if not (all(isinstance(by, str) for by, _ in known) or all(is_number(by) for by, _ in known)):
        raise ValueError("needs values of one kind: all numbers or all texts")
    return [item for _, item in sorted(known, key=lambda pair: pair[0])] + [item for by, item in pairs if by is None]


def uniq(value: Json, field: Json = None) -> list[Json]:
    """Without repeats: the first of equal items, or of items with an equal field, stays."""
    kept: dict[str, Json] = {}
    for item in items_of(value):
        by = item if field is None else field_of(item, field)
        kept.setdefault(f"#{number_text(number_of(by))}" if is_number(by) else repr(by), item)
    return list(kept.values())


def compact(value: Json, field: Json = None) -> list[Json]:
    return [item for item in items_of(value) if (item if field is None else field_of(item, field)) is not None]


def reverse(value: Json) -> list[Json]:
    return items_of(value)[::-1]


def concat(value: Json, other: Json) -> list[Json]:
    return items_of([items_of(value), items_of(other)])


FILTERS = (
    Filter(
        name="compact",
        work=compact,
        takes="list",
        returns="list",
        vi="Bỏ phần tử null, hoặc phần tử thiếu trường này.",
        en="Leaves out what is null, or what lacks the field.",
        example=("{{ order.tags | compact | join: ', ' }}", "vip, zalo, vip"),
        weight=5,
    ),
    Filter(
        name="concat",
        work=concat,
        takes="list",
        returns="list",
        vi="Nối hai danh sách.",
        en="Makes one list of two.",
        example=("{{ order.tags | concat: order.tags | compact | size }}", "6"),
        weight=5,
    ),
    Filter(
        name="first",
        work=first,
        takes="list",
        returns="any",
        vi="Phần tử đầu của danh sách.",
        en="The first of a list.",
        example=("{{ items | map: 'title' | first }}", "Áo len"),
    ),
    Filter(
        name="join",
        work=join,
        takes="list",
        returns="text",
        vi="Nối các phần tử thành một đoạn, giữa chúng là dấu này.",
        en="Makes one text of a list, with a sign between its parts.",
        example=("{{ items | map: 'title' | join: ', ' }}", "Áo len, Khăn"),
        weight=5,
    ),
    Filter(
        name="last",
        work=last,
        takes="list",
        returns="any",
        vi="Phần tử cuối của danh sách.",
        en="The last of a list.",
        example=("{{ items | map: 'title' | last }}", "Khăn"),
    ),
    Filter(
        name="map",
        work=pick,
        takes="list",
        returns="list",
        vi="Lấy một trường của mỗi phần tử.",
        en="Takes one field of every item.",
        example=("{{ items | map: 'title' | join: ', ' }}", "Áo len, Khăn"),
        weight=5,
    ),
    Filter(
        name="reject",
        work=reject,
        takes="list",
        returns="list",
        vi="Bỏ các phần tử có trường này bằng giá trị này (không ghi giá trị: có giá trị bất kỳ).",
        en="Leaves out the items whose field is this value (without a value: is anything but null and false).",
        example=("{{ items | reject: 'title', 'Khăn' | map: 'title' | join: ', ' }}", "Áo len"),
        weight=5,
    ),
    Filter(
        name="reverse",
        work=reverse,
        takes="list",
        returns="list",
        vi="Đảo ngược thứ tự.",
        en="Turns the order round.",
        example=("{{ items | map: 'title' | reverse | join: ', ' }}", "Khăn, Áo len"),
        weight=5,
    ),
    Filter(
        name="size",
        work=size,
        takes="any",
        returns="number",
        vi="Số phần tử của danh sách, hoặc số ký tự của một đoạn chữ.",
        en="How many items a list has, or how many characters a text.",
        example=("{{ items | size }}", "2"),
    ),
    Filter(
        name="slice",
        work=cut,
        takes="any",
        returns="any",
        vi="Một đoạn, tính từ vị trí này (0 là đầu, số âm đếm từ cuối).",
        en="A part, from this position on (0 is the first, a negative one counts from the end).",
        example=("{{ order.number | slice: -4, 4 }}", "1053"),
    ),
    Filter(
        name="sort",
        work=sort,
        takes="list",
        returns="list",
        vi="Xếp tăng dần, theo một trường nếu có ghi; phần tử null đứng cuối.",
        en="Sorts in rising order, by a field if one is named; null comes last.",
        example=("{{ items | sort: 'price' | map: 'title' | join: ', ' }}", "Khăn, Áo len"),
        weight=8,
    ),
    Filter(
        name="split",
        work=split,
        takes="text",
        returns="list",
        vi="Tách thành danh sách tại mỗi dấu này.",
        en="Makes a list of a text, cut at every such sign.",
        example=("{{ order.number | split: '-' | last }}", "1053"),
    ),
    Filter(
        name="uniq",
        work=uniq,
        takes="list",
        returns="list",
        vi="Bỏ phần tử lặp lại.",
        en="Leaves out what is repeated.",
        example=("{{ order.tags | compact | uniq | join: ', ' }}", "vip, zalo"),
        weight=5,
    ),
    Filter(
        name="where",
        work=where,
        takes="list",
        returns="list",
        vi="Giữ các phần tử có trường này bằng giá trị này (không ghi giá trị: có giá trị bất kỳ).",
        en="Keeps the items whose field is this value (without a value: is anything but null and false).",
        example=("{{ items | where: 'title', 'Khăn' | map: 'quantity' | first }}", "1"),
        weight=5,
    ),
)
