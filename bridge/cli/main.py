"""The command line: python -m bridge COMMAND. Exit 2 for a wrong call, 1 for a failure, one line on stderr."""

from __future__ import annotations

import os
import sys
import traceback

import click

from bridge.cli import serving
from bridge.core.model import BadSetting, StoreDown


class _Commands(click.Group):
    """What a deployment starts is there at once; the modules of the other commands are loaded when one is asked for."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._all().get(cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._all())

    def _all(self) -> dict[str, click.Command]:
        from bridge.cli import (  # noqa: PLC0415
            acting,
            batching,
            configuring,
            doctoring,
            fielding,
            guarding,
            listing,
            looking,
            sampling,
            settling,
            trying,
            vbotlists,
        )

        looks = (fielding, trying, looking, listing, doctoring, sampling, vbotlists)
        for group in (configuring, acting, batching, settling, guarding, *looks):
            for command in group.COMMANDS:
                self.add_command(command)
        return dict(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def bridge() -> None:
    """VBot Bridge: a shop's order becomes one phone call."""


for served in serving.COMMANDS:
    bridge.add_command(served)


def main() -> None:
    """Run one command; every known failure is one line that says what to do."""
    try:
        code = bridge.main(prog_name="python -m bridge", standalone_mode=False)
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


def _fail(message: str, code: int) -> None:
    click.echo("error: " + " ".join(message.split()), err=True)
    sys.exit(code)
