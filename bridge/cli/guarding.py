"""dnc, forget: numbers that nobody rings, and people of whom nothing is kept."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from bridge.cli.opening import Opened, now, open_bridge, print_json
from bridge.cli.printing import as_json, local_time, need_text, print_table, show_phones
from bridge.cli.settling import person
from bridge.core.phone import mask_phone, read_phone
from bridge.core.reasons import sentence
from bridge.store import database_now
from bridge.store.actions import record_action
from bridge.store.dnc import add_numbers, list_numbers, remove_number
from bridge.store.privacy import Busy, Forgotten, forget
from bridge.store.traces import Traces, find_traces

COUNTRY = "VN"
BATCH = 500
MOST_DIGITS = 17  # of one number, however it is written; more are two numbers, of which one would be lost
_REASON = click.option("--reason", default="", metavar="TEXT", help="Why; kept with the number.")


@click.group("dnc")
def dnc_group() -> None:
    """The do-not-call list: no rule and no command rings these numbers."""


@dnc_group.command("add")
@click.argument("phone")
@_REASON
def add_command(phone: str, reason: str) -> None:
    """Never call this number, in any spelling; - reads it from standard input."""
    need_text(reason)
    number = _number(phone)
    opened = open_bridge()
    with opened.store.write() as conn:
        at = database_now(conn, now())
        new = add_numbers(conn, [number], " ".join(reason.split()), at)
        record_action(conn, "dnc add", "dnc", " ".join(reason.split()), at, who=person())
    click.echo("added: it is not called any more" if new else "it was on the list already")


@dnc_group.command("remove")
@click.argument("phone")
@_REASON
def remove_command(phone: str, reason: str) -> None:
    """Take this number off the list; - reads it from standard input."""
    need_text(reason)
    number = _number(phone)
    opened = open_bridge()
    with opened.store.write() as conn:
        was_there = remove_number(conn, number)
        if was_there:
            at = database_now(conn, now())
            record_action(conn, "dnc remove", "dnc", " ".join(reason.split()), at, who=person())
    if not was_there:
        raise click.ClickException("this number is not on the list")
    click.echo("removed: it may be called again")


@dnc_group.command("import")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@_REASON
def import_command(file: Path, reason: str) -> int:
    """Add the numbers of a file: one on each line, or its column `phone`. Exit 1 if one of them is none."""
    need_text(reason)
    good: set[str] = set()
    bad = 0
    for line, text in _cells(file):
        number, problem = _read(text)
        if number is None:
            bad += 1
            click.echo(f"line {line}: {problem}", err=True)
        else:
            good.add(number)
    opened = open_bridge()
    new = _add(opened, sorted(good), " ".join(reason.split()))
    click.echo(f"{new} added, {len(good) - new} on the list already, {bad} not read")
    return 1 if bad else 0


@dnc_group.command("list")
@show_phones
@as_json
def list_command(*, show_phones: bool, as_json: bool) -> None:
    """The numbers on the list, newest first."""
    opened = open_bridge()
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
    print_table(("phone", "added", "reason"), cells)


@click.command("forget")
@click.argument("phone")
@click.option("--keep-dnc", is_flag=True, help="Leave the number on the do-not-call list, and only there.")
@click.option("--yes", is_flag=True, help="Do not ask before it is done.")
def forget_command(phone: str, keep_dnc: bool, yes: bool) -> int:
    """Erase one person: their number, names and words in orders, calls and deliveries. Counts and states stay.

    What still waits for them is cancelled. PHONE in any spelling; - reads it from standard input.
    """
    number = _number(phone)
    opened = open_bridge()
    found = find_traces(opened.store, opened.catalogs, number)
    if not yes and sys.stdin.isatty():
        click.echo(_counted(found))
        click.confirm("Erase all of it? It cannot be brought back", abort=True)
    try:
        with opened.store.read() as conn:
            at = database_now(conn, now())
        done = forget(opened.store, opened.catalogs, number, found, person(), at, keep_dnc=keep_dnc)
    except Busy:
        raise click.ClickException(
            "this number is being called now; nothing was erased: try again in a minute"
        ) from None
    for line in _told(done):
        click.echo(line)
    return 1 if done.left else 0


def _counted(found: Traces) -> str:
    return f"{len(found.orders)} order(s), {len(found.deliveries)} delivery(ies), {len(found.calls)} call(s)"


def _told(done: Forgotten) -> Iterator[str]:
    yield f"erased: {done.orders} order(s), {done.deliveries} delivery(ies), {done.calls} call(s)"
    if done.cancelled:
        yield f"cancelled: {done.cancelled} call(s) that waited"
    if done.shared:
        yield f"{done.shared} of the deliveries told of other people's orders too: those cannot be replayed any more"
    if done.dnc == "gone":
        yield "its do-not-call entry is erased too: a new order may be called"
    elif done.dnc == "kept":
        yield "its do-not-call entry is kept: it is not called any more"
    if done.left:
        ids = ", ".join(map(str, done.left))
        yield f"not yet: deliveries {ids} are undecided, or others' waiting calls need them; run this again later"


def _number(text: str) -> str:
    written = sys.stdin.read() if text == "-" else text
    need_text(written)
    number, problem = _read(written)
    if number is None:
        raise click.ClickException(problem)
    return number


def _read(text: str) -> tuple[str | None, str]:
    """The number as calls hold it, or why there is none; the text itself is never said."""
    if sum(letter.isdigit() for letter in text) > MOST_DIGITS:
        return None, "this is more than one number: write each by itself"
    phone = read_phone(text, COUNTRY, abroad=True)
    if phone.number is None:
        return None, sentence(phone.reason or "phone_missing", "en").removeprefix("Not called: ")
    return phone.number, ""


def _cells(file: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each number that the file means to hold."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8 text: save it as CSV UTF-8") from None
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
        raise click.ClickException(f"{file} line {began} is not CSV: {error}") from None


def _delimiter(lines: list[str]) -> str:
    """As a spreadsheet wrote it: the sign that its first line holds most."""
    first = lines[0] if lines else ""
    return max(",;\t", key=first.count)


def _add(opened: Opened, numbers: list[str], reason: str) -> int:
    """In short transactions, so that a long list holds nobody up; how many are new."""
    new = 0
    for n in range(0, len(numbers), BATCH):
        with opened.store.write() as conn:
            at: datetime = database_now(conn, now())
            new += add_numbers(conn, numbers[n : n + BATCH], reason, at)
            record_action(conn, "dnc import", "dnc", reason, at, who=person())
    return new


COMMANDS = (dnc_group, forget_command)
