"""vbot hotlines, templates, branches, balance, records: what VBot's account holds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import click

from bridge.cli.shared.acts import record_shown_phones
from bridge.cli.shared.arguments import as_json, by_source, read_since, show_phones, since_option
from bridge.cli.shared.command import group, option
from bridge.cli.shared.database import need_account, now, open_bridge
from bridge.cli.shared.language import failure, misuse, say
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.core.phone import read_phone
from bridge.lib.masking import mask_phone
from bridge.settings import read_config
from bridge.store.attempts import attempts_of
from bridge.store.calls import ERASED_TEXT, call_ids_of
from bridge.store.reports.views import find_orders
from bridge.vbot import VBotError
from bridge.vbot.answers import clean
from bridge.vbot.client import Client
from bridge.vbot.records import describe_record

GROUP = "look"
HELP = (
    "Danh sách của tài khoản tại VBot: đầu số, kịch bản, nhánh, số dư, lịch sử cuộc gọi.",
    "Lists of the account at VBot: hotlines, templates, branches, balance, records.",
)

VBOT_SECONDS = 15
# VBot's clock may differ from ours.
CLOCKS = timedelta(days=1)

RECORD_HEADS = {
    "external_call_id": ("external_call_id", "external_call_id"),
    "phone": ("số điện thoại", "phone"),
    "created_at": ("lúc gọi", "created_at"),
    "ended_at": ("lúc kết thúc", "ended_at"),
    "said": ("VBot ghi", "said"),
    "keys": ("phím", "keys"),
    "duration": ("thời lượng", "duration"),
    "cost": ("chi phí", "cost"),
}


run = group("vbot", HELP)


@run.subcommand(
    "hotlines",
    (
        "Các đầu số: mã, số, loại và tên.",
        "The hotlines: code, number, kind and name.",
    ),
)
@as_json
def hotlines_command(as_json: bool) -> None:
    _print(_ask(Client.hotlines), ("hotline_code", "hotline_number", "hotline_type", "hotline_name"), as_json)


@run.subcommand(
    "templates",
    (
        "Các kịch bản: mã, loại, trạng thái (1: đang dùng) và tên.",
        "The voice scripts: code, kind, status (1: in use) and name.",
    ),
)
@as_json
def templates_command(as_json: bool) -> None:
    _print(_ask(Client.templates), ("code", "scriptType", "status", "name"), as_json)


@run.subcommand(
    "branches",
    (
        "Các nhánh của một kịch bản: phím nào dẫn đến đâu.",
        "The branches of a voice script: which key leads where.",
    ),
)
@click.argument("template")
@as_json
def branches_command(template: str, as_json: bool) -> None:
    tree = _ask(lambda client, deadline: client.branches(template, deadline))
    if as_json:
        print_json({"items": tree, "next": None})
        return
    for depth, branch in _walk(tree):
        name = branch.get("name") or branch.get("code")
        click.echo(f"{'  ' * depth}{_word(branch.get('NumberKey')) or '-'}\t{_word(name)}")
    if not tree:
        say("không có", "none")


@run.subcommand(
    "balance",
    (
        "Số dư của tài khoản, tính bằng đồng.",
        "What is left on the account, in dong.",
    ),
)
@as_json
def balance_command(as_json: bool) -> None:
    amount = f"{_ask(Client.balance):f}"
    if as_json:
        print_json({"balance": amount})
    else:
        click.echo(amount)


@run.subcommand(
    "records",
    (
        "Lịch sử cuộc gọi tại VBot của một đơn hoặc một số.\n\n"
        "--since đi cùng --phone: tìm ngược về bao lâu. Với VBOT_API v1 và v2, lịch sử không có mã của bridge: "
        "mọi cuộc gọi đến số đó được liệt kê.",
        "What VBot's records hold of an order's calls, or of a number's.\n\n"
        "--since goes with --phone: how far back. With VBOT_API v1 and v2 the list names no id of ours: all calls to "
        "the number are shown.",
    ),
)
@option(
    "--order",
    metavar="ORDER",
    help=("Các cuộc gọi của đơn này: mã hoặc số đơn.", "The calls of this order: its id or number."),
)
@by_source
@option("--phone", metavar="PHONE", help=("Mọi cuộc gọi đến số này.", "All calls to this number."))
@since_option("7d")
@show_phones
@as_json
def records_command(
    order: str | None, source: str | None, phone: str | None, since: str, show_phones: bool, as_json: bool
) -> None:
    if (order is None) == (phone is None) or (source is not None and order is None):
        raise misuse(
            "hãy viết --order ORDER, có thể kèm --source ID, hoặc --phone PHONE",
            "write --order ORDER, with --source ID if you like, or --phone PHONE",
        )
    names_ids = Client(need_account(read_config())).has_records
    if show_phones:
        record_shown_phones(open_bridge(), "records", shown=show_phones)
    span = _of_phone(phone, since) if phone is not None else None
    spans = [span] if span else _of_order(str(order), source)
    found: dict[str, dict[str, Json]] = {}
    for number, begins, ids in spans:
        if names_ids:
            answer = _ask(partial(Client.records, since=begins, until=now() + CLOCKS, phone=number))
        else:
            answer = _ask(partial(Client.history, since=begins, phone=number))
        if not answer.is_whole:
            say("VBot không trả về đầy đủ lịch sử cuộc gọi", "VBot did not tell all its records", err=True)
        for record in (describe_record(record) for record in answer.records):
            if ids is None or not names_ids or record["external_call_id"] in ids:
                shown = record["phone"] if show_phones else mask_phone(record["phone"])
                found[json.dumps(record, sort_keys=True)] = {**record, "phone": shown}
    items = sorted(found.values(), key=lambda item: item["created_at"] or "", reverse=True)
    if as_json:
        print_json({"items": items, "next": None})
        return
    times = ("created_at", "ended_at")
    cells = [[local_time(item[name]) if name in times else item[name] for name in RECORD_HEADS] for item in items]
    if items:
        print_table([*RECORD_HEADS.values()], cells)
    else:
        say("không có", "none")


_Span = tuple[str, datetime, frozenset[str] | None]


def _of_phone(phone: str, since: str) -> _Span:
    number = read_phone(phone, "VN").number
    if number is None:
        raise misuse("--phone không phải số gọi được", "--phone is no number that can be called")
    return number, read_since(since, now()), None


def _of_order(order: str, source: str | None) -> list[_Span]:
    """Each number that the order's calls rang, since when, and the ids of their attempts."""
    opened = open_bridge()
    with opened.store.read() as conn:
        known = find_orders(conn, order, source)
        if not known:
            raise failure(f"không có đơn nào là {clean(order)}", f"no order is called {clean(order)}")
        calls = [call for one in known for call in call_ids_of(conn, one["source"], one["order_id"], None)]
        tried = [attempt for found in attempts_of(conn, calls).values() for attempt in found]
    ids = frozenset(attempt.external_call_id for attempt in tried)
    numbers = {attempt.phone for attempt in tried if attempt.phone != ERASED_TEXT}
    begins = min((attempt.started_at for attempt in tried), default=now()) - CLOCKS
    return [(number, begins, ids) for number in sorted(numbers)]


class _Question(Protocol):
    def __call__(self, client: Client, /, *, deadline: float) -> Any: ...


def _ask(question: _Question) -> Any:
    client = Client(need_account(read_config()))
    try:
        return question(client, deadline=time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        raise failure(
            f"VBot không trả lời được: {error.vietnamese} ({error.code})",
            f"VBot did not tell: {error.message} ({error.code})",
        ) from None


def _print(entries: list[dict[str, Json]], names: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json({"items": entries, "next": None})
        return
    for entry in entries:
        click.echo("\t".join(_word(entry.get(name)) for name in names))
    if not entries:
        say("không có", "none")


def _word(value: Json) -> str:
    return "" if value is None else clean(str(value))


def _walk(tree: list[dict[str, Json]]) -> Iterator[tuple[int, Mapping[str, Json]]]:
    """Each branch with its depth, in VBot's order; without recursion, for the tree is VBot's."""
    left = [(0, branch) for branch in reversed(tree)]
    while left:
        depth, branch = left.pop()
        yield depth, branch
        left += [(depth + 1, part) for part in reversed(branch.get("subItems") or [])]
