"""Filters of texts, with Liquid's meaning and a bound on what each can make."""

from __future__ import annotations

from bridge.core.model import Json
from bridge.rules.filters.filter import Filter
from bridge.rules.filters.values import MAX_TEXT, is_blank, short, text_of, whole_of


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


FILTERS = (
    Filter(
        name="append",
        work=append,
        takes="text",
        returns="text",
        vi="Nối thêm một đoạn vào cuối.",
        en="Puts a text behind the value.",
        example=("{{ 'Áo' | append: ' len' }}", "Áo len"),
    ),
    Filter(
        name="capitalize",
        work=capitalize,
        takes="text",
        returns="text",
        vi="Viết hoa chữ đầu, các chữ còn lại viết thường.",
        en="Makes the first letter a capital and all others small.",
        example=("{{ 'ÁO LEN' | capitalize }}", "Áo len"),
    ),
    Filter(
        name="default",
        work=default,
        takes="any",
        returns="any",
        vi="Lấy giá trị khác khi giá trị này trống hoặc là false; số 0 không phải là trống. Thêm allow_false: true để "
        "giữ false.",
        en="Takes another value where this one is blank or false; 0 is neither. With allow_false: true, false stays.",
        example=("{{ order.note | default: 'không có ghi chú' }}", "không có ghi chú"),
    ),
    Filter(
        name="downcase",
        work=downcase,
        takes="text",
        returns="text",
        vi="Chuyển thành chữ thường.",
        en="Makes all letters small.",
        example=("{{ 'ÁO LEN' | downcase }}", "áo len"),
    ),
    Filter(
        name="lstrip",
        work=lstrip,
        takes="text",
        returns="text",
        vi="Bỏ khoảng trắng ở đầu.",
        en="Takes the blanks at the beginning away.",
        example=("{{ '  Áo len' | lstrip }}", "Áo len"),
    ),
    Filter(
        name="prepend",
        work=prepend,
        takes="text",
        returns="text",
        vi="Thêm một đoạn vào đầu.",
        en="Puts a text before the value.",
        example=("{{ 'len' | prepend: 'Áo ' }}", "Áo len"),
    ),
    Filter(
        name="remove",
        work=remove,
        takes="text",
        returns="text",
        vi="Xóa mọi chỗ có đoạn này.",
        en="Takes a text out, wherever it stands.",
        example=("{{ order.number | remove: '#' }}", "DH-1053"),
    ),
    Filter(
        name="replace",
        work=replace,
        takes="text",
        returns="text",
        vi="Thay mọi chỗ có đoạn này bằng đoạn khác.",
        en="Puts one text in the place of another, wherever that stands.",
        example=("{{ order.number | replace: '#DH-', 'đơn ' }}", "đơn 1053"),
    ),
    Filter(
        name="rstrip",
        work=rstrip,
        takes="text",
        returns="text",
        vi="Bỏ khoảng trắng ở cuối.",
        en="Takes the blanks at the end away.",
        example=("{{ 'Áo len  ' | rstrip }}", "Áo len"),
    ),
    Filter(
        name="strip",
        work=strip,
        takes="text",
        returns="text",
        vi="Bỏ khoảng trắng ở hai đầu.",
        en="Takes the blanks at both ends away.",
        example=("{{ '  Áo len  ' | strip }}", "Áo len"),
    ),
    Filter(
        name="strip_newlines",
        work=strip_newlines,
        takes="text",
        returns="text",
        vi="Bỏ dấu xuống dòng.",
        en="Takes line breaks out.",
        example=("{{ 'Áo len' | strip_newlines }}", "Áo len"),
    ),
    Filter(
        name="truncate",
        work=truncate,
        takes="text",
        returns="text",
        vi="Cắt còn tối đa chừng ấy ký tự, kể cả đoạn kết.",
        en="Cuts to so many characters, the end included.",
        example=("{{ 'Áo len cổ lọ màu đỏ' | truncate: 12, '…' }}", "Áo len cổ l…"),
    ),
    Filter(
        name="truncatewords",
        work=truncatewords,
        takes="text",
        returns="text",
        vi="Cắt còn tối đa chừng ấy chữ, rồi thêm đoạn kết.",
        en="Cuts to so many words, and puts the end behind them.",
        example=("{{ 'Áo len cổ lọ màu đỏ' | truncatewords: 2, '' }}", "Áo len"),
    ),
    Filter(
        name="upcase",
        work=upcase,
        takes="text",
        returns="text",
        vi="Chuyển thành chữ hoa.",
        en="Makes all letters capitals.",
        example=("{{ 'áo len' | upcase }}", "ÁO LEN"),
    ),
)
