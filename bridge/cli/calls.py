"""calls: the calls of the ledger, newest first."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli.shared.acts import record_shown_phones
from bridge.cli.shared.arguments import as_json, by_source, show_phones, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import open_database
from bridge.cli.shared.pages import (
    by_batch,
    by_order,
    by_phone,
    by_result,
    by_rule,
    cursor_option,
    limit_option,
    print_next,
    read_filter,
)
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.store.reports.views import CALL_STATES, list_calls

GROUP = "look"
HELP = (
    "Liệt kê cuộc gọi, mới nhất trước.",
    "List calls, newest first.",
)

HEADS = (
    ("mã", "id"),
    ("lúc tạo", "created"),
    ("nguồn", "source"),
    ("đơn", "order"),
    ("quy tắc", "rule"),
    ("số điện thoại", "phone"),
    ("trạng thái", "state"),
    ("lý do", "reason"),
    ("kết quả", "result"),
    ("lần gửi", "attempts"),
)


@command("calls", HELP)
@by_source
@by_order
@by_phone
@by_rule
@by_batch
@option("--state", type=click.Choice(CALL_STATES), help=("Chỉ ở trạng thái này.", "Only in this state."))
@by_result
@since_option()
@limit_option
@cursor_option
@show_phones
@as_json
def run(*, show_phones: bool, as_json: bool, **wanted: Any) -> None:
    opened = open_database()
    record_shown_phones(opened, "calls", shown=show_phones)
    with opened.store.read() as conn:
        page = list_calls(conn, read_filter(conn, wanted), show_phones=show_phones)
    if as_json:
        print_json({"items": page.items, "next": page.next})
        return
    print_table(HEADS, [_call_cells(item) for item in page.items])
    print_next(page.next)


def _call_cells(item: dict[str, Json]) -> tuple[object, ...]:
    names = ("source", "order_number", "rule", "phone", "state", "reason", "result")
    return (item["id"], local_time(item["created_at"]), *(item[name] for name in names), len(item["attempts"]))
