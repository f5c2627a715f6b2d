"""Why words would jar in a buyer's ear: what `try --spoken` finds."""

from __future__ import annotations

HEARING = {
    "heard_empty": (
        "Biến “{field}” trống: người nghe sẽ nghe thấy một khoảng lặng.",
        "The variable “{field}” is empty: the listener hears a gap.",
    ),
    "heard_unused": (
        "Kịch bản không dùng biến “{field}”.",
        "The text does not use the variable “{field}”.",
    ),
    "heard_digits": (
        "Biến “{field}” còn số viết bằng chữ số; hãy dùng vnd_words, code_spell hoặc date_vi.",
        "The variable “{field}” still has digits; use vnd_words, code_spell or date_vi.",
    ),
    "heard_code": (
        "Biến “{field}” có mã mà giọng máy đọc không rõ; hãy dùng code_spell.",
        "The variable “{field}” holds a code that a voice cannot read; use code_spell.",
    ),
    "heard_long_list": (
        "Biến “{field}” liệt kê quá dài; hãy dùng item_list.",
        "The variable “{field}” lists too much; use item_list.",
    ),
    "heard_markup": (
        "Lời đọc còn ký hiệu hoặc liên kết không đọc được.",
        "The words still hold markup, signs or a link that cannot be said.",
    ),
    "heard_doubled_dong": (
        "Chữ “đồng” được đọc hai lần liền nhau; hãy bỏ một trong kịch bản hoặc trong biến.",
        "The currency is said twice in a row; take it out of the text or of the variable.",
    ),
    "heard_too_long": (
        "Lời đọc quá dài[ ({detail})].",
        "The words take too long[ ({detail})].",
    ),
}
