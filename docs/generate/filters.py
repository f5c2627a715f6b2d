"""The filters of the rule language, each with the example that a test runs."""

from __future__ import annotations

from bridge.core.model.texts import Language
from bridge.rules.filters import FILTERS
from docs.generate.markdown import Blocks, code, table

HEADS = {
    "en": ("filter", "takes", "makes", "what it does", "example", "says"),
    "vi": ("bộ lọc", "nhận", "tạo ra", "việc nó làm", "ví dụ", "đọc là"),
}
KINDS = {
    "any": ("anything", "bất kỳ"),
    "boolean": ("true or false", "đúng hoặc sai"),
    "list": ("list", "danh sách"),
    "number": ("number", "số"),
    "phone": ("phone", "số điện thoại"),
    "text": ("text", "chữ"),
    "time": ("time", "thời gian"),
    "words": ("words", "lời đọc"),
}


def all_filters(language: Language) -> str:
    place = 1 if language == "vi" else 0
    rows = [
        (
            code(each.signature),
            KINDS[each.takes][place],
            KINDS[each.returns][place],
            each.vi if language == "vi" else each.en,
            code(each.example[0]),
            each.example[1] or "–",
        )
        for each in FILTERS.values()
    ]
    return table(HEADS[language], rows)


BLOCKS: Blocks = {"filters": all_filters}
