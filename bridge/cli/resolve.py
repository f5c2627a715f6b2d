"""resolve: settle an unsure call by hand."""

from __future__ import annotations

from collections.abc import Mapping

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import MOST_ID, need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import Text, failure, misuse, say
from bridge.core.call_states import CallState
from bridge.settle.resolve import Settled, Word, resolve
from bridge.store import database_now

GROUP = "act"
HELP = (
    "Kết luận một cuộc gọi chưa rõ, sau khi đã xem trên VBot.",
    "Settle an unsure call by hand, after a look into VBot.",
)

_DONE: Mapping[Word, Text] = {
    "rang": ("đã gửi VBot: đã đổ chuông", "placed: it rang"),
    "again": ("đang chờ: sẽ được gọi lại", "waiting: it will be called again"),
    "leave": ("để nguyên là chưa rõ", "left unsure"),
}


@command("resolve", HELP)
@click.argument("call_id", metavar="CALL", type=click.IntRange(1, MOST_ID))
@option(
    "--rang",
    "words",
    flag_value="rang",
    multiple=True,
    help=("Lịch sử cuộc gọi của VBot cho thấy đã đổ chuông.", "VBot's records show that it rang."),
)
@option(
    "--again",
    "words",
    flag_value="again",
    multiple=True,
    help=("Chưa đổ chuông: gọi lại.", "It did not ring: call again."),
)
@option(
    "--leave",
    "words",
    flag_value="leave",
    multiple=True,
    help=("Không ai biết được: để nguyên.", "Nobody can tell: leave it as it is."),
)
@option(
    "--reason",
    required=True,
    metavar="TEXT",
    help=("Vì sao biết; được lưu cùng cuộc gọi.", "How you know; kept with the call."),
)
def run(*, call_id: int, words: tuple[Word, ...], reason: str) -> None:
    need_text(reason)
    if len(set(words)) != 1 or not reason.strip():
        raise misuse(
            "hãy viết một trong --rang, --again và --leave, kèm --reason TEXT",
            "write one of --rang, --again and --leave, and --reason TEXT",
        )
    (word,) = set(words)
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
    settled = resolve(opened.store, call_id, word, " ".join(reason.split()), current_user(), at)
    problem = _problem(call_id, settled)
    if problem is not None:
        raise failure(*problem)
    vietnamese, english = _DONE[word]
    say(f"cuộc gọi {call_id}: {vietnamese}", f"call {call_id}: {english}")


def _problem(call_id: int, settled: Settled) -> Text | None:
    """Why the call was not settled, in Vietnamese and English."""
    if settled.state is None:
        return f"không có cuộc gọi nào có mã {call_id}", f"no call has the id {call_id}"
    at = settled.not_after.isoformat(timespec="minutes") if settled.not_after else ""
    words: Mapping[str, Text] = {
        "not_unsure": (
            f"cuộc gọi {call_id} đang ở trạng thái {settled.state}; chỉ kết luận được cuộc gọi chưa rõ (unsure)",
            f"the call {call_id} is {settled.state}; only an unsure call can be resolved",
        ),
        CallState.EXPIRED: (
            f"cuộc gọi {call_id} phải bắt đầu trước {at}, và không được gửi lại; hãy viết --rang hoặc --leave",
            f"the call {call_id} had to start by {at}, and is not sent again; write --rang or --leave",
        ),
        "erased": (
            f"người nhận cuộc gọi {call_id} đã bị xóa; hãy viết --rang hoặc --leave",
            f"the person of call {call_id} was erased; write --rang or --leave",
        ),
        "taken_back": (
            f"cửa hàng đã rút lại đơn của cuộc gọi {call_id}; hãy viết --rang hoặc --leave",
            f"the shop took the order of call {call_id} back; write --rang or --leave",
        ),
    }
    return words[settled.problem] if settled.problem else None
