"""Starts: complete rules to begin with, one YAML file each, commented in Vietnamese and English.

A line of comment begins with `#vi` or `#en`, whatever its indent, and is printed in its language alone.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
_COMMENT = re.compile(r"^( *)#(vi|en) (.*)$")


def list_starts() -> list[str]:
    """Their names, as `rules new --from` takes them."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def write_start(name: str, language: str, schema_url: str) -> str:
    """The start as a file that `check` accepts, with its comments in one language and the schema for editors."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in (_in_language(line, language) for line in lines) if line is not None]
    return "\n".join([f"# yaml-language-server: $schema={schema_url}", *kept, ""])


def _in_language(line: str, language: str) -> str | None:
    found = _COMMENT.match(line)
    if found is None:
        return line
    return f"{found[1]}# {found[3]}" if found[2] == language else None
