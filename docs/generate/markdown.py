"""Markdown of tables and cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from bridge.core.model import Json

# Name of a block -> (language, arguments) -> its Markdown
Blocks = Mapping[str, Callable[..., str]]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(value: Json) -> str:
    """The value as JSON in code, a text without its quotes."""
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    """On one line; outside of code, `<` would begin a tag of HTML."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))
