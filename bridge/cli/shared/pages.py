"""The filters and pages of the lists `deliveries` and `calls`."""

from __future__ import annotations

from typing import Any

import click

from bridge.cli.shared.arguments import MOST_ID, need_known, need_text, phone_argument, read_since
from bridge.cli.shared.command import option
from bridge.cli.shared.database import now
from bridge.cli.shared.language import say
from bridge.store import Connection, database_now
from bridge.store.configuration.documents import source_ids
from bridge.store.people.batches import batch_names
from bridge.store.reports.views import MOST, RESULT_WORDS, Filter

by_order = option(
    "--order", metavar="ORDER", help=("Chỉ của đơn này: mã hoặc số đơn.", "Only of this order: its id or number.")
)
by_rule = option("--rule", metavar="NAME", help=("Chỉ theo quy tắc này.", "Only of this rule."))
by_batch = option(
    "--batch",
    metavar="NAME",
    help=(
        "Chỉ các cuộc gọi của danh sách này; xem: batches. Chúng không đến từ tin nào.",
        "Only calls of this list; see: batches. They come from no delivery.",
    ),
)
by_result = option(
    "--result",
    type=click.Choice(RESULT_WORDS),
    help=(
        "Chỉ cuộc gọi có kết quả này, và tin đã dẫn đến chúng.",
        "Only calls with this result, and deliveries that led to them.",
    ),
)
by_phone = option(
    "--phone",
    metavar="P",
    help=(
        "Chỉ của số này, viết kiểu nào cũng được; - đọc từ đầu vào chuẩn.",
        "Only of this number, in any spelling; - reads it from standard input.",
    ),
)
limit_option = option(
    "--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help=("Bao nhiêu dòng.", "How many.")
)
cursor_option = option(
    "--cursor",
    type=click.IntRange(1, MOST_ID),
    help=("Xem tiếp sau mã này, như dòng `next` đã ghi.", "Go on behind this id, as `next` said."),
)


def read_filter(conn: Connection, wanted: dict[str, Any]) -> Filter:
    need_source(conn, wanted["source"])
    if wanted.get("batch") is not None:
        need_known("batch", wanted["batch"], batch_names(conn))
    need_text(*(str(value) for value in wanted.values()))
    since = read_since(wanted["since"], database_now(conn, now())) if wanted["since"] is not None else None
    phone = phone_argument(wanted["phone"]) if wanted["phone"] is not None else None
    return Filter(**{**wanted, "since": since, "phone": phone})


def need_source(conn: Connection, source: str | None) -> None:
    if source is not None:
        need_known("source", source, source_ids(conn))


def print_next(cursor: str | None) -> None:
    if cursor:
        say(f"còn nữa: thêm --cursor {cursor}", f"more: add --cursor {cursor}")
