"""audit: who did what, when, and why."""

from __future__ import annotations

from bridge.cli.shared.arguments import as_json, need_text, read_since, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.pages import cursor_option, limit_option, print_next
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.store import database_now
from bridge.store.operation.actions import list_actions
from bridge.store.reports.views import describe_act

GROUP = "look"
HELP = (
    "Ai đã làm gì, lúc nào, vì sao; mới nhất trước.\n\n"
    "Gồm mọi lệnh thay đổi hoặc gọi, mọi lần xem nguyên văn một tin, và mọi lần hiện đầy đủ số điện thoại.",
    "Who did what, when and why; newest first.\n\n"
    "Every command that changes something or rings, every look at a delivery's bytes or at whole phone numbers.",
)
HEADS = (
    ("lúc", "at"),
    ("ai", "who"),
    ("việc", "what"),
    ("đối tượng", "on"),
    ("lý do", "reason"),
)


@command("audit", HELP)
@since_option()
@option("--who", metavar="NAME", help=("Chỉ của người này, hoặc token này.", "Only of this user, or token."))
@limit_option
@cursor_option
@as_json
def run(*, since: str | None, who: str | None, limit: int, cursor: int | None, as_json: bool) -> None:
    need_text(who or "")
    opened = open_database()
    with opened.store.read() as conn:
        begins = read_since(since, database_now(conn, now())) if since is not None else None
        found = list_actions(conn, limit + 1, since=begins, who=who, cursor=cursor)
    acts = found[:limit]
    following = str(acts[-1].id) if len(found) > limit else None
    if as_json:
        print_json({"items": [describe_act(act) for act in acts], "next": following})
        return
    print_table(HEADS, [(local_time(act.at), act.who, act.what, act.on, act.reason) for act in acts])
    print_next(following)
