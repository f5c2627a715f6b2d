"""The settings, from their registry."""

from __future__ import annotations

from bridge.settings import SETTINGS, Setting
from docs.generate.markdown import Language, code, table

HEADS = {
    "en": ("setting", "default", "means", "read by"),
    "vi": ("thiết lập", "mặc định", "ý nghĩa", "nơi đọc"),
}
NONE = {"en": ("none", "none, needed"), "vi": ("không", "không, bắt buộc")}
READERS = {"web": "web", "worker": "worker", "commands": "lệnh"}


def all_settings(language: Language) -> str:
    rows = [
        (code(each.name), _default(each, language), each.means[language != "vi"], _readers(each, language))
        for each in SETTINGS
    ]
    return table(HEADS[language], rows)


def _default(setting: Setting, language: Language) -> str:
    return code(setting.default) if setting.default else NONE[language][setting.needed]


def _readers(setting: Setting, language: Language) -> str:
    return ", ".join(READERS[reader] if language == "vi" else reader for reader in setting.read_by)


BLOCKS = {"settings": all_settings}
