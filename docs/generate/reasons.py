"""Every reason code with its sentence."""

from __future__ import annotations

from bridge.core import reasons
from docs.generate.markdown import Language, code, table

# Title in English and Vietnamese, and the codes.
GROUPS = (
    ("Decisions", "Quyết định", reasons.DECISIONS),
    ("Phone numbers", "Số điện thoại", reasons.PHONES),
    ("What ends a waiting call", "Điều kết thúc cuộc gọi đang chờ", reasons.CANCELS),
    ("Why a call waits", "Vì sao cuộc gọi đang chờ", reasons.WAITS),
    ("How a call ends", "Cuộc gọi kết thúc ra sao", reasons.ENDS),
    ("Results on the phone", "Kết quả trên điện thoại", reasons.RESULTS),
    ("Unsure", "Chưa rõ", reasons.UNSURE),
    ("VBot's call records", "Lịch sử cuộc gọi của VBot", reasons.RECORDS),
    ("Deliveries", "Tin nhận được", reasons.DELIVERIES),
    ("Refused deliveries", "Tin bị từ chối", reasons.REFUSED),
    ("When a platform stops sending", "Khi nền tảng sắp ngừng gửi", reasons.PATIENCE),
    ("Missed orders", "Tìm đơn bị sót", reasons.POLLS),
    ("Orders that are fetched", "Hỏi thêm phần còn thiếu của đơn", reasons.FETCHES),
)
HEADS = {"en": ("code", "sentence", "in Vietnamese"), "vi": ("mã", "câu giải thích", "tiếng Anh")}


def all_reasons(language: Language) -> str:
    parts = []
    for english, vietnamese, codes in GROUPS:
        order = ("vi", "en") if language == "vi" else ("en", "vi")
        rows = [(code(one), *(reasons.sentence(one, words) for words in order)) for one in codes]
        parts += [f"## {vietnamese if language == 'vi' else english}", table(HEADS[language], rows)]
    return "\n\n".join(parts)


BLOCKS = {"reasons": all_reasons}
