"""What is wrong with a shop's document or a configuration, in Vietnamese. It is found and stored in English."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest

from bridge.core.reasons.findings import CLAUSES, KINDS

# Longest first where one begins another.
_PHRASES: tuple[tuple[str, str], ...] = (
    ("has another type than documented", "có kiểu dữ liệu khác với tài liệu"),
    ("is missing: what happened is not said", "bị thiếu: không rõ chuyện gì đã xảy ra với đơn"),
    ("is missing: a currency such as VND", "bị thiếu: cần một loại tiền như VND"),
    ("is missing", "bị thiếu"),
    ("is not text", "không phải là chữ"),
    ("is not a JSON object", "không phải là đối tượng JSON"),
    ("is not a list of the order's lines", "không phải là danh sách các dòng hàng"),
    ("is not a line of an order", "không phải là một dòng hàng"),
    ("is not a list", "không phải là danh sách"),
    ("is neither true nor false", "không phải true cũng không phải false"),
    ("is not an id: a number, or a text that is not blank", "không phải là mã: cần một số hoặc chữ không trống"),
    (
        "is not an amount, or may mean two: write digits, and a point before decimals",
        "không phải là số tiền, hoặc có thể hiểu hai cách: hãy ghi chữ số, phần thập phân sau dấu chấm",
    ),
    (
        "is not an amount: digits, and a point before decimals",
        "không phải là số tiền: cần chữ số, phần thập phân sau dấu chấm",
    ),
    ("is not a time, or may mean two: write it such as", "không phải là giờ, hoặc có thể hiểu hai cách: hãy ghi như"),
    ("or take the field out of the source's `fields`", "hoặc bỏ trường này khỏi `fields` của cửa hàng"),
    ("is not a time such as", "không phải là giờ như"),
    ("is not a time: seconds or milliseconds since 1970", "không phải là giờ: cần số giây hoặc mili giây từ năm 1970"),
    ("is not a time: milliseconds since 1970", "không phải là giờ: cần số mili giây từ năm 1970"),
    ("is not a time: seconds since 1970", "không phải là giờ: cần số giây từ năm 1970"),
    ("is not a currency such as VND", "không phải là loại tiền như VND"),
    ("is not a currency of three letters", "không phải là loại tiền gồm ba chữ cái"),
    ("is not UTF-8", "không phải là UTF-8"),
    ("is not JSON", "không phải là JSON"),
    ("is an empty list: it holds no order", "là danh sách trống, không có đơn nào"),
    ("holds no order", "không có đơn nào"),
    ("holds more than", "có hơn"),
    ("orders: send them in several requests", "đơn: hãy gửi thành nhiều tin"),
    ("names a key twice in one object", "ghi một khóa hai lần trong cùng một đối tượng"),
    (", and nothing is written here", ", mà ở đây không ghi gì"),
    ("has no total: a subscription query must ask for", "không có tổng tiền: truy vấn đăng ký phải lấy"),
    ("must have the form", "phải có dạng"),
    ("must be one of:", "phải là một trong:"),
    ("must be", "phải là"),
    ("must not be empty", "không được để trống"),
)
_TYPES = {
    "a mapping of keys to values": "đối tượng",
    "a whole number": "số nguyên",
    "true or false": "true hoặc false",
    "a number": "số",
    "a list": "danh sách",
    "text": "chữ",
    " or ": " hoặc ",
}
_ENGLISH = re.compile("|".join(re.escape(english) for english, _ in _PHRASES))
_MEANT = dict(_PHRASES)
_MUST_BE = re.compile(r"phải là (?!một trong)[^;]*")
_TYPE = re.compile("|".join(map(re.escape, _TYPES)))


def problem_vi(detail: str) -> str:
    """The detail of `read_around` or `bad_payload` in Vietnamese; what is not known there stays as it is."""
    said = _ENGLISH.sub(lambda found: _MEANT[found[0]], detail)
    return _MUST_BE.sub(lambda found: _TYPE.sub(lambda kind: _TYPES[kind[0]], found[0]), said)


def finding_vi(message: str) -> str:
    """What `check` finds in a configuration, in Vietnamese; what is not known there stays as it is."""
    return "; ".join(_clause_vi(clause) for clause in message.split("; "))


def _clause_vi(clause: str) -> str:
    for english, vietnamese in _clauses():
        found = english.fullmatch(clause)
        if found:
            named = [KINDS.get(name, name) for name in found.groups()]
            return "".join(part + name for part, name in zip_longest(_PLACE.split(vietnamese), named, fillvalue=""))
    return problem_vi(clause)


@cache
def _clauses() -> tuple[tuple[re.Pattern[str], str], ...]:
    kinds = f"({'|'.join(sorted(KINDS, key=len, reverse=True))})"
    made = []
    for english, vietnamese in CLAUSES:
        places = [kinds if place == "{kind}" else "(.+?)" for place in _PLACE.findall(english)]
        parts = zip_longest(map(re.escape, _PLACE.split(english)), places, fillvalue="")
        made.append((re.compile("".join(map("".join, parts))), vietnamese))
    return tuple(made)


_PLACE = re.compile(r"\{\}|\{kind\}")
