"""The commands, from what `--help` prints."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bridge.cli.main import bridge
from docs.generate.markdown import Language, table

PROGRAM = "python -m bridge"
WIDTH = 100
HEADS = {"en": ("command", "what it does"), "vi": ("lệnh", "việc nó làm")}


def all_commands(language: Language) -> str:
    """A table of all commands, then the help of each."""
    found = list(_commands(bridge, PROGRAM))
    rows = [(f"[`{name}`](#{name.replace(' ', '-')})", command.get_short_help_str(200)) for name, command, _ in found]
    helps = (f"## {name}\n\n```text\n{shown}\n```" for name, _, shown in found)
    return "\n\n".join([table(HEADS[language], rows), *helps])


def _commands(group: click.Group, info_name: str, prefix: str = "") -> Iterator[tuple[str, click.Command, str]]:
    """Name, command and help of each command, those inside a group too."""
    context = click.Context(group, info_name=info_name)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if command is None:
            continue
        own = click.Context(command, info_name=f"{info_name} {word}", terminal_width=WIDTH, max_content_width=WIDTH)
        own.help_option_names = ["-h", "--help"]
        yield f"{prefix}{word}", command, command.get_help(own).strip()
        if isinstance(command, click.Group):
            yield from _commands(command, f"{info_name} {word}", f"{prefix}{word} ")


BLOCKS = {"commands": all_commands}
