"""rules simulate: what changed rules would have made of the stored deliveries."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import click

from bridge.cli.shared.arguments import as_json, by_source, need_known, read_since, show_phones, since_option
from bridge.cli.shared.command import command, option
from bridge.cli.shared.configuration import files_argument, read_configuration
from bridge.cli.shared.database import Opened, now, open_bridge
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import clean, local_time, print_json
from bridge.cli.shared.progress import Progress
from bridge.configuration.apply import merge_rules
from bridge.core.model import Json
from bridge.core.vietnamese.hearing import read_rate
from bridge.decide.trial.difference import KINDS, Pair, pairs, summarize
from bridge.decide.trial.difference import samples as choose
from bridge.decide.trial.simulate import STATES, Simulation, run, start
from bridge.rules.rule import Rule, parse_rule
from bridge.store import database_now
from bridge.store.configuration.documents import read_documents, read_group
from bridge.store.deliveries import Span, ids_of_span

SAMPLES = 3
_WORDS = {
    "added": ("cuộc gọi thêm", "call(s) added"),
    "dropped": ("cuộc gọi không còn", "call(s) dropped"),
    "moved": ("cuộc gọi vào lúc khác", "call(s) at another time"),
    "changed": ("cuộc gọi với số, kịch bản hoặc lời khác", "call(s) to another phone, or with other words"),
    "same": ("cuộc gọi như cũ", "call(s) as before"),
}
_COLUMNS = ("kind", "rule", "source", "order_id", "order_number", "topic", "reason")
_SIDES = ("not_before", "phone", "template", "datas")


@command(
    "simulate",
    (
        "Xem các quy tắc trong tệp sẽ làm gì với những tin đã lưu, so với quy tắc đang chạy. Không bao giờ gọi ai.\n\n"
        "Không lưu gì, không gọi ai: chỉ đếm. (replay thì gọi thật.) Không tính các giới hạn, khoảng nghỉ và gọi lại.",
        "See what the rules in the files would make of stored deliveries, beside those that stand. It never rings.\n\n"
        "Nothing is stored, nobody is called: it only counts. (replay does ring.) Limits, rests and redials are left "
        "out.",
    ),
)
@files_argument
@since_option("7d")
@by_source
@option(
    "--prune",
    is_flag=True,
    help=("Bỏ những quy tắc mà các tệp không nêu.", "Without the rules that the files do not name."),
)
@option(
    "--samples",
    type=click.IntRange(0, 100),
    help=("In bao nhiêu ví dụ cho mỗi loại.", "How many examples of each kind to print."),
)
@option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=("Ghi mọi khác biệt vào tệp CSV này.", "Write every difference to this CSV file."),
)
@show_phones
@as_json
def simulate_command(
    files: tuple[Path, ...],
    since: str,
    source: str | None,
    samples: int | None,
    csv_file: Path | None,
    *,
    prune: bool,
    show_phones: bool,
    as_json: bool,
) -> None:
    opened = open_bridge()
    ids, began = _choose(opened, since, source)
    simulation = _prepare(opened, files, prune=prune)
    progress = Progress(("tin", "deliveries"), len(ids))
    for done in run(opened.store, simulation, ids):
        progress.show(done)
    progress.end()
    found = list(pairs(simulation))
    if csv_file is not None:
        _write_csv(csv_file, found, show_phones=show_phones)
    chosen = choose(found, SAMPLES if samples is None and as_json else samples or 0)
    shown = [pair.as_json(show_phones=show_phones) for pair in chosen]
    summary = _summary(opened, simulation, found)
    if as_json:
        print_json({"since": began, **summary, "samples": shown})
        return
    _print(began, len(ids), summary, shown)


def _choose(opened: Opened, since: str, source: str | None) -> tuple[list[int], str]:
    with opened.store.read() as conn:
        if source is not None:
            need_known("source", source, [document["id"] for document in read_documents(conn)["sources"]])
        began = read_since(since, database_now(conn, now()))
        return ids_of_span(conn, Span(began, source, STATES)), began.isoformat()


def _prepare(opened: Opened, files: tuple[Path, ...], *, prune: bool) -> Simulation:
    with opened.store.read() as conn:
        catalog, live = opened.catalogs.read(conn), read_documents(conn)
    written, findings = read_configuration(files, [document["id"] for document in live["sources"]])
    wrong = [finding for finding in findings if not finding.warning]
    for finding in wrong:
        click.echo(finding.said(current_language()), err=True)
    if wrong:
        raise failure(f"có {len(wrong)} lỗi trong các tệp", f"{len(wrong)} error(s) in the files")
    if not written.rules and not prune:
        raise misuse("các tệp không có quy tắc nào", "the files hold no rule")
    rules: list[Rule] = [parse_rule(document) for document in merge_rules(live["rules"], written.rules, prune=prune)]
    return start(catalog, rules)


def _summary(opened: Opened, simulation: Simulation, found: Sequence[Pair]) -> dict[str, Json]:
    with opened.store.read() as conn:
        rate, texts = read_rate(read_group(conn, "reports")), read_group(conn, "templates")
    return summarize(simulation, found, texts, rate)


def _print(began: str, deliveries: int, summary: dict[str, Json], samples: Sequence[dict[str, Json]]) -> None:
    since, events = local_time(began), summary["events"]
    say(
        f"từ {since}: {deliveries} tin, {events} sự kiện; không ai bị gọi",
        f"since {since}: {deliveries} delivery(ies), {events} event(s); nobody is called",
    )
    for kind in KINDS:
        click.echo(f"{summary[kind]:>8}  {text(*_WORDS[kind])}")
    twice = summary["ring_twice"]
    say(
        f"số điện thoại được gọi nhiều lần trong một ngày: {twice['before']} → {twice['after']}",
        f"phones that ring more than once on one day: {twice['before']} → {twice['after']}",
    )
    if summary["cost"]:
        before, after = (f"{summary['cost'][side]:,}".replace(",", ".") for side in ("before", "after"))
        say(f"ước tính chi phí: {before} → {after} đồng", f"estimated cost: {before} → {after} dong")
    if summary["unreadable"]:
        say(
            f"{summary['unreadable']} tin không đọc được nữa nên không tính",
            f"{summary['unreadable']} delivery(ies) cannot be read any more and are left out",
        )
    for sample in samples:
        click.echo(clean(_line(sample)))
    if not samples and any(summary[kind] for kind in KINDS if kind != "same"):
        say("xem ví dụ: thêm --samples 5; xem hết: --csv FILE", "for examples add --samples 5; for all: --csv FILE")


def _line(sample: dict[str, Json]) -> str:
    said = f"{sample['kind']}: {sample['rule']}, {sample['source']}, {sample['order_number']}"
    reason = f" ({sample['reason']})" if sample["reason"] else ""
    sides = [
        "–" if side is None else f"{local_time(side['not_before'])} {side['phone']} {_datas(side['datas'])}"
        for side in (sample["before"], sample["after"])
    ]
    return f"{said}{reason}: {sides[0]} → {sides[1]}"


def _datas(datas: Json) -> str:
    return json.dumps(datas, ensure_ascii=False, default=str)


def _write_csv(path: Path, found: Sequence[Pair], *, show_phones: bool) -> None:
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            sides = [f"{side}_{name}" for side in ("before", "after") for name in _SIDES]
            writer.writerow([*_COLUMNS, *sides])
            for pair in found:
                if pair.kinds != ("same",):
                    writer.writerow(_row(pair.as_json(show_phones=show_phones)))
    except OSError as error:
        raise failure(
            f"không ghi được {path}: {error.strerror}", f"{path} cannot be written: {error.strerror}"
        ) from None


def _row(item: dict[str, Json]) -> list[Json]:
    cells = [item[name] for name in _COLUMNS]
    for side in (item["before"] or {}, item["after"] or {}):
        cells += [_datas(side[name]) if name == "datas" and side else side.get(name) for name in _SIDES]
    return [_harmless(cell) for cell in cells]


def _harmless(cell: Json) -> Json:
    """A text that a spreadsheet would take for a formula, as text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
