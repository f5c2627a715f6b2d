"""One HTML page of a report: it needs no network and no script, so it can be mailed, printed and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path

from bridge.core.model.texts import Language
from bridge.core.reports.figures import Figures, Group, Report, Terms, share
from bridge.core.schedule import DAY_NAMES
from bridge.lib.charts import Cell, Column, Part, bar, columns, heat_map, legend
from bridge.monitor.report.words import (
    DIMENSIONS,
    FIGURES,
    WEEKDAYS,
    dong,
    number,
    percent,
    pick,
    say,
    shown_day,
    shown_key,
    shown_time,
    timing,
)
from bridge.store import Connection
from bridge.store.reports.report import Counted, Hour, read_groups, read_report

FEW = 10  # calls of an hour of the week, below which their share says nothing
MOST_DAYS = 62  # shown as days; more as weeks
MOST_LINES = 20
ENDS = ("confirmed", "declined", "agent", "answered", "no_key", "unreachable", "no_result")
TABLED = ("rule", "source", "province")  # by what a picture is split beside what was asked for
STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True)
class Picture:
    """A report with what its page shows besides: the days, the hours of the week, and the lines of `tables` by what."""

    report: Report
    counted: Counted
    terms: Terms
    days: Sequence[Group]
    hours: Sequence[Hour]
    tables: Mapping[str, Sequence[Group]]


def take_picture(conn: Connection, counted: Counted, by: str | None, terms: Terms) -> Picture:
    """Read all that the page shows of these orders; `by` as for `read_report`, its table comes first."""
    report = read_report(conn, counted.span, by, terms, counted)
    tables: dict[str, Sequence[Group]] = {by: report.groups} if by else {}
    for other in TABLED:
        if other != by:
            groups = read_groups(counted, other, terms)
            if sum(group.key is not None for group in groups) > 1:
                tables[other] = groups
    return Picture(report, counted, terms, read_groups(counted, "day", terms), counted.hours(), tables)


def draw(picture: Picture, language: Language) -> str:
    """The page."""
    title = f"{say('title', language)} · {_span(picture.report, language)}"
    body = "".join(_body(picture, language))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _body(picture: Picture, language: Language) -> Iterator[str]:
    report = picture.report
    yield f"<header><h1>{escape(say('title', language))}</h1><p>{escape(_span(report, language))}</p>"
    yield f'<p class="summary">{escape(summary(report.total, language))}</p></header>\n'
    if left := unfinished(picture, language):
        yield f"<p>{escape(left)}</p>\n"
    if report.total.orders:
        yield _cards(report.total, language)
    for title, drawn in charts(picture, language):
        yield section(title, drawn)
    if report.manual:
        yield section(say("manual", language), ends(report.manual, language))
    yield f"<footer>{notes(picture, language)}</footer>\n"


def charts(picture: Picture, language: Language) -> Iterator[tuple[str, str]]:
    """Each chart and table that has something to show: its title, and its HTML."""
    total = picture.report.total
    if total.orders:
        yield say("funnel", language), funnel(total, language)
    if total.called:
        yield say("ends", language), ends(total, language)
        yield days(picture.days, language)
    if picture.hours:
        yield say("heat", language), heat(picture.hours, language)
    for by, groups in picture.tables.items():
        if groups:
            what = pick(DIMENSIONS[by], language).lower()
            yield say("by", language, what=what), table(by, groups, total, language)


def section(title: str, inner: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inner}</section>\n"


def summary(total: Figures, language: Language) -> str:
    """The report in one sentence."""
    if not total.orders:
        return say("nothing", language)
    if not total.called:
        return say("none_called", language, orders=number(total.orders, language))
    counts = {name: number(getattr(total, name), language) for name in ("orders", "called", "reached", "confirmed")}
    reached = percent(share(total.reached, total.called), language)
    return say("summary", language, **counts, declined=number(total.declined, language), reached_share=reached)


def unfinished(picture: Picture, language: Language) -> str:
    """Which orders are not all counted yet, in words; "" where all are."""
    before = picture.counted.uncounted_before
    return say("unfinished", language, at=shown_time(before, language)) if before else ""


def _span(report: Report, language: Language) -> str:
    since, until = shown_time(report.since, language), shown_time(report.until, language)
    return say("span", language, since=since, until=until)


def _cards(total: Figures, language: Language) -> str:
    def of(part: int, whole: int, key: str) -> str:
        return say(key, language, share=percent(share(part, whole), language)) if whole else ""

    minutes = (
        "–" if total.median_minutes is None else say("minutes", language, n=number(total.median_minutes, language))
    )
    found = [
        ("orders", number(total.orders, language), ""),
        ("called", number(total.called, language), of(total.called, total.orders, "of_orders")),
        ("reached", number(total.reached, language), of(total.reached, total.called, "of_called")),
        ("confirmed", number(total.confirmed, language), of(total.confirmed, total.called, "of_called")),
        ("declined", number(total.declined, language), of(total.declined, total.called, "of_called")),
        ("median_minutes", minutes, ""),
        ("cost", dong(total.cost, language), ""),
        ("cost_per_confirmed", dong(total.cost_per_confirmed, language), ""),
    ]
    if total.saved is not None:
        found.append(
            ("saved", dong(total.saved, language), say("parcels", language, n=number(total.saved_parcels, language)))
        )
    named = [(pick(FIGURES[name], language), value, more) for name, value, more in found]
    cards = "".join(
        f"<div><span>{escape(label)}</span><b>{escape(value)}</b><span>{escape(more)}</span></div>"
        for label, value, more in named
    )
    return f'<section class="cards">{cards}</section>\n'


def funnel(total: Figures, language: Language) -> str:
    """Orders, called, reached, confirmed: each a bar out of all orders."""
    rows = []
    for name in ("orders", "called", "reached", "confirmed"):
        value, label = getattr(total, name), pick(FIGURES[name], language)
        text = percent(share(value, total.orders), language)
        drawn = bar([Part(f"{label}: {number(value, language)}", value, name)], total.orders, f"{label}: {text}")
        rows.append(
            f"<span>{escape(label)}</span>{drawn}<span>{number(value, language)} <small>{escape(text)}</small></span>"
        )
    return f'<div class="funnel">{"".join(rows)}</div>'


def ends(total: Figures, language: Language) -> str:
    """How what was called ended: one bar and its legend."""
    parts = [_part(total, name, language) for name in ENDS]
    shown = [part for part in parts if part.value]
    return bar(shown, total.called, ", ".join(part.label for part in shown)) + legend(shown)


def _part(figures: Figures, name: str, language: Language) -> Part:
    value: int = getattr(figures, name)
    text = f"{pick(FIGURES[name], language)}: {number(value, language)}"
    if figures.called:
        text += f" ({percent(share(value, figures.called), language)})"
    return Part(text, value, name)


def days(groups: Sequence[Group], language: Language) -> tuple[str, str]:
    """A title, and a column for each day between the first and the last order; of a long span for each week."""
    by_day = {date.fromisoformat(group.key): group.figures for group in groups if group.key}
    first, last = min(by_day), max(by_day)
    length = 1 if (last - first).days < MOST_DAYS else 7
    start = first if length == 1 else first - timedelta(days=first.weekday())
    found: list[Column] = []
    while start <= last:
        inside = [by_day[day] for n in range(length) if (day := start + timedelta(days=n)) in by_day]
        found.append(_day(start, inside, language))
        start += timedelta(days=length)
    title = say("days" if length == 1 else "weeks", language)
    named = [Part(pick(FIGURES[name], language), 0, name) for name in ENDS if any(_has(one, name) for one in groups)]
    return title, columns(found, title) + legend(named)


def _has(group: Group, name: str) -> bool:
    return bool(getattr(group.figures, name))


def _day(start: date, inside: Sequence[Figures], language: Language) -> Column:
    counted = [(name, sum(getattr(one, name) for one in inside)) for name in ENDS]
    parts = [
        Part(f"{pick(FIGURES[name], language)}: {number(value, language)}", value, name) for name, value in counted
    ]
    shown = shown_day(start.isoformat(), language)
    label = shown[:5] if language == "vi" else shown[5:]
    return Column(label, parts, "\n".join([shown, *(part.label for part in parts if part.value)]))


def heat(hours: Sequence[Hour], language: Language) -> str:
    """The week by hours: how many of the calls were answered."""
    by_cell = {(one.day, one.hour): one for one in hours}
    wide = range(min(one.hour for one in hours), max(one.hour for one in hours) + 1)
    rows = [
        (pick(WEEKDAYS[name], language), [_cell(by_cell.get((day, hour)), language) for hour in wide])
        for day, name in enumerate(DAY_NAMES)
    ]
    drawn = heat_map([str(hour) for hour in wide], rows, "")
    note = say("heat_note", language, few=FEW)
    return f'<div class="scroll">{drawn}</div><p class="note">{escape(note)}</p>'


def _cell(one: Hour | None, language: Language) -> Cell:
    if one is None:
        return Cell("", None, "")
    found = one.reached / one.rung
    day = pick(WEEKDAYS[DAY_NAMES[one.day]], language)
    note = say("cell", language, day=day, hour=one.hour, rung=one.rung, reached=one.reached)
    return Cell(f"{100 * found:.0f}", found, note, few=one.rung < FEW)


def table(by: str, groups: Sequence[Group], total: Figures, language: Language) -> str:
    """A line for each value, the total below."""
    names = ("orders", "called", "reached", "confirmed", "declined", "unreachable", "no_key", "median_minutes", "cost")
    heads = "".join(f'<th scope="col">{escape(pick(FIGURES[name], language))}</th>' for name in names)
    lines = "".join(
        _row(shown_key(by, group.key, language), group.figures, names, language) for group in groups[:MOST_LINES]
    )
    left = len(groups) - MOST_LINES
    more = f'<p class="note">{escape(say("more", language, n=left))}</p>' if left > 0 else ""
    foot = _row(say("whole", language), total, names, language)
    what = escape(pick(DIMENSIONS[by], language))
    return (
        f'<div class="scroll"><table class="figures"><thead><tr><th scope="col">{what}</th>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody><tfoot>{foot}</tfoot></table></div>{more}"
    )


def _row(name: str, figures: Figures, names: Sequence[str], language: Language) -> str:
    cells = "".join(f"<td>{_figure(figures, column, language)}</td>" for column in names)
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _figure(figures: Figures, name: str, language: Language) -> str:
    value = getattr(figures, name)
    if name == "cost":
        return escape(dong(value, language))
    if name in ("orders", "called", "median_minutes") or not figures.called:
        return number(value, language)
    return f"{number(value, language)} <small>{escape(percent(value / figures.called, language))}</small>"


def notes(picture: Picture, language: Language) -> str:
    """How the numbers came about."""
    total, terms = picture.report.total, picture.terms
    said = [timing(found, language) for found in picture.report.best_hour]
    said += [say("note_order", language), say("note_minutes", language)]
    said.append(say("note_cost", language))
    if total.unpriced:
        said.append(say("note_unpriced", language, n=number(total.unpriced, language)))
    if terms.parcel is not None:
        part = percent(float(terms.share), language)
        said.append(say("note_saved", language, share=part, price=dong(terms.parcel, language)))
    if picture.counted.counted_at:
        said.append(say("counted", language, at=shown_time(picture.counted.counted_at, language)))
    said.append(say("made", language, at=shown_time(picture.report.until, language)))
    return "".join(f"<p>{escape(one)}</p>" for one in said)
