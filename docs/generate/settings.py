"""The settings, from their registry."""

from __future__ import annotations

from bridge.core.model.texts import Language
from bridge.settings import SETTINGS, Setting
from docs.generate.markdown import Blocks, code, table

HEADS = {"en": ("setting", "default", "read by", "means"), "vi": ("thiết lập", "mặc định", "dùng bởi", "ý nghĩa")}
NEEDED = {"en": "none; needed", "vi": "không có; bắt buộc"}
SECRET = {"en": " A secret.", "vi": " Là bí mật."}
READERS = {
    "en": {"web": "web", "worker": "worker", "commands": "commands"},
    "vi": {"web": "web", "worker": "worker", "commands": "các lệnh"},
}
EVERY = {"en": "all", "vi": "tất cả"}


def all_settings(language: Language) -> str:
    return table(HEADS[language], [_row(setting, language) for setting in SETTINGS])


def _row(setting: Setting, language: Language) -> tuple[str, str, str, str]:
    words = READERS[language]
    readers = (
        EVERY[language] if set(setting.read_by) == set(words) else ", ".join(words[one] for one in setting.read_by)
    )
    default = code(setting.default) if setting.default else NEEDED[language] if setting.needed else "–"
    means = setting.means[0 if language == "vi" else 1].rstrip(".")
    said = f"{means[:1].upper()}{means[1:]}.{SECRET[language] if setting.secret else ''}"
    return code(setting.name), default, readers, said


BLOCKS: Blocks = {"settings": all_settings}
