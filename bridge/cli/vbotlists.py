"""vbot hotlines, templates, branches, balance: what VBot's account holds, for choosing codes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from bridge.cli.opening import need_account, print_json
from bridge.config import read_config
from bridge.model import Json
from bridge.vbot import VBotError
from bridge.vbot.answers import clean
from bridge.vbot.client import Client

VBOT_SECONDS = 15

_JSON = click.option("--json", "as_json", is_flag=True)


@click.group("vbot")
def vbot() -> None:
    """Lists of the account at VBot: hotlines, templates, branches, balance."""


@vbot.command("hotlines")
@_JSON
def hotlines_command(as_json: bool) -> None:
    """The hotlines: code, number, kind and name."""
    _print(_ask(Client.hotlines), ("hotline_code", "hotline_number", "hotline_type", "hotline_name"), as_json)


@vbot.command("templates")
@_JSON
def templates_command(as_json: bool) -> None:
    """The voice scripts: code, kind, status (1: in use) and name."""
    _print(_ask(Client.templates), ("code", "scriptType", "status", "name"), as_json)


@vbot.command("branches")
@click.argument("template")
@_JSON
def branches_command(template: str, as_json: bool) -> None:
    """The branches of a voice script: which key leads where."""
    tree = _ask(lambda client, deadline: client.branches(template, deadline))
    if as_json:
        print_json({"items": tree, "next": None})
        return
    for depth, branch in _walk(tree):
        name = branch.get("name") or branch.get("code")
        click.echo(f"{'  ' * depth}{_word(branch.get('NumberKey')) or '-'}\t{_word(name)}")
    if not tree:
        click.echo("none")


@vbot.command("balance")
@_JSON
def balance_command(as_json: bool) -> None:
    """What is left on the account, in dong."""
    amount = f"{_ask(Client.balance):f}"
    if as_json:
        print_json({"balance": amount})
    else:
        click.echo(amount)


def _ask(question: Callable[[Client, float], Any]) -> Any:
    client = Client(need_account(read_config()))
    try:
        return question(client, time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        raise click.ClickException(f"VBot did not tell: {error.message} ({error.code})") from None


def _print(entries: list[dict[str, Json]], names: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json({"items": entries, "next": None})
        return
    for entry in entries:
        click.echo("\t".join(_word(entry.get(name)) for name in names))
    if not entries:
        click.echo("none")


def _word(value: Json) -> str:
    return "" if value is None else clean(str(value))


def _walk(tree: list[dict[str, Json]]) -> Iterator[tuple[int, Mapping[str, Json]]]:
    """Each branch with its depth, in VBot's order; without recursion, for the tree is VBot's."""
    left = [(0, branch) for branch in reversed(tree)]
    while left:
        depth, branch = left.pop()
        yield depth, branch
        left += [(depth + 1, part) for part in reversed(branch.get("subItems") or [])]


COMMANDS = (vbot,)
