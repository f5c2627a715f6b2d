"""pause: stop placing calls, all of them or those of one rule, hotline or source."""

from __future__ import annotations

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import say, text
from bridge.cli.shared.pauses import chosen_scope, need_known_scope, of_hotline, of_rule, of_source, scope_name
from bridge.store import database_now
from bridge.store.configuration.outline import read_outline
from bridge.store.configuration.pauses import pause

GROUP = "act"
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
def run(rule: str | None, hotline: str | None, source: str | None, reason: str) -> None:
    need_text(reason)
    kind, name = chosen_scope(rule, hotline, source)
    opened = open_database()
    with opened.store.write() as conn:
        outline = read_outline(conn)
        need_known_scope(conn, opened, outline, kind, name)
        pause(conn, kind, name, reason.strip(), database_now(conn, now()), who=current_user())
    again = text("vẫn ", "still ") if (kind, name) in outline.pauses else ""
    scope = scope_name(kind, name)
    say(
        f"{again}tạm dừng: {scope}; tin vẫn được nhận và quyết định như thường",
        f"{again}paused: {scope}; deliveries are taken and decided as ever",
    )
