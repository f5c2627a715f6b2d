"""The commands: one file each in `bridge/cli`, found by being there.

A file holds GROUP, HELP (Vietnamese and English) and `run`. The list is read without running any of the files, for they
import what they need; a file is imported when its command runs.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from bridge.core.model.texts import Text

FOLDER = Path(__file__).parents[1]
NO_COMMANDS = ("__init__", "main")

# In the order of the help.
GROUPS: Mapping[str, Text] = {
    "start": ("Chạy", "Start"),
    "configure": ("Cấu hình", "Configure"),
    "call": ("Gọi", "Call"),
    "look": ("Xem", "Look"),
    "act": ("Can thiệp", "Act"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the list of commands."""

    name: str
    group: str
    help: Text


@cache
def list_entries() -> tuple[Entry, ...]:
    """Every command, in the order of its group and name."""
    found = [_read(path) for path in FOLDER.glob("*.py") if path.stem not in NO_COMMANDS]
    return tuple(sorted(found, key=lambda entry: (list(GROUPS).index(entry.group), entry.name)))


def load(name: str) -> click.Command | None:
    """The command of this name; None if there is none."""
    # A word that Python keeps for itself has an underscore behind it: try_.py.
    stem = f"{name}_" if iskeyword(name) else name
    if not name.isalpha() or stem in NO_COMMANDS or not (FOLDER / f"{stem}.py").is_file():
        return None
    command: click.Command = import_module(f"bridge.cli.{stem}").run
    return command


def _read(path: Path) -> Entry:
    above, _, _ = path.read_text(encoding="utf-8").partition("\n@")
    values = {
        node.targets[0].id: node.value
        for node in ast.parse(above).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return Entry(path.stem.rstrip("_"), ast.literal_eval(values["GROUP"]), ast.literal_eval(values["HELP"]))
