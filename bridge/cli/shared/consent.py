"""Consent: what erases, ends calls or rings many is done only after a person agrees."""

from __future__ import annotations

import sys

import click

from bridge.cli.shared.command import option
from bridge.cli.shared.language import failure, misuse, text
from bridge.core.folding import fold

yes_option = option("--yes", is_flag=True, help=("Đồng ý, không hỏi lại.", "Agree: do not ask."))

_YES = frozenset({"y", "yes", "c", "co"})


def need_consent(vietnamese: str, english: str, *, yes: bool) -> None:
    """Return once a person agrees to this text, by --yes or on the terminal.

    A ClickException when they do not; a UsageError, before anything is done, where nobody can be asked.
    """
    if yes:
        return
    if not can_ask():
        raise misuse(
            f"{vietnamese}: chưa làm gì, vì ở đây không hỏi ai được; hãy thêm --yes để đồng ý",
            f"{english}: nothing was done, for nobody can be asked here; add --yes to agree",
        )
    question = text(
        f"{vietnamese[0].upper()}{vietnamese[1:]}. Làm không?", f"{english[0].upper()}{english[1:]}. Go on?"
    )
    answer = click.prompt(question, default="", show_default=False, err=True, prompt_suffix=text(" [c/K] ", " [y/N] "))
    if fold(answer) not in _YES:
        raise failure("bạn không đồng ý: chưa làm gì", "you did not agree: nothing was done")


def can_ask() -> bool:
    """Whether a person reads the question and can answer it; standard output may go elsewhere."""
    return sys.stdin.isatty() and sys.stderr.isatty()
