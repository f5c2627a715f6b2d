"""The command line: python -m bridge COMMAND. Exit 2 for a wrong call, 1 for a failure, one line on stderr."""

from __future__ import annotations

import os
import sys
import traceback

import click

from bridge import __version__
from bridge.cli.shared import registry
from bridge.cli.shared.language import text
from bridge.core.model import BadSetting, StoreDown


class Commands(click.Group):
    """The commands of the registry; the module of one is imported when it is asked for."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return registry.load(cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [entry.name for entry in registry.list_entries()]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        entries = registry.list_entries()
        width = max(len(entry.name) for entry in entries)
        formatter.write("\nCommands:\n")
        for group, title in registry.GROUPS.items():
            with formatter.section(text(*title)):
                rows = [
                    (entry.name.ljust(width), _first(text(*entry.help))) for entry in entries if entry.group == group
                ]
                formatter.write_dl(rows)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="VBot Bridge")
def bridge() -> None:
    """VBot Bridge: a shop's order becomes one phone call."""


def console() -> None:
    """The command `bridge` of .venv/bin."""
    main("bridge")


def main(program: str = "python -m bridge") -> None:
    """Run one command; every known failure is one line that says what to do."""
    try:
        code = bridge.main(prog_name=program, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except click.Abort:
        _fail("stopped", 1)
    except BadSetting as error:
        _fail(str(error), 1)
    except StoreDown as error:
        _fail(f"the database cannot be used ({error}); check DATABASE_URL, then run: python -m bridge migrate", 1)
    except BrokenPipeError:
        # Whoever read us, `head` for one, has enough; Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        # Its text may quote a name or a number; its place tells us as much.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _fail(f"the bridge failed: {type(error).__name__} at {place.filename}:{place.lineno}; please report it", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _first(help_text: str) -> str:
    """The first sentence."""
    return help_text.partition("\n\n")[0].partition(". ")[0].rstrip(".") + "."


def _fail(message: str, code: int) -> None:
    click.echo("error: " + " ".join(message.split()), err=True)
    sys.exit(code)
