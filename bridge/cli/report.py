"""report: what became of the orders of a span, as a table, CSV, JSON, or one page to mail."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from bridge.cli.shared.arguments import as_json as json_option
from bridge.cli.shared.arguments import read_since, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import current_language, failure, misuse, say
from bridge.cli.shared.printing import print_json, print_table
from bridge.core.reports.figures import DIMENSIONS, Figures, Report, Terms, describe, read_terms, share
from bridge.monitor.report import Picture, draw, take_picture
from bridge.monitor.report.words import DIMENSIONS as NAMES
from bridge.monitor.report.words import FIGURES, dong, number, percent, shown_key, timing
from bridge.monitor.report.words import say as words
from bridge.store import Connection, database_now
from bridge.store.configuration.documents import read_group
from bridge.store.reports.report import Span, count_ledger, read_report

GROUP = "look"
HELP = (
    "Báo cáo: bao nhiêu đơn được gọi, gặp được, xác nhận, từ chối, và tốn bao nhiêu.\n\n"
    "Mỗi đơn nhận được trong khoảng thời gian được đếm một lần. --html ghi một trang có biểu đồ, gửi qua email được.",
    "The report: how many orders were called, reached, confirmed, declined, and what that cost.\n\n"
    "Each order that came in the span counts once. --html writes one page with charts that can be mailed.",
)
SHOWN = (
    *("orders", "called", "reached", "confirmed", "declined", "unreachable", "no_key"),
    *("median_minutes", "cost", "cost_per_confirmed"),
)
WHOLE = ("orders", "called", "median_minutes")


@command("report", HELP)
@since_option("30d")
@option(
    "--until",
    metavar="SPAN",
    help=("Đến lúc này; viết như --since. Mặc định: bây giờ.", "Until then; written as --since. Default: now."),
)
@option(
    "--by",
    type=click.Choice(DIMENSIONS),
    help=("Thêm một dòng cho mỗi giá trị.", "A line for each value too."),
)
@option("--csv", "as_csv", is_flag=True, help=("In dạng CSV.", "Print CSV."))
@json_option
@option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="FILE",
    help=("Ghi một trang HTML có biểu đồ vào tệp này.", "Write one HTML page with charts to this file."),
)
def run(*, since: str, until: str | None, by: str | None, as_csv: bool, as_json: bool, html: Path | None) -> None:
    if as_csv + as_json + (html is not None) > 1:
        raise misuse("hãy chọn một trong --csv, --json và --html", "choose one of --csv, --json and --html")
    with open_database().store.read() as conn:
        span = _span(conn, since, until)
        terms = read_terms(read_group(conn, "reports"))
        picture = take_picture(conn, count_ledger(conn, span), by, terms) if html else None
        report = picture.report if picture else read_report(conn, span, by, terms)
    if picture and html:
        _write(picture, html)
    elif as_json:
        print_json(describe(report))
    elif as_csv:
        _print_csv(report)
    else:
        _print(report, terms)


def _span(conn: Connection, since: str, until: str | None) -> Span:
    at = database_now(conn, now())
    span = Span(read_since(since, at), read_since(until, at, "--until") if until else at)
    if span.since >= span.until:
        raise misuse("--since phải trước --until", "--since must be before --until")
    return span


def _write(picture: Picture, file: Path) -> None:
    try:
        file.write_text(draw(picture, current_language("vi")), encoding="utf-8")
    except OSError as error:
        raise failure(
            f"không ghi được {file}: {error.strerror}", f"{file} cannot be written: {error.strerror}"
        ) from None
    orders = picture.report.total.orders
    say(f"đã ghi {file}: {orders} đơn", f"wrote {file}: {orders} order(s)")


def _print_csv(report: Report) -> None:
    """A line for each group, and one of the whole, whose key is `total`."""
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(["line", report.by or "key", *asdict(report.total)])
    for group in report.groups:
        lines.writerow(["group", _plain(group.key), *asdict(group.figures).values()])
    lines.writerow(["total", "", *asdict(report.total).values()])
    if report.manual:
        lines.writerow(["manual", "", *asdict(report.manual).values()])


def _plain(key: str | None) -> str | None:
    """A sheet would run a text that begins as a formula does."""
    return f"'{key}" if key and key[0] in "=+-@\t\r" else key


def _print(report: Report, terms: Terms) -> None:
    language = current_language()
    head = NAMES[report.by] if report.by else ("", "")
    rows = [[shown_key(report.by or "", group.key, language), *_cells(group.figures)] for group in report.groups]
    rows.append([words("whole", language), *_cells(report.total)])
    if report.manual:
        rows.append([words("manual", language), *_cells(report.manual)])
    print_table((head, *(FIGURES[name] for name in SHOWN)), rows)
    for line in _remarks(report, terms):
        say(*line)
    for found in report.best_hour:
        click.echo(timing(found, language))


def _cells(figures: Figures) -> list[str]:
    language = current_language()
    found = asdict(figures)
    cells: list[str] = []
    for name in SHOWN:
        if name.startswith("cost"):
            cells.append(dong(found[name], language))
        elif name in WHOLE or not figures.called:
            cells.append(number(found[name], language))
        else:
            cells.append(f"{number(found[name], language)} ({percent(share(found[name], figures.called), language)})")
    return cells


def _remarks(report: Report, terms: Terms) -> Iterator[tuple[str, str]]:
    total = report.total
    if total.unpriced:
        yield (
            f"chưa rõ giá của {total.unpriced} cuộc gọi: hãy ghi reports.rate vào cấu hình",
            f"{total.unpriced} call(s) of unknown price: write reports.rate into the configuration",
        )
    if terms.parcel is not None:
        yield (
            f"{total.saved_parcels} kiện không phải gửi: tiết kiệm {dong(total.saved, 'vi')}",
            f"{total.saved_parcels} parcel(s) not sent: {dong(total.saved, 'en')} saved",
        )
