"""The language of this command: Vietnamese or English."""

from __future__ import annotations

from typing import Literal

import click

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
Text = tuple[str, str]  # Vietnamese, English


def current_language() -> Language:
    """As --lang or BRIDGE_LANG asks for, else as the command's own default is; English outside a command."""
    context = click.get_current_context(silent=True)
    language: Language | None = context.find_root().obj if context else None
    return language or "en"


def text(vietnamese: str, english: str, /, **facts: object) -> str:
    """One of the two texts, its {names} filled with `facts`."""
    chosen = vietnamese if current_language() == "vi" else english
    return chosen.format(**facts) if facts else chosen
