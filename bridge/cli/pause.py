"""pause: stop placing calls, all of them or those of one rule, hotline or source."""

from __future__ import annotations

from datetime import timedelta

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import misuse, say, text
from bridge.cli.shared.pauses import chosen_scope, need_known_scope, of_hotline, of_rule, of_source, scope_name
from bridge.core.schedule import parse_duration
from bridge.store import database_now
from bridge.store.configuration.outline import read_outline
from bridge.store.configuration.pauses import pause

GROUP = "act"
LONGEST = timedelta(days=30)
HELP = (
    "Nút dừng: không cuộc gọi nào bắt đầu cho đến khi resume. Mọi cuộc gọi, hoặc của một quy tắc, đầu số hay nguồn.",
    "The stop button: no call starts until it is resumed. All calls, or those of one rule, hotline or source.",
)


@command("pause", HELP)
@of_rule
@of_hotline
@of_source
@option(
    "--reason",
    default="",
    metavar="TEXT",
    help=("Lý do; hiện ở mọi nơi có cuộc gọi đang chờ vì nó.", "Why; shown wherever a call waits for it."),
)
@option(
    "--for",
    "span",
    metavar="SPAN",
    help=("Tự chạy lại sau chừng này, như 2h.", "Resume by itself after this, such as 2h."),
)
def run(rule: str | None, hotline: str | None, source: str | None, reason: str, span: str | None) -> None:
    need_text(reason)
    length = _length(span)
    kind, name = chosen_scope(rule, hotline, source)
    opened = open_database()
    with opened.store.write() as conn:
        outline = read_outline(conn)
        need_known_scope(conn, opened, outline, kind, name)
        at = database_now(conn, now())
        until = at + length if length else None
        pause(conn, kind, name, reason.strip(), at, who=current_user(), until=until)
    again = text("vẫn ", "still ") if (kind, name) in outline.pauses else ""
    scope = scope_name(kind, name)
    say(
        f"{again}tạm dừng: {scope}{f' trong {span}' if span else ''}; tin vẫn được nhận và quyết định như thường",
        f"{again}paused: {scope}{f' for {span}' if span else ''}; deliveries are taken and decided as ever",
    )


def _length(span: str | None) -> timedelta | None:
    try:
        length = parse_duration(span) if span is not None else None
    except ValueError as wrong:
        raise misuse(f"--for: hãy viết một khoảng như 30m hoặc 2h ({wrong})", f"--for: {wrong}") from None
    if length is not None and not timedelta(0) < length <= LONGEST:
        raise misuse("--for: từ 1s đến 30d", "--for: from 1s to 30d")
    return length
