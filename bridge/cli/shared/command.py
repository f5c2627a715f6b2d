"""How a command is declared: its name, its help in Vietnamese and English, its options, and --lang."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from bridge.cli.shared.language import LANGUAGES, choose_language, text, written_language
from bridge.core.model.texts import Text

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# What click adds to an option's help.
_EXTRAS = {"[default: ": "[mặc định: ", "; default: ": "; mặc định: ", "[required]": "[bắt buộc]"}


class Option(click.Option):
    """An option whose help is in the chosen language."""

    def __init__(self, names: list[str], *, help: Text, **rest: Any) -> None:  # noqa: A002  as click calls it
        super().__init__(names, help=help[1], **rest)
        self.texts = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = text(*self.texts)
        record = super().get_help_record(ctx)
        if record is None:
            return None
        name, shown = record
        for english, vietnamese in _EXTRAS.items():
            shown = shown.replace(english, text(vietnamese, english))
        return name, shown


class Command(click.Command):
    """A command whose help is in the chosen language."""

    texts: Text

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        choose_language(ctx, written_language(args))  # also where --help stands before it
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=text("Cách dùng: ", "Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = text(*self.texts)
        super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [option.get_help_record(ctx) for option in options]
        with formatter.section(text("Tùy chọn", "Options")):
            formatter.write_dl([record for record in records if record is not None])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = text("Hiện trợ giúp này rồi thoát.", "Show this message and exit.")
        return option


class Group(Command, click.Group):
    """A command that has commands of its own.

    later  name -> `module:attribute` of those that import much, and are imported when somebody asks for them
    """

    later: Mapping[str, str] = MappingProxyType({})

    @property
    def parts(self) -> dict[str, Command]:
        """All its commands, imported."""
        context = click.Context(self)
        found = {name: self.get_command(context, name) for name in self.list_commands(context)}
        return {name: part for name, part in found.items() if isinstance(part, Command)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.later:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.later[cmd_name].partition(":")
        made: click.Command = getattr(import_module(module), attribute)
        return made

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, first_sentence(part.texts)) for name, part in sorted(self.parts.items())]
        with formatter.section(text("Lệnh", "Commands")):
            formatter.write_dl(rows)

    def subcommand(self, name: str, texts: Text) -> Callable[[Callable[..., Any]], Command]:
        """Make a function the command `name` of this group; `texts` as for `command`."""

        def decorate(run: Callable[..., Any]) -> Command:
            made = command(name, texts)(run)
            self.add_command(made)
            return made

        return decorate


def command(name: str, texts: Text, *, language_variable: str | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Make a function the command `name`. The first paragraph of `texts` is what it does; the rest is help alone.

    language_variable  a variable of the environment that does as --lang
    """

    def decorate(run: Callable[..., Any]) -> Command:
        made = click.command(name, cls=Command, help=texts[1])(run)
        made.texts = texts
        made.params.append(language_option(language_variable))
        return made

    return decorate


def group(name: str, texts: Text, otherwise: Callable[..., Any] | None = None) -> Group:
    """The command `name`, which holds commands of its own; `otherwise`: what it does without one of them."""
    if otherwise is None:
        made = Group(name, help=texts[1], params=[language_option()])
    else:
        made = click.command(name, cls=Group, help=texts[1], invoke_without_command=True)(_alone(otherwise))
        made.params.append(language_option())
    made.texts = texts
    return made


def _alone(run: Callable[..., Any]) -> Callable[..., Any]:
    """Nothing, where one of the group's commands is run."""

    @wraps(run)
    def otherwise(**options: Any) -> Any:
        return None if click.get_current_context().invoked_subcommand else run(**options)

    return otherwise


def option(*names: str, help: Text, **rest: Any) -> Decorator:  # noqa: A002  as click calls it
    """An option with its help in Vietnamese and English; everything else as `click.option` takes it."""
    return click.option(*names, cls=Option, help=help, **rest)


def language_option(variable: str | None = None) -> Option:
    """--lang, which the command speaks, and those within it unless another is chosen for them."""
    return Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        envvar=variable,
        expose_value=False,
        is_eager=True,
        callback=lambda context, _, language: choose_language(context, language),
        help=("Ngôn ngữ; nếu không có thì theo BRIDGE_LANG.", "The language; without it, that of BRIDGE_LANG."),
    )


def first_sentence(texts: Text) -> str:
    """What a list of commands shows of a command's help."""
    paragraph, _, _ = text(*texts).partition("\n\n")
    sentence, _, _ = paragraph.partition(". ")
    return sentence.rstrip(".") + "."
