"""resume: end a pause."""

from __future__ import annotations

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import say
from bridge.cli.shared.pauses import chosen_scope, need_known_scope, of_hotline, of_rule, of_source, scope_name
from bridge.store import database_now
from bridge.store.configuration.outline import read_outline
from bridge.store.configuration.pauses import resume

GROUP = "act"
HELP = (
    "Kết thúc tạm dừng. Không có cờ nào: chỉ tạm dừng chung; tạm dừng của một quy tắc, đầu số hay nguồn vẫn còn.",
    "End a pause. Without a flag the general pause only; those of a rule, hotline or source remain.",
)


@command("resume", HELP)
@of_rule
@of_hotline
@of_source
@option("--reason", default="", metavar="TEXT", help=("Lý do.", "Why."))
def run(rule: str | None, hotline: str | None, source: str | None, reason: str) -> None:
    need_text(reason)
    kind, name = chosen_scope(rule, hotline, source)
    opened = open_database()
    with opened.store.write() as conn:
        outline = read_outline(conn)
        if (kind, name) not in outline.pauses:
            need_known_scope(conn, opened, outline, kind, name)
        ended = resume(conn, kind, name, reason.strip(), database_now(conn, now()), who=current_user())
    scope = scope_name(kind, name)
    if ended:
        say(f"đã chạy lại: {scope}", f"resumed: {scope}")
    else:
        say(f"vốn không tạm dừng: {scope}", f"was not paused: {scope}")
    for other in sorted(key for key in outline.pauses if key != (kind, name)):
        say(f"vẫn tạm dừng: {scope_name(*other)}", f"still paused: {scope_name(*other)}")
