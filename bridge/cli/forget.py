"""forget: erase one person."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from bridge.cli.shared.arguments import current_user, phone_argument
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_bridge
from bridge.store import database_now
from bridge.store.people.erasure import Busy, Forgotten, forget
from bridge.store.people.person_search import Traces, find_traces

GROUP = "act"
HELP = (
    "Xóa dữ liệu của một người: số điện thoại, tên và lời nói trong đơn, cuộc gọi và tin. "
    "Số đếm và trạng thái giữ nguyên.\n\n"
    "Những gì còn chờ của người đó bị hủy. PHONE viết kiểu nào cũng được; - đọc từ đầu vào chuẩn.",
    "Erase one person: their number, names and words in orders, calls and deliveries. Counts and states stay.\n\n"
    "What still waits for them is cancelled. PHONE in any spelling; - reads it from standard input.",
)


@command("forget", HELP)
@click.argument("phone")
@click.option("--keep-dnc", is_flag=True, help="Leave the number on the do-not-call list, and only there.")
@click.option("--yes", is_flag=True, help="Do not ask before it is done.")
def run(phone: str, keep_dnc: bool, yes: bool) -> int:
    number = phone_argument(phone)
    opened = open_bridge()
    found = find_traces(opened.store, opened.catalogs, number)
    if not yes and sys.stdin.isatty():
        click.echo(_counted(found))
        click.confirm("Erase all of it? It cannot be brought back", abort=True)
    try:
        with opened.store.read() as conn:
            at = database_now(conn, now())
        done = forget(opened.store, opened.catalogs, number, found, current_user(), at, keep_dnc=keep_dnc)
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
