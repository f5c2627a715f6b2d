"""completion: what a shell needs to complete the command `bridge`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from bridge.cli.shared.command import command

GROUP = "start"
HELP = (
    "In đoạn mã để shell gợi ý lệnh và tùy chọn của bridge khi bấm Tab.\n\n"
    "Chẳng hạn: bridge completion bash > ~/.local/share/bash-completion/completions/bridge; "
    'với zsh, thêm vào ~/.zshrc: eval "$(bridge completion zsh)"; '
    "với fish: bridge completion fish > ~/.config/fish/completions/bridge.fish",
    "Print what lets a shell complete the commands and options of bridge.\n\n"
    "For example: bridge completion bash > ~/.local/share/bash-completion/completions/bridge; "
    'for zsh add to ~/.zshrc: eval "$(bridge completion zsh)"; '
    "for fish: bridge completion fish > ~/.config/fish/completions/bridge.fish",
)


@command("completion", HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def run(shell: str) -> None:
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"{shell} is not known")
    root = click.get_current_context().find_root().command
    click.echo(made(root, {}, "bridge", "_BRIDGE_COMPLETE").source())
