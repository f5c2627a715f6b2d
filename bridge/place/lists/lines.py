"""The lines of a list that can be called: checked against the template, counted, and stored, each once.

A line's key is a digest: it outlives the person's data, so that whoever was forgotten is not rung again.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bridge.core.model import DEFAULT_ZONE, BadRule, Json
from bridge.core.reasons import sentence
from bridge.core.reasons.problems import finding_vi
from bridge.core.schedule import promise
from bridge.place.lists.columns import guess_columns
from bridge.place.lists.sheet import UID, Bad, BadSheet, Line, Sheet, Unread, identity, open_sheet, read_head
from bridge.place.lists.workbook import is_workbook, workbook_text
from bridge.place.manual import Refused, manual_call
from bridge.rules.custom_fields import check_datas
from bridge.rules.rule import Rule
from bridge.store import Connection
from bridge.store.calls import calls_by_keys, create_call
from bridge.store.people.batches import add_to_batch, called_before
from bridge.store.people.dnc import listed_among

LINES_IN_TRANSACTION = 200  # other writers wait meanwhile


@dataclass(frozen=True, repr=False)
class Ready:
    """A line that can be called, and the key under which it is called once."""

    number: int
    key: str
    phone: str
    datas: Mapping[str, Json]
    person: Mapping[str, str]


@dataclass
class Count:
    """What became of the lines: `there` by the state of the calls that were there before."""

    name: str
    template: str
    hotline: str = ""
    lines: int = 0
    new: int = 0
    there: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    do_not_call: int = 0
    bad: list[Bad] = field(default_factory=list)


@dataclass
class Ahead:
    """What would become of the lines that can be called, before any is stored; `there` as in Count.

    again   of the new ones: those whose number this list calls, or called, in another line
    """

    new: int = 0
    again: int = 0
    there: Counter[str] = field(default_factory=Counter)
    do_not_call: int = 0


def open_list(
    content: bytes,
    moved: Mapping[str, str],
    ignored: Collection[str],
    constants: Mapping[str, str],
    fields: list[Json] | None,
) -> Sheet:
    """The file of a list, CSV or Excel. BadSheet: a column is no custom field of the template, or is given twice.

    moved, ignored  as `open_sheet` takes them
    constants       values that all lines share
    fields          the template's custom fields, where they are known
    """
    text, unread = as_csv(content)
    sheet = open_sheet(text, moved, ignored, unread)
    for name in sheet.fields:
        if name in constants:
            raise BadSheet(
                f"{name} vừa là cột vừa có trong --set; hãy bỏ một trong hai",
                f"{name} is a column and also --set; leave one of them out",
            )
    if fields is None:
        return sheet
    known = {str(entry["cfkey"]) for entry in fields}
    for name in sheet.fields:
        if name not in known:
            takes = ", ".join(sorted(known))
            guessed = guess_columns(read_head(text), fields)
            meant = next((target for target in guessed if guessed[target] == name and target not in moved), "FIELD")
            write, leave = shlex.quote(f"{meant}=column:{name}"), shlex.quote(name)
            raise BadSheet(
                f"cột {name} không phải trường tùy chỉnh của kịch bản, vốn nhận: {takes}. "
                f"Hãy viết --set {write}, hoặc --ignore {leave}",
                f"the column {name} is no custom field of the template, which takes: {takes}. "
                f"Write --set {write}, or --ignore {leave}",
            )
    return sheet


def as_csv(content: bytes) -> tuple[bytes, Unread]:
    """The file as CSV, whether it is that or an Excel workbook, and its cells without a value. Errors: BadSheet."""
    if not is_workbook(content):
        return content, {}
    text, unread = workbook_text(content)
    return text.encode(), unread


def ready_lines(
    sheet: Sheet, constants: Mapping[str, str], fields: list[Json] | None, count: Count
) -> Iterator[Ready | None]:
    """Yield each line that can be called, once, and None for the others, which are counted. Errors: BadSheet."""
    seen: set[str] = set()
    for line in sheet.lines():
        count.lines += 1
        made = _ready(count, line, constants, fields) if isinstance(line, Line) else line
        if isinstance(made, Bad):
            count.bad.append(made)
            yield None
        elif made.key in seen:
            count.repeated += 1
            yield None
        else:
            seen.add(made.key)
            yield made


def _ready(count: Count, line: Line, constants: Mapping[str, str], fields: list[Json] | None) -> Ready | Bad:
    person = {name: value for name, value in (("name", line.name), (UID, line.customer_uid)) if value}
    # A script may speak the name that the list has for everybody.
    spoken = {entry["cfkey"]: person[entry["cfkey"]] for entry in fields or () if entry["cfkey"] in person}
    try:
        datas = check_datas({**spoken, **constants, **line.datas}, fields)
    except BadRule as error:
        where = error.where.removeprefix("datas.")
        return Bad(line.number, f"{where}: {error.problem}", f"{where}: {finding_vi(error.problem)}")
    line_identity = json.dumps(identity(count.name, count.template, line), ensure_ascii=False)
    key = f"line:{hashlib.sha256(line_identity.encode()).hexdigest()}"
    return Ready(line.number, key, line.phone, datas, person)


def chunks(ready: Sequence[Ready]) -> Iterator[Sequence[Ready]]:
    """So many as one transaction takes."""
    return (ready[first : first + LINES_IN_TRANSACTION] for first in range(0, len(ready), LINES_IN_TRANSACTION))


def count_ahead(conn: Connection, ready: Sequence[Ready], name: str) -> Ahead:
    """`name`: of the list."""
    ahead = Ahead()
    for some in chunks(ready):
        there = calls_by_keys(conn, [each.key for each in some])
        ahead.there.update(call.state for call in there.values())
        new = [each.phone for each in some if each.key not in there]
        listed = listed_among(conn, new)
        ahead.do_not_call += sum(phone in listed for phone in new)
        new = [phone for phone in new if phone not in listed]
        ahead.new += len(new)
        before = called_before(conn, name, new)
        ahead.again += sum(phone in before for phone in new)
    return ahead


def store_some(
    conn: Connection, rule: Rule, some: Sequence[Ready], count: Count, holidays: Collection[date], at: datetime
) -> list[int]:
    """The ids of these lines' calls, new or there before; those of the do-not-call list have none. Errors: Refused."""
    not_before, not_after = promise(at, at, at, rule.after, rule.within, rule.windows, DEFAULT_ZONE, holidays)
    if not_before > not_after:
        english, vietnamese = (sentence("no_window", language, not_after=not_after) for language in ("en", "vi"))
        raise Refused(("window",), english, "no_window", vietnamese)
    there = calls_by_keys(conn, [each.key for each in some])
    listed = listed_among(conn, [each.phone for each in some])
    ids = []
    for each in some:
        known = there.get(each.key)
        if known is not None:
            count.there[known.state] += 1
            ids.append(int(known.id))
            continue
        if each.phone in listed:
            count.do_not_call += 1
            continue
        span = (not_before, not_after)
        new = manual_call(rule, each.key, each.phone, count.hotline, each.datas, span, at, person=each.person)
        call_id = create_call(conn, new, at)
        if call_id is not None:  # else another request, with the same list, was here first
            count.new += 1
            ids.append(call_id)
    add_to_batch(conn, count.name, count.template, ids, at)
    return ids
