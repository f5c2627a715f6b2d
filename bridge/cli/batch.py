"""batch: a list of people, each called once, through the same ledger and checks as a rule's calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bridge.cli.shared.acts import record
from bridge.cli.shared.arguments import as_json, need_text
from bridge.cli.shared.batch.calls import Stopped, follow, store_lines
from bridge.cli.shared.batch.manual import manual_call_rule, read_pairs
from bridge.cli.shared.batch.summary import INTERRUPTED, print_dry_run, print_summary
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import Opened, now, open_bridge, open_client
from bridge.cli.shared.language import failure, misuse, say, text
from bridge.cli.shared.progress import Progress
from bridge.core.model import Json
from bridge.place.batch import Batches, may_batch
from bridge.place.lists.lines import Count, Ready, count_ahead, open_list, ready_lines
from bridge.place.lists.sheet import PEOPLE, BadSheet, Sheet
from bridge.place.manual import FIELDS_SECONDS, Refused, known_fields
from bridge.rules.rule import Rule
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock
from bridge.worker.loop import stop_on_signals

GROUP = "call"
HELP = (
    "Gọi mọi người trong một danh sách: tệp CSV hoặc Excel (.xlsx) có dòng tiêu đề; cần cột phone, có thể có name "
    "và customer_uid.\n\n"
    "Mỗi cột khác là một trường tùy chỉnh của kịch bản. Dòng sai được báo kèm số dòng, và khi đó không ai bị gọi, "
    "trừ khi có --skip-bad. Lệnh đếm trước rồi hỏi lại. Chạy lại cùng một tệp, kể cả đã sửa, không gọi ai hai lần.",
    "Call everybody on a list: a CSV or Excel file (.xlsx) with a header; phone is needed, name and customer_uid are "
    "known.\n\n"
    "Every other column is a custom field of the template. Bad lines are reported with their number, and then nobody "
    "is called, unless --skip-bad. It counts first, and asks. The same file again, or mended, calls nobody twice.",
)

COLUMN = "column:"


@dataclass(frozen=True, repr=False)
class Wish:
    """What a person wants, by option. `pairs` and `ignore` may be given several times."""

    file: Path
    template: str
    hotline: str | None
    name: str | None
    pairs: tuple[str, ...]
    ignore: tuple[str, ...]
    window: str
    within: str
    size: int
    skip_bad: bool
    dry_run: bool
    wait: bool
    yes: bool
    as_json: bool


@command("batch", HELP)
@click.argument("file", type=click.Path(path_type=Path))
@option(
    "--template", required=True, metavar="T", help=("Mã kịch bản (template_code) tại VBot.", "VBot's template_code.")
)
@option(
    "--hotline",
    metavar="H",
    help=("Mã đầu số (hotline_code) tại VBot; mặc định là VBOT_HOTLINE.", "VBot's hotline_code; default VBOT_HOTLINE."),
)
@option(
    "--name",
    metavar="N",
    help=(
        "Tên danh sách: mỗi dòng chỉ gọi một lần dưới tên này. Mặc định là tên tệp.",
        "The list's name: a line rings once under it. Default: the file's name.",
    ),
)
@option(
    "--set",
    "pairs",
    multiple=True,
    metavar="FIELD=VALUE",
    help=(
        "Trường tùy chỉnh chung cho mọi dòng, hoặc FIELD=column:HEADER; dùng được nhiều lần.",
        "A custom field for all lines, or FIELD=column:HEADER; repeatable.",
    ),
)
@option(
    "--ignore",
    multiple=True,
    metavar="HEADER",
    help=("Cột không phải trường tùy chỉnh; dùng được nhiều lần.", "A column that is no custom field; repeatable."),
)
@option(
    "--window", default="08:00-20:00", show_default=True, metavar="HH:MM-HH:MM", help=("Hoặc: always.", "Or: always.")
)
@option(
    "--within",
    default="24h",
    show_default=True,
    metavar="SPAN",
    help=("Quá thời gian này mà chưa gọi thì hết hạn.", "What has not rung then expires."),
)
@option(
    "--size",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help=("Gửi ngần ấy cuộc gọi trong một yêu cầu.", "Place so many calls with one request."),
)
@option(
    "--skip-bad",
    is_flag=True,
    help=("Vẫn gọi các dòng đúng dù có dòng sai.", "Call the good lines although others are bad."),
)
@option(
    "--dry-run",
    is_flag=True,
    help=("Chỉ đếm; không lưu gì, không gọi ai.", "Only count; nothing is stored, nobody is called."),
)
@option(
    "--wait",
    is_flag=True,
    help=(
        "Ở lại đến khi mọi cuộc gọi đã được đặt, hoặc đã kết thúc.",
        "Stay until every call is placed, or has ended.",
    ),
)
@yes_option
@as_json
def run(**options: Any) -> int:
    wish = Wish(**options)
    need_text(wish.template, wish.hotline or "", wish.name or "", *wish.pairs, *wish.ignore)
    rule = manual_call_rule(wish.template, wish.hotline, wish.window, wish.within, wish.size)
    count = Count(_name(wish.name, wish.file), rule.template)
    constants, moved = _split(read_pairs(wish.pairs))
    content = _read(wish.file)
    opened = open_bridge()
    count.hotline = _hotline(opened, rule)
    stop = threading.Event()
    stop_on_signals(stop)
    client = open_client(opened)
    fields = _fields(opened, client, rule.template, keep=not wish.dry_run)
    try:
        sheet = open_list(content, moved, wish.ignore, constants, fields)
        ready = _ready_lines(sheet, constants, fields, count, stop)
    except BadSheet as error:
        raise click.ClickException(f"{wish.file}: {text(*error.texts)}") from None
    except Stopped:
        say(
            "đã dừng khi đang đọc; chưa lưu gì và chưa gọi ai",
            "stopped while reading; nothing was stored and nobody was called",
            err=True,
        )
        return INTERRUPTED
    _need_batch(rule, client, fields, ready)
    return _call(opened, client, rule, wish, ready, count, stop)


def _call(
    opened: Opened,
    client: Client,
    rule: Rule,
    wish: Wish,
    ready: Sequence[Ready],
    count: Count,
    stop: threading.Event,
) -> int:
    """Call those that can be called, once a person agrees; the exit code."""
    for bad in count.bad:
        click.echo(f"{wish.file}:{bad.number}: {text(*bad.texts)}", err=True)
    if wish.dry_run:
        return print_dry_run(opened, client, count, ready, as_json=wish.as_json)
    if count.bad and not wish.skip_bad:
        raise failure(
            f"{len(count.bad)} trong {count.lines} dòng bị sai; chưa gọi ai. Hãy sửa, hoặc viết --skip-bad",
            f"{len(count.bad)} of {count.lines} lines are bad; nobody was called. Mend them, or write --skip-bad",
        )
    with opened.store.read() as conn:
        ahead = count_ahead(conn, ready, count.name)
    new, again = ahead.new, ahead.again
    if new:
        twice = text(
            f", trong đó {again} số đã có cuộc gọi trong danh sách này với nội dung khác",
            f"; {again} of them have a call of this list already, with other words",
        )
        need_consent(
            f"lệnh này gọi {new} người theo kịch bản {count.template}{twice if again else ''}",
            f"this rings {new} number(s) with the template {count.template}{twice if again else ''}",
            yes=wish.yes,
        )
        record(opened, "batch", f"batch:{count.name}", f"{new} number(s), template {count.template}")
    clock = TrustedClock(opened.store.is_postgres)
    ids = store_lines(opened, rule, ready, count, clock, stop)
    if not stop.is_set():
        follow(opened, client, ids, clock, stop, wait=wish.wait)
    return print_summary(opened, count, ids, clock, stopped=stop.is_set(), as_json=wish.as_json)


def _name(name: str | None, file: Path) -> str:
    chosen = (file.name if name is None else name).strip()
    if not chosen:
        raise misuse(
            "--name để trống: hãy bỏ đi, hoặc mỗi lần viết cùng một chuỗi",
            "--name is blank: leave it out, or write the same text each time",
        )
    return chosen


def _hotline(opened: Opened, rule: Rule) -> str:
    code = rule.hotline or opened.config.hotline
    if code is None:
        raise misuse(
            "chưa có đầu số: hãy viết --hotline, hoặc đặt VBOT_HOTLINE",
            "no hotline: write --hotline, or set VBOT_HOTLINE",
        )
    return code


def _fields(opened: Opened, client: Client, template: str, *, keep: bool) -> list[Json] | None:
    try:
        found = known_fields(opened.store, client, template, now(), time.monotonic() + FIELDS_SECONDS, keep=keep)
    except Refused as refused:
        raise failure(refused.vietnamese, refused.problem) from None
    if found.warning:
        say(
            f"cảnh báo: kịch bản {template}: {found.vietnamese}",
            f"warning: template {template}: {found.warning}",
            err=True,
        )
    return found.fields or None


def _split(pairs: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Values that all lines share, and fields that are read from a column with another header."""
    moved = {key: value.removeprefix(COLUMN).strip() for key, value in pairs.items() if value.startswith(COLUMN)}
    constants = {key: value for key, value in pairs.items() if key not in moved}
    shared = next((key for key in constants if key in PEOPLE), None)
    if shared is not None:
        raise click.BadParameter(
            text(
                f"{shared} khác nhau ở mỗi dòng; hãy viết {shared}=column:HEADER",
                f"{shared} differs from line to line; write {shared}=column:HEADER",
            ),
            param_hint="--set",
        )
    return constants, moved


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise misuse(f"không đọc được {file}: {error.strerror}", f"{file} cannot be read: {error.strerror}") from None


