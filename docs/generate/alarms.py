"""The alarms, from their registry."""

from __future__ import annotations

import re

from bridge.core.model.texts import Language
from bridge.monitor.alarms import ALARMS
from docs.generate.markdown import Blocks, code, table

HEADS = {"en": ("alarm", "open while", "mend"), "vi": ("cảnh báo", "mở khi", "cách sửa")}


def all_alarms(language: Language) -> str:
    place = int(language == "en")
    rows = [(code(each.key), each.open_while[place], _with_code(each.mend[place])) for each in ALARMS]
    return table(HEADS[language], rows)


def _with_code(text: str) -> str:
    return re.sub(r"python -m bridge [^,;:]+", lambda found: code(found[0]), text)


BLOCKS: Blocks = {"alarms": all_alarms}
