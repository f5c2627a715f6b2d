"""dnc: the list of numbers that nobody rings."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from bridge.cli.shared.acts import current_user, record_shown_phones
from bridge.cli.shared.arguments import as_json, need_text, phone_argument, read_number, show_phones
from bridge.cli.shared.command import group, option
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import failure, misuse, say
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.lib.masking import mask_phone
from bridge.store import database_now
from bridge.store.operation.actions import record_action
from bridge.store.people.dnc import add_numbers, list_numbers, remove_number

GROUP = "act"
HELP = (
    "Danh sách không gọi: không quy tắc và không lệnh nào gọi các số này.",
    "The do-not-call list: no rule and no command rings these numbers.",
)

NUMBERS_IN_TRANSACTION = 500
_REASON = option(
    "--reason", default="", metavar="TEXT", help=("Lý do; được lưu cùng số.", "Why; kept with the number.")
)


run = group("dnc", HELP)


@run.subcommand(
    "add",
    (
        "Không bao giờ gọi số này, viết kiểu nào cũng nhận ra; - đọc từ đầu vào chuẩn.",
        "Never call this number, in any spelling; - reads it from standard input.",
    ),
)
@click.argument("phone")
@_REASON
def add_command(phone: str, reason: str) -> None:
    need_text(reason)
    number = phone_argument(phone)
    opened = open_database()
    with opened.store.write() as conn:
        at = database_now(conn, now())
        new = add_numbers(conn, [number], " ".join(reason.split()), at)
        record_action(conn, "dnc add", "dnc", " ".join(reason.split()), at, who=current_user())
    if new:
        say("đã thêm: số này không được gọi nữa", "added: it is not called any more")
    else:
        say("số này đã có trong danh sách", "it was on the list already")


@run.subcommand(
    "remove",
    (
        "Bỏ số này khỏi danh sách; - đọc từ đầu vào chuẩn.",
        "Take this number off the list; - reads it from standard input.",
    ),
)
@click.argument("phone")
@_REASON
def remove_command(phone: str, reason: str) -> None:
    need_text(reason)
    number = phone_argument(phone)
    opened = open_database()
    with opened.store.write() as conn:
        was_there = remove_number(conn, number)
        if was_there:
            at = database_now(conn, now())
            record_action(conn, "dnc remove", "dnc", " ".join(reason.split()), at, who=current_user())
    if not was_there:
        raise failure("số này không có trong danh sách", "this number is not on the list")
    say("đã bỏ: số này lại có thể được gọi", "removed: it may be called again")


@run.subcommand(
    "import",
    (
        "Thêm các số trong một tệp: mỗi dòng một số, hoặc cột `phone`. Kết thúc với mã 1 nếu có dòng không phải số.",
        "Add the numbers of a file: one on each line, or its column `phone`. Exit 1 if one of them is none.",
    ),
)
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@_REASON
def import_command(file: Path, reason: str) -> int:
    need_text(reason)
    good: set[str] = set()
    bad = 0
    for line, cell in _cells(file):
        number, problem = read_number(cell)
        if number is None:
            bad += 1
            say(f"dòng {line}: {problem}", f"line {line}: {problem}", err=True)
        else:
            good.add(number)
    opened = open_database()
    new = _add(opened, sorted(good), " ".join(reason.split()))
    old = len(good) - new
    say(
        f"thêm {new}, đã có sẵn {old}, không đọc được {bad}",
        f"{new} added, {old} on the list already, {bad} not read",
    )
    return 1 if bad else 0


@run.subcommand(
    "list",
    (
        "Các số trong danh sách, mới nhất trước.",
        "The numbers on the list, newest first.",
    ),
)
@show_phones
@as_json
def list_command(*, show_phones: bool, as_json: bool) -> None:
    opened = open_database()
    record_shown_phones(opened, "dnc", shown=show_phones)
    with opened.store.read() as conn:
        rows = list_numbers(conn)
    items = [
        {
            "phone": row.phone if show_phones else mask_phone(row.phone),
            "reason": row.reason,
            "added_at": row.added_at.isoformat(),
        }
        for row in rows
    ]
    if as_json:
        print_json({"items": items, "next": None})
        return
    cells = [(item["phone"], local_time(item["added_at"]), item["reason"]) for item in items]
    print_table((("số điện thoại", "phone"), ("lúc thêm", "added"), ("lý do", "reason")), cells)


def _cells(file: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each number that the file means to hold."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise misuse(f"không đọc được {file}: {error.strerror}", f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise failure(
            f"{file} không phải văn bản UTF-8: hãy lưu dạng CSV UTF-8",
            f"{file} is not UTF-8 text: save it as CSV UTF-8",
        ) from None
    lines = text.splitlines()
    heads = next(csv.reader(lines[:1], delimiter=_delimiter(lines)), [])
    names = [head.strip().casefold() for head in heads]
    column = names.index("phone") if "phone" in names else 0
    rows = csv.reader(lines, delimiter=_delimiter(lines))
    began = 1
    try:
        for row in rows:
            is_head = began == 1 and "phone" in names
            if not is_head and any(cell.strip() for cell in row):
                yield began, row[column] if column < len(row) else ""
            began = rows.line_num + 1
    except csv.Error as error:
        raise failure(
            f"{file} dòng {began} không phải CSV: {error}", f"{file} line {began} is not CSV: {error}"
        ) from None


def _delimiter(lines: list[str]) -> str:
    """As a spreadsheet wrote it: the sign that its first line holds most."""
    first = lines[0] if lines else ""
    return max(",;\t", key=first.count)


def _add(opened: Opened, numbers: list[str], reason: str) -> int:
    """In short transactions, so that a long list holds nobody up; how many are new."""
    new = 0
    for n in range(0, len(numbers), NUMBERS_IN_TRANSACTION):
        with opened.store.write() as conn:
            at: datetime = database_now(conn, now())
            new += add_numbers(conn, numbers[n : n + NUMBERS_IN_TRANSACTION], reason, at)
            record_action(conn, "dnc import", "dnc", reason, at, who=current_user())
    return new