def _need_batch(rule: Rule, client: Client, fields: list[Json] | None, ready: Sequence[Ready]) -> None:
    """A ClickException where these calls cannot share a request, and --size asks that they do; says how many can."""
    spoken = next((each.datas for each in ready if each.datas), {})
    if rule.batch is not None and not may_batch(rule, spoken, fields, Batches(client.most_in_batch, client.carries)):
        raise failure(
            "phiên bản API này không đọc trường tùy chỉnh khi gửi nhiều cuộc một lần: bỏ --size để gửi từng cuộc",
            "this generation of VBot says no custom fields in a batch: leave --size out, and each call has a request",
        )
    most = client.most_in_batch
    if rule.batch is not None and most is not None and rule.batch.size > most:
        say(
            f"VBot nhận nhiều nhất {most} số trong một yêu cầu: mỗi lần gửi {most} cuộc, không phải {rule.batch.size}",
            f"VBot takes at most {most} numbers in one request: {most} are placed at a time, not {rule.batch.size}",
            err=True,
        )


def _ready_lines(
    sheet: Sheet, constants: Mapping[str, str], fields: list[Json] | None, count: Count, stop: threading.Event
) -> list[Ready]:
    """The lines that can be called, each once; the others are counted. BadSheet, or Stopped."""
    ready: list[Ready] = []
    progress = Progress(("đã đọc", "read"))
    for line in ready_lines(sheet, constants, fields, count):
        progress.show(count.lines)
        if stop.is_set():
            raise Stopped
        if line is not None:
            ready.append(line)
    progress.end()
    return ready
