"""tell: tell the shop again what became of a call."""

from __future__ import annotations

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import MOST_ID, by_source, need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.pages import need_source
from bridge.cli.shared.printing import clean
from bridge.core.model import Call, Write
from bridge.core.reasons import sentence
from bridge.core.words import WRITE_STATES, WRITES, word
from bridge.notify.tell_again import Telling, call_to_tell, look_again, tell_again
from bridge.rules.write_back import Action
from bridge.store import Connection, database_now
from bridge.store.calls import find_call
from bridge.store.reports.views import find_orders

GROUP = "act"
HELP = (
    "Báo lại cho cửa hàng kết quả của cuộc gọi mới nhất của một đơn, hoặc của call:MÃ.\n\n"
    "Đơn ở cửa hàng được đọc trước: điều gì đã có thì không ghi lần hai. Nếu lúc gọi xong chưa có gì để ghi, "
    "lệnh này ghi theo quy tắc hiện tại. Lệnh nêu sẽ ghi gì rồi hỏi lại.",
    "Tell the shop again the result of an order's newest call, or of call:ID.\n\n"
    "The order is read at the shop first: what stands there is not written twice. Where nothing was to be written "
    "when the call ended, what the rule says now is. It says what would be written, and asks.",
)


@command("tell", HELP)
@click.argument("order")
@by_source
@option(
    "--changes",
    is_flag=True,
    help=(
        "Làm cả những việc thay đổi chính đơn hàng, như hủy đơn; việc đã làm rồi thì không làm lại.",
        "Also what changes the order itself, such as its cancel; what was done is never done again.",
    ),
)
@option("--reason", required=True, metavar="TEXT", help=("Vì sao; được ghi lại.", "Why; kept in the audit."))
@yes_option
def run(*, order: str, source: str | None, changes: bool, reason: str, yes: bool) -> int:
    need_text(reason)
    if not reason.strip():
        raise misuse("--reason để trống: hãy viết vì sao", "--reason is blank: write why")
    opened = open_bridge()
    with opened.store.read() as conn:
        need_source(conn, source)
        call = _meant(conn, order, source)
        told = look_again(conn, opened.catalogs.read(conn), call, changes=changes)
    _need(told)
    again: list[Write | Action] = [*told.writes, *(action for _, action in told.planned)]
    for one in again:
        click.echo(clean(f"  {_line(one)}"))
    for one in told.changes:
        left = text("để yên, trừ khi có --changes", "left alone without --changes")
        click.echo(clean(f"  {_line(one)}: {left}"))
    need_consent(
        f"lệnh này ghi lại {len(again)} điều của cuộc gọi {call.id} về cửa hàng {call.source_id}",
        f"this writes {len(again)} thing(s) of the call {call.id} to the shop {call.source_id} again",
        yes=yes,
    )
    with opened.store.write() as conn:
        at, who, why = database_now(conn, now()), current_user(), " ".join(reason.split())
        done = tell_again(conn, opened.catalogs.read(conn), call.id, why, who, at, changes=changes)
    _need(done or told)
    say(
        f"worker sẽ ghi ngay; xem: python -m bridge explain call:{call.id}",
        f"a worker writes it at once; see: python -m bridge explain call:{call.id}",
    )
    return 0


def _need(told: Telling) -> None:
    if told.refusal is not None:
        raise click.ClickException(sentence(told.refusal.reason, current_language(), detail=told.refusal.detail))


def _line(one: Write | Action) -> str:
    done = text(*WRITES[one.kind])
    if isinstance(one, Action):
        return f"{done} “{one.value}”" if one.value else done
    state = word(WRITE_STATES, one.state, current_language())
    return f"{done} “{one.text}” ({state})" if one.text else f"{done} ({state})"


def _meant(conn: Connection, written: str, source: str | None) -> Call:
    """The call that is meant. Errors: ClickException, where there is none or there are several orders."""
    kind, colon, rest = written.partition(":")
    shown = clean(written)
    if colon and kind == "call":
        digits = rest.strip().removeprefix("#")
        is_id = digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) <= MOST_ID
        call = find_call(conn, int(digits)) if is_id else None
        if call is None:
            raise failure(f"không có cuộc gọi nào có mã {shown}", f"no call has the id {shown}")
        return call
    found = find_orders(conn, rest if colon and kind == "order" else written, source)
    if not found:
        raise failure(f"không có đơn nào có mã hoặc số {shown}", f"no order has the id or number {shown}")
    if len(found) > 1:
        names = ", ".join(sorted({one["source"] for one in found}))
        raise misuse(
            f"có nhiều đơn như vậy ở {names}: hãy thêm --source, hoặc viết call:MÃ",
            f"there are several of them, at {names}: add --source, or write call:ID",
        )
    last = call_to_tell(conn, found[0]["source"], found[0]["order_id"])
    if last is None:
        raise failure(f"đơn {shown} chưa có cuộc gọi nào", f"the order {shown} has no call yet")
    return last
