"""forget: erase one person."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import phone_argument
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import failure, text
from bridge.store import database_now
from bridge.store.people.erasure import Busy, Forgotten, forget
from bridge.store.people.person_search import find_personal_data, find_results

GROUP = "act"
HELP = (
    "Xóa dữ liệu của một người: số điện thoại, tên và lời nói trong đơn, cuộc gọi và tin. "
    "Số đếm và trạng thái giữ nguyên.\n\n"
    "Những gì còn chờ của người đó bị hủy. Lệnh hỏi lại trước khi xóa. "
    "PHONE viết kiểu nào cũng được; - đọc từ đầu vào chuẩn.",
    "Erase one person: their number, names and words in orders, calls and deliveries. Counts and states stay.\n\n"
    "What still waits for them is cancelled. Asks first. PHONE in any spelling; - reads it from standard input.",
)


@command("forget", HELP)
@click.argument("phone")
@option(
    "--keep-dnc",
    is_flag=True,
    help=(
        "Giữ số này trong danh sách không gọi, và chỉ ở đó.",
        "Leave the number on the do-not-call list, and only there.",
    ),
)
@yes_option
def run(phone: str, keep_dnc: bool, yes: bool) -> int:
    number = phone_argument(phone)
    opened = open_bridge()
    found = find_personal_data(opened.store, opened.catalogs, number)
    # What can be read before is read before: the erasure itself must hold no hook up.
    find_results(opened.store, number, found)
    orders, deliveries, calls = len(found.orders), len(found.deliveries), len(found.calls)
    need_consent(
        f"lệnh này xóa hẳn {orders} đơn, {deliveries} tin, {calls} cuộc gọi, không lấy lại được",
        f"this erases {orders} order(s), {deliveries} delivery(ies) and {calls} call(s) for good",
        yes=yes,
    )
    try:
        with opened.store.read() as conn:
            at = database_now(conn, now())
        done = forget(opened.store, opened.catalogs, number, found, current_user(), at, keep_dnc=keep_dnc)
    except Busy:
        raise failure(
            "số này đang được gọi; chưa xóa gì: hãy thử lại sau một phút",
            "this number is being called now; nothing was erased: try again in a minute",
        ) from None
    for line in _lines(done):
        click.echo(line)
    return 1 if done.left else 0


def _lines(done: Forgotten) -> Iterator[str]:
    yield text(
        f"đã xóa: {done.orders} đơn, {done.deliveries} tin, {done.calls} cuộc gọi",
        f"erased: {done.orders} order(s), {done.deliveries} delivery(ies), {done.calls} call(s)",
    )
    if done.cancelled:
        yield text(f"đã hủy: {done.cancelled} cuộc gọi đang chờ", f"cancelled: {done.cancelled} call(s) that waited")
    if done.shared:
        yield text(
            f"{done.shared} trong các tin này có cả đơn của người khác: những tin đó không quyết định lại được nữa",
            f"{done.shared} of the deliveries told of other people's orders too: those cannot be replayed any more",
        )
    if done.dnc == "gone":
        yield text(
            "mục trong danh sách không gọi cũng đã xóa: đơn mới có thể được gọi",
            "its do-not-call entry is erased too: a new order may be called",
        )
    elif done.dnc == "kept":
        yield text(
            "mục trong danh sách không gọi được giữ: số này không được gọi nữa",
            "its do-not-call entry is kept: it is not called any more",
        )
    if done.left:
        ids = ", ".join(map(str, done.left))
        yield text(
            f"chưa xong: các tin {ids} chưa được quyết định, hoặc cuộc gọi đang chờ của người khác cần đến; "
            "hãy chạy lại sau",
            f"not yet: deliveries {ids} are undecided, or others' waiting calls need them; run this again later",
        )
