"""The language in which a command speaks to a person: Vietnamese or English."""

from __future__ import annotations

import click

from bridge.core.model.texts import Language

LANGUAGES: tuple[Language, ...] = ("vi", "en")

_KEY = "bridge.language"


def choose_language(context: click.Context, language: Language | None) -> None:
    """From now on the command of this context, and those within it, speak this language; None changes nothing."""
    if language is not None:
        context.meta[_KEY] = language


def current_language(default: Language = "en") -> Language:
    """By --lang or BRIDGE_LANG; `default` where neither is given, and outside a command."""
    context = click.get_current_context(silent=True)
    language: Language = context.meta.get(_KEY, default) if context else default
    return language


def text(vietnamese: str, english: str, /, **facts: object) -> str:
    """One of the two texts; where there are facts, its {names} are filled with them."""
    chosen = vietnamese if current_language() == "vi" else english
    return chosen.format(**facts) if facts else chosen


def say(vietnamese: str, english: str, *, err: bool = False) -> None:
    """Print one of the two lines."""
    click.echo(text(vietnamese, english), err=err)


def failure(vietnamese: str, english: str) -> click.ClickException:
    """The command cannot do it: one line, exit 1."""
    return click.ClickException(text(vietnamese, english))


def misuse(vietnamese: str, english: str) -> click.UsageError:
    """The command is not called as it should be: one line, exit 2."""
    return click.UsageError(text(vietnamese, english))
