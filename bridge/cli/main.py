"""The command line: python -m bridge COMMAND. Exit 2 for a wrong call, 1 for a failure, one line on stderr."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Any

import click

from bridge import __version__
from bridge.cli.shared import registry
from bridge.cli.shared.command import Group, Option, first_sentence, language_option
from bridge.cli.shared.language import choose_language, failure, text, usage_text
from bridge.core.model import BadSetting, StoreDown
from bridge.core.model.texts import Text
from bridge.lib.late import import_late
from bridge.settings import BY_NAME, wants_colours

HELP: Text = (
    "VBot Bridge: mỗi đơn hàng của cửa hàng thành một cuộc gọi.",
    "VBot Bridge: a shop's order becomes one phone call.",
)


class Commands(Group):
    """The commands of the registry; the module of one is imported when it is needed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        choose_language(ctx, BY_NAME["BRIDGE_LANG"].read())
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = registry.load(cmd_name)
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [entry.name for entry in registry.list_entries()]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The commands, from the registry: to complete a name imports none of them."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        entries = [entry for entry in registry.list_entries() if entry.name.startswith(incomplete)]
        entries.sort(key=lambda entry: entry.name)
        return [CompletionItem(entry.name, help=first_sentence(entry.help)) for entry in entries]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        entries = registry.list_entries()
        width = max(len(entry.name) for entry in entries)
        formatter.write(text("\nLệnh:\n", "\nCommands:\n"))
        for group, title in registry.GROUPS.items():
            rows = [(entry.name.ljust(width), first_sentence(entry.help)) for entry in entries if entry.group == group]
            with formatter.section(text(*title)):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a setting that is wrong, or a database that is down, is a line in its language."""
        try:
            return super().invoke(ctx)
        except BadSetting as error:
            raise click.ClickException(text(error.vietnamese, str(error))) from None
        except click.Abort:
            raise failure("đã dừng", "stopped") from None
        except StoreDown as error:
            raise click.ClickException(text(error.vietnamese, str(error))) from None


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"VBot Bridge {__version__}")
        context.exit()


bridge = Commands(
    "bridge",
    help=HELP[1],
    params=[
        Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help=("Hiện phiên bản rồi thoát.", "Show the version and exit."),
        ),
        language_option(),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
bridge.texts = HELP


def console() -> None:
    """The command `bridge` of .venv/bin."""
    main("bridge")


def main(program: str = "python -m bridge") -> None:
    """Run one command; every known failure is one line that says what to do."""
    # What a command imports stays until it ends. To look through it for garbage was a fifth of a look-up's time.
    gc.disable()
    atexit.register(gc.freeze)
    # Of SQLAlchemy's import these were an eighth, and no look-up on SQLite uses them.
    import_late("asyncio", functions=("iscoroutine",))
    import_late("importlib.metadata")
    try:
        code = bridge.main(prog_name=program, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _fail(usage_text(error), error.exit_code)
    except click.Abort:
        _fail("stopped", 1)
    except BadSetting as error:  # of BRIDGE_LANG itself
        _fail(str(error), 1)
    except BrokenPipeError:
        # Whoever read us, `head` for one, has enough; Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        import traceback  # noqa: PLC0415

        # Its text may quote a name or a number; its place tells us as much.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _fail(f"the bridge failed: {type(error).__name__} at {place.filename}:{place.lineno}; please report it", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    mark = click.style("error:", fg="red") if sys.stderr.isatty() and wants_colours() else "error:"
    click.echo(f"{mark} {' '.join(message.split())}", err=True)
    sys.exit(code)
