"""batches: the lists of people that were called, and how far each is."""

from __future__ import annotations

from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command
from bridge.cli.shared.database import open_database
from bridge.cli.shared.language import current_language
from bridge.cli.shared.pages import cursor_option, limit_option, print_next
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.words import STATES, word
from bridge.store.people.batches import list_batches

GROUP = "look"
HELP = (
    "Các danh sách đã gọi bằng batch, mới nhất trước: bao nhiêu dòng, mỗi trạng thái bao nhiêu cuộc gọi.",
    "The lists that batch called, newest first: how many lines, and how many calls in each state.",
)
HEADS = (
    ("danh sách", "name"),
    ("kịch bản", "template"),
    ("lúc tạo", "created"),
    ("dòng", "lines"),
    ("trạng thái", "states"),
)


@command("batches", HELP)
@limit_option
@cursor_option
@as_json
def run(*, limit: int, cursor: int | None, as_json: bool) -> None:
    opened = open_database()
    with opened.store.read() as conn:
        found = list_batches(conn, limit + 1, cursor)
    page = found[:limit]
    following = str(page[-1].id) if len(found) > limit else None
    if as_json:
        items = [
            {
                "name": batch.name,
                "template": batch.template,
                "created_at": batch.created_at.isoformat(),
                "lines": batch.lines,
                "by_state": dict(batch.by_state),
            }
            for batch in page
        ]
        print_json({"items": items, "next": following})
        return
    cells = []
    for batch in page:
        states = ", ".join(
            f"{count} {word(STATES, state, current_language())}" for state, count in batch.by_state.items()
        )
        cells.append((batch.name, batch.template, local_time(batch.created_at), batch.lines, states))
    print_table(HEADS, cells)
    print_next(following)
