"""resolve: settle an unsure call by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import CALL_ID, need_text, read_since, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import failure, misuse, say
from bridge.core.call_states import CallState
from bridge.core.model.texts import Text
from bridge.settle.resolve import Settled, Word, resolve
from bridge.store import database_now
from bridge.store.calls import unsure_since

GROUP = "act"
HELP = (
    "Kết luận một cuộc gọi chưa rõ, hoặc mọi cuộc như vậy từ một thời điểm, sau khi đã xem trên VBot.",
    "Settle an unsure call by hand, or all of them since a time, after a look into VBot.",
)

_DONE: Mapping[Word, Text] = {
    "rang": ("đã gửi VBot: đã đổ chuông", "placed: it rang"),
    "again": ("đang chờ: sẽ được gọi lại", "waiting: it will be called again"),
    "leave": ("để nguyên là chưa rõ", "left unsure"),
}


@command("resolve", HELP)
@click.argument("call_id", metavar="[CALL]", required=False, type=CALL_ID)
@option(
    "--all",
    "every",
    is_flag=True,
    help=(
        "Mọi cuộc gọi chưa rõ từ --since mà chưa ai xem; lệnh đếm trước rồi hỏi lại.",
        "Every unsure call since --since that nobody has looked at; counts first, and asks.",
    ),
)
@since_option()
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
@yes_option
def run(*, call_id: int | None, every: bool, since: str | None, words: tuple[Word, ...], reason: str, yes: bool) -> int:
    need_text(reason)
    if len(set(words)) != 1 or not reason.strip():
        raise misuse(
            "hãy viết một trong --rang, --again và --leave, kèm --reason TEXT",
            "write one of --rang, --again and --leave, and --reason TEXT",
        )
    if (call_id is None) != every or every != (since is not None):
        raise misuse("hãy viết một CALL, hoặc --all kèm --since SPAN", "write one CALL, or --all with --since SPAN")
    (word,) = set(words)
    opened = open_bridge()
    with opened.store.read() as conn:
        at = database_now(conn, now())
        call_ids = [call_id] if call_id is not None else unsure_since(conn, read_since(since or "", at))
    if every and call_ids:
        vietnamese, english = _DONE[word]
        need_consent(
            f"lệnh này kết luận {len(call_ids)} cuộc gọi chưa rõ: {vietnamese}",
            f"this settles {len(call_ids)} unsure call(s): {english}",
            yes=yes,
        )
    settled = partial(resolve, opened.store, word=word, reason=" ".join(reason.split()), who=current_user(), now=at)
    problems = [_settle(settled, each, word) for each in call_ids]
    left = [problem for problem in problems if problem is not None]
    if not every and left:
        raise failure(*left[0])
    for problem in left:
        say(*problem, err=True)
    if every:
        done = len(call_ids) - len(left)
        say(f"đã kết luận {done} trong {len(call_ids)} cuộc gọi", f"{done} of {len(call_ids)} call(s) settled")
    return 1 if left else 0


def _settle(settle: Callable[..., Settled], call_id: int, word: Word) -> Text | None:
    """Settle one call and say so; why not, where it cannot be."""
    problem = _problem(call_id, settle(call_id=call_id))
    if problem is None:
        vietnamese, english = _DONE[word]
        say(f"cuộc gọi {call_id}: {vietnamese}", f"call {call_id}: {english}")
    return problem


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
