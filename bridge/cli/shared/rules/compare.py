"""rules compare: how the calls of two rules ended."""

from __future__ import annotations

from dataclasses import asdict

import click

from bridge.cli.shared.arguments import as_json, need_known, read_since, since_option
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import misuse, say
from bridge.cli.shared.printing import print_json, print_table
from bridge.store import database_now
from bridge.store.configuration.documents import read_documents
from bridge.store.reports.comparison import RuleFigures, compare_rules

_HEADS = (
    ("quy tắc", "rule"),
    ("cuộc gọi", "calls"),
    ("đã gọi", "called"),
    ("gặp được", "reached"),
    ("xác nhận", "confirmed"),
    ("từ chối", "declined"),
    ("gặp nhân viên", "agent"),
    ("không bấm phím", "no key"),
    ("không gặp", "unreachable"),
)


@command(
    "compare",
    (
        "So sánh kết quả cuộc gọi của hai quy tắc, ví dụ quy tắc chạy thử (sample) và quy tắc bên cạnh.",
        "Compare how the calls of two rules ended, such as a rule on trial (sample) and the one beside it.",
    ),
)
@click.argument("first")
@click.argument("second")
@since_option("30d")
@as_json
def compare_command(first: str, second: str, since: str, *, as_json: bool) -> None:
    if first == second:
        raise misuse("hãy nêu hai quy tắc khác nhau", "name two different rules")
    with open_database().store.read() as conn:
        known = [document["rule"] for document in read_documents(conn)["rules"]]
        for name in (first, second):
            need_known("rule", name, known)
        until = database_now(conn, now())
        began = read_since(since, until)
        found = compare_rules(conn, (first, second), began, until)
    if as_json:
        items = [asdict(figures) for figures in found]
        print_json({"since": began.isoformat(), "until": until.isoformat(), "items": items, "next": None})
        return
    print_table(_HEADS, [_cells(figures) for figures in found])
    if not all(figures.called for figures in found):
        say("chưa đủ cuộc gọi để so sánh", "too few calls to compare")


def _cells(figures: RuleFigures) -> tuple[object, ...]:
    """The counts, each with its share of the calls that VBot placed."""
    shares = (figures.reached, figures.confirmed, figures.declined, figures.agent, figures.no_key, figures.unreachable)
    return (figures.rule, figures.calls, figures.called, *(_share(count, figures.called) for count in shares))


def _share(count: int, whole: int) -> str:
    return f"{count} ({100 * count / whole:.0f}%)" if whole else str(count)
