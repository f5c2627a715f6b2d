"""How far a long command is, on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time

import click

from bridge.cli.shared.language import text
from bridge.core.model.texts import Text

WIDTH = 30
BAR_SECONDS = 0.1
LINE_SECONDS = 10


class Progress:
    """`what` is counted, such as "placed", up to `total` where that is known. A short work shows nothing."""

    def __init__(self, what: Text, total: int | None = None) -> None:
        self._what = text(*what)
        self._total = total
        self._is_terminal = sys.stderr.isatty()
        self._next = time.monotonic() + self._interval
        self._is_open = False

    @property
    def _interval(self) -> float:
        return BAR_SECONDS if self._is_terminal else LINE_SECONDS

    def show(self, done: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._interval
        self._is_open = self._is_terminal
        click.echo(self._line(done), nl=not self._is_terminal, err=True)

    def end(self) -> None:
        """What follows begins on a line of its own."""
        if self._is_open:
            click.echo("\r" + " " * (WIDTH + 40) + "\r", nl=False, err=True)

    def _line(self, done: int) -> str:
        if self._total is None:
            shown = f"{done} {self._what}"
        else:
            filled = WIDTH * done // max(self._total, 1)
            bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] " if self._is_terminal else ""
            of = text("trên", "of")
            shown = f"{bar}{done} {of} {self._total} {self._what}"
        return f"\r{shown}" if self._is_terminal else shown
