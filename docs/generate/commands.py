"""The commands, from their registry and from what `--help` prints."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bridge.cli.main import bridge
from bridge.cli.shared.command import Command, Group
from bridge.cli.shared.language import choose_language, text
from bridge.cli.shared.registry import GROUPS, list_entries
from bridge.core.model.texts import Language
from docs.generate.markdown import Blocks, table

PROGRAM = "python -m bridge"
WIDTH = 100
HEADS = {"en": ("command", "what it does"), "vi": ("lệnh", "việc nó làm")}


def all_commands(language: Language) -> str:
    """A table of all commands in their groups, then the help of each."""
    with click.Context(bridge, info_name=PROGRAM, help_option_names=["-h", "--help"]) as root:
        choose_language(root, language)
        index = [table(HEADS[language], _index(root))]
        return "\n\n".join([*index, *_helps(root, bridge, "")])


def _index(root: click.Context) -> Iterator[tuple[str, str]]:
    for group, title in GROUPS.items():
        yield f"**{text(*title)}**", ""
        for entry in list_entries():
            command = bridge.get_command(root, entry.name)
            if entry.group == group and command is not None:
                yield from _rows(entry.name, text(*entry.help), command)


def _rows(name: str, help_text: str, command: click.Command) -> Iterator[tuple[str, str]]:
    said = " ".join(help_text.partition("\n\n")[0].split())
    yield f"[`{name}`](#{name.replace(' ', '-')})", said
    for word, part in _parts(command).items():
        yield from _rows(f"{name} {word}", text(*part.texts), part)


def _parts(command: click.Command) -> dict[str, Command]:
    """The commands of a group; none of another command."""
    return command.parts if isinstance(command, Group) else {}


def _helps(context: click.Context, group: click.Group, prefix: str) -> Iterator[str]:
    for word in sorted(group.list_commands(context)):
        command = group.get_command(context, word)
        if command is None:
            continue
        with click.Context(
            command, parent=context, info_name=word, terminal_width=WIDTH, max_content_width=WIDTH
        ) as own:
            yield f"## {prefix}{word}\n\n```text\n{command.get_help(own).strip()}\n```"
            if isinstance(command, click.Group):
                yield from _helps(own, command, f"{prefix}{word} ")


BLOCKS: Blocks = {"commands": all_commands}
