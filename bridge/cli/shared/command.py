"""How a command is declared: its name, its help in Vietnamese and English, and its options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from bridge.cli.shared.language import Text, text


class Command(click.Command):
    """A command whose help is in the language that was asked for."""

    texts: Text

    def get_help(self, ctx: click.Context) -> str:
        self.help = text(*self.texts)
        return super().get_help(ctx)


class Group(Command, click.Group):
    """A command that has commands of its own."""

    def subcommand(self, name: str, texts: Text) -> Callable[[Callable[..., Any]], Command]:
        """Make a function the command `name` of this group; `texts` as for `command`."""

        def decorate(run: Callable[..., Any]) -> Command:
            made = command(name, texts)(run)
            self.add_command(made)
            return made

        return decorate


def command(name: str, texts: Text) -> Callable[[Callable[..., Any]], Command]:
    """Make a function the command `name`. The first paragraph of `texts` says what it does; the rest is help alone."""

    def decorate(run: Callable[..., Any]) -> Command:
        made = click.command(name, cls=Command, help=texts[1])(run)
        made.texts = texts
        return made

    return decorate


def group(name: str, texts: Text) -> Group:
    """The command `name`, which only holds commands of its own."""
    made = Group(name, help=texts[1])
    made.texts = texts
    return made
