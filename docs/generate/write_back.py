"""What is written back on each platform, from what each says about itself."""

from __future__ import annotations

from bridge.core.model.texts import Language
from bridge.core.platform import Platform
from bridge.platforms import list_platforms
from bridge.rules.write_back import KINDS
from docs.generate.markdown import Blocks, code, table

HEADS = {
    "en": ("platform", "action", "what it is there", "before anything is sent again", "their message about it"),
    "vi": ("nền tảng", "việc", "là gì ở đó", "trước khi gửi lại", "tin của họ về việc đó"),
}
RIGHTS = {"en": ("platform", "settings", "rights"), "vi": ("nền tảng", "thiết lập", "quyền")}
NONE = {"en": ("platform", "why not"), "vi": ("nền tảng", "vì sao không")}


def all_write_backs(language: Language) -> str:
    place = int(language == "en")
    rows = []
    for platform, back in ((each, each.write_back) for each in list_platforms()):
        if back is None:
            continue
        for n, kind in enumerate(kind for kind in KINDS if kind in back.does):
            once = (platform.title, back.again[place], back.echoes[place]) if n == 0 else ("", "", "")
            rows.append((once[0], code(kind), back.does[kind][place], *once[1:]))
    return table(HEADS[language], rows)


def all_rights(language: Language) -> str:
    place = int(language == "en")
    rows = [
        (platform.title, _groups(platform), platform.write_back.scopes[place])
        for platform in list_platforms()
        if platform.write_back
    ]
    return table(RIGHTS[language], rows)


def none_written(language: Language) -> str:
    place = int(language == "en")
    rows = [
        (platform.title, platform.no_write_back[place]) for platform in list_platforms() if platform.write_back is None
    ]
    return table(NONE[language], rows)


def _groups(platform: Platform) -> str:
    groups = platform.write_back.credentials if platform.write_back else ()
    return " / ".join(", ".join(map(code, group)) for group in groups)


BLOCKS: Blocks = {"write-back": all_write_backs, "write-back-rights": all_rights, "write-back-none": none_written}
