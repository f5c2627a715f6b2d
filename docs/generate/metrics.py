"""The metrics, from their registry."""

from __future__ import annotations

from bridge.core.model.texts import Language
from bridge.monitor.metrics import METRICS
from docs.generate.markdown import Blocks, code, table

HEADS = {"en": ("metric", "kind", "labels", "means"), "vi": ("số đo", "loại", "nhãn", "ý nghĩa")}


def all_metrics(language: Language) -> str:
    place = int(language == "en")
    rows = [
        (code(each.name), each.kind, ", ".join(map(code, each.labels)) or "–", each.means[place]) for each in METRICS
    ]
    return table(HEADS[language], rows)


BLOCKS: Blocks = {"metrics": all_metrics}
