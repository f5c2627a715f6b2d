"""Every reason code with its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.core import reasons
from bridge.core.model.texts import Language
from docs.generate.markdown import Blocks, code, table

# What the reasons of each group are about, in English and Vietnamese; a group without a title bears its name.
TITLES = {
    "DECISIONS": ("Decisions", "Quyết định"),
    "PHONES": ("Phone numbers", "Số điện thoại"),
    "PASSED": ("Phone numbers that were passed over", "Số điện thoại bị bỏ qua"),
    "CANCELS": ("What ends a waiting call", "Điều kết thúc cuộc gọi đang chờ"),
    "WAITS": ("Why a call waits", "Vì sao cuộc gọi đang chờ"),
    "ENDS": ("How a call ends", "Cuộc gọi kết thúc ra sao"),
    "RESULTS": ("Results on the phone", "Kết quả trên điện thoại"),
    "UNSURE": ("Unsure", "Chưa rõ"),
    "RECORDS": ("VBot's call records", "Lịch sử cuộc gọi của VBot"),
    "DELIVERIES": ("Deliveries", "Tin nhận được"),
    "REFUSED": ("Refused deliveries", "Tin bị từ chối"),
    "STOPS": ("When a platform stops sending", "Khi nền tảng sắp ngừng gửi"),
    "POLLS": ("Missed orders", "Tìm đơn bị sót"),
    "WRITES": ("Results written back to the shop", "Ghi kết quả về cửa hàng"),
    "FETCHES": ("Orders that are fetched", "Hỏi thêm phần còn thiếu của đơn"),
}
HEADS = {"en": ("code", "sentence", "in Vietnamese"), "vi": ("mã", "câu giải thích", "tiếng Anh")}


def all_reasons(language: Language) -> str:
    parts = []
    for title, codes in _groups(language):
        order = ("vi", "en") if language == "vi" else ("en", "vi")
        rows = [(code(one), *(reasons.sentence(one, words) for words in order)) for one in codes]
        parts += [f"## {title}", table(HEADS[language], rows)]
    return "\n\n".join(parts)


def _groups(language: Language) -> Iterator[tuple[str, Mapping[str, object]]]:
    found = {name: value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, dict)}
    for name in [*(name for name in TITLES if name in found), *(name for name in found if name not in TITLES)]:
        if name != "SENTENCES":
            yield TITLES.get(name, (name.capitalize(),) * 2)[1 if language == "vi" else 0], found[name]


BLOCKS: Blocks = {"reasons": all_reasons}
