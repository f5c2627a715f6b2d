"""A file of settings, `.env`: NAME=value lines, as python-dotenv and shells read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")


class BadLine(ValueError):
    """A line that is none of NAME=value. `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


def read_env(text: str) -> dict[str, str]:
    """The values by their names, `${NAME}` in them left as it is. Errors: BadLine."""
    # Only who has such a file pays for it.
    from dotenv.parser import parse_stream  # noqa: PLC0415

    values = {}
    for line in parse_stream(StringIO(text)):
        if line.error or (line.key is not None and line.value is None):
            raise BadLine(line.original.line + _blank_lines(line.original.string))
        if line.key is not None:
            values[line.key] = line.value or ""
    return values


def write_env(values: Mapping[str, str]) -> str:
    """The lines that `read_env` reads as these values, which hold no line break."""
    return "".join(f"{name}={_quote(value)}\n" for name, value in values.items())


def _blank_lines(text: str) -> int:
    """A statement begins with the empty lines before it."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def _quote(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
