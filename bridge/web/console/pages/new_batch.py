"""A new list: a file is looked at, its columns are told apart, and it is started; nothing is stored before."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

import flask_babel  # type: ignore[import-untyped]
from flask import Response, request, url_for

from bridge.core.model import DEFAULT_ZONE, MANUAL, BadRule, Json
from bridge.core.model.texts import Text
from bridge.core.reasons import sentence
from bridge.core.reasons.problems import finding_vi
from bridge.core.reports.figures import read_terms
from bridge.core.schedule import promise
from bridge.core.words import STATES, word
from bridge.lib.compression import MAX_BODY
from bridge.lib.masking import mask_phone
from bridge.place.call_context import holidays_for
from bridge.place.lists.columns import guess_columns
from bridge.place.lists.lines import (
    Ahead,
    Count,
    Ready,
    as_csv,
    chunks,
    count_ahead,
    open_list,
    ready_lines,
    store_some,
)
from bridge.place.lists.sheet import NAME, PEOPLE, PHONE, UID, BadSheet, Head, read_head
from bridge.place.manual import FIELDS_SECONDS, Refused, known_fields, manual_rule
from bridge.rules.custom_fields import is_required
from bridge.rules.rule import Rule
from bridge.store import Connection, database_now
from bridge.store.configuration.documents import read_group
from bridge.store.configuration.outline import read_outline
from bridge.store.hotlines import find_hotline
from bridge.store.operation.vbot_balance import last_balance
from bridge.store.people.list_price import price_of_call
from bridge.vbot.client import Client
from bridge.web.console.language import instant, number, text
from bridge.web.console.visit import Page, Visit, Wrong, post

MOST_LINES = 5_000  # of a list that a page takes; the command takes any
MOST_PACKED = 900_000  # letters of the file in the form that starts it, which must stay below 1 MB
SHOWN_BAD = 50
MOST_LETTERS = 200
PERSON: Mapping[str, Text] = {
    PHONE: ("Số điện thoại", "Phone"),
    NAME: ("Tên khách", "The person's name"),
    UID: ("Mã khách hàng", "The person's id with you"),
}


@dataclass(frozen=True, repr=False)
class Wish:
    """What the form says: the rule of these calls, the list's name, and the file."""

    rule: Rule
    name: str
    hotline: str
    window: str
    content: bytes


@dataclass(frozen=True, repr=False)
class Choice:
    """What is read from where. columns: phone, name, customer_uid or a custom field -> the column's name.

    same   a custom field -> the text that all lines share
    """

    columns: Mapping[str, str]
    same: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Read:
    """What the file holds: the lines that can be called, and what is wrong with the others."""

    ready: Sequence[Ready]
    count: Count


def preview(visit: Visit) -> str:
    """What the list would lead to. Nothing is stored; the file travels in the form that starts it."""
    content, file = _given()
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    if len(packed) > MOST_PACKED:
        raise Wrong(
            "Tệp quá lớn cho trang này: hãy dùng lệnh python -m bridge batch.",
            "The file is too large for this page: use the command python -m bridge batch.",
            413,
        )
    wish = _wish(visit, request.form.get("name", "").strip() or file, content)
    fields, head = _fields(visit, wish.rule.template), _head(content)
    choice, problem, read = _choice(head, fields), "", None
    try:
        read = _read(wish, choice, head, fields)
    except BadSheet as error:
        said = error.texts[visit.language == "en"]
        problem = f"{said[:1].upper()}{said[1:]}."
    with visit.store.read() as conn:
        ahead = count_ahead(conn, read.ready, wish.name) if read else Ahead()
        facts = [*_when(conn, visit, wish, ahead.new), *_cost(conn, visit, wish, ahead.new)] if ahead.new else []
    count = read.count if read else Count(wish.name, wish.rule.template)
    return visit.show(
        "new_batch.html",
        wish=wish,
        count=count,
        ahead=ahead,
        there=[(code, word(STATES, code, visit.language), n) for code, n in sorted(ahead.there.items())],
        facts=facts,
        problem=problem,
        columns=list(head.places),
        described=[_described(head, name, choice) for name in head.places],
        targets=[*_targets(head, fields, choice)],
        bad=[(bad.number, bad.texts[visit.language == "en"]) for bad in count.bad[:SHOWN_BAD]],
        packed=packed,
        seen=_digest(content, choice),
    )


def start(visit: Visit) -> Response:
    content = _unpack(request.form.get("packed", ""))
    wish = _wish(visit, request.form.get("name", ""), content)
    fields, head = _fields(visit, wish.rule.template), _head(content)
    choice = _choice(head, fields)
    if request.form.get("seen") != _digest(content, choice):
        raise Wrong(
            "Các cột đã được chọn lại sau lần xem trước. Hãy xem lại rồi mới gọi.",
            "The columns were chosen anew since you looked. Look again before anybody is called.",
            409,
        )
    try:
        read = _read(wish, choice, head, fields)
        if read.count.bad and not request.form.get("skip_bad"):
            raise Wrong(
                "Danh sách còn dòng sai: hãy sửa tệp, hoặc đánh dấu vào ô bỏ qua các dòng đó.",
                "Lines of the list are bad: mend the file, or tick that they are left out.",
            )
        new = _store(visit, wish, read)
    except BadSheet as error:
        raise Wrong(*error.texts) from None
    except Refused as refused:
        raise Wrong(refused.vietnamese, refused.problem, 409) from None
    visit.say(
        "Danh sách {name}: {n} cuộc gọi mới đang chờ.", "The list {name}: {n} new calls wait.", name=wish.name, n=new
    )
    return visit.go(url_for("batches.show"))


PAGE = Page(
    "new_batch",
    ("Một danh sách mới", "A new list"),
    place=None,
    under="batches",
    routes=(
        post("/console/batches/preview", preview, role="operator"),
        post("/console/batches/start", start, role="operator"),
    ),
)


def _given() -> tuple[bytes, str]:
    """The file, and its name: as it is uploaded, or as it travels in the form. Wrong: there is none."""
    upload = request.files.get("file")
    content = upload.read(MAX_BODY) if upload is not None else _unpack(request.form.get("packed", ""))
    if not content:
        raise Wrong("Hãy chọn một tệp CSV hoặc Excel (.xlsx).", "Choose a CSV or Excel file (.xlsx).")
    return content, (upload.filename if upload is not None else "") or ""


def _wish(visit: Visit, name: str, content: bytes) -> Wish:
    """Wrong says what the form lacks."""
    template = request.form.get("template", "").strip()
    hotline = request.form.get("hotline", "").strip() or visit.posting.hotline
    opens, closes = request.form.get("opens", "08:00"), request.form.get("closes", "20:00")
    if not template or not hotline or max(map(len, (template, hotline, name))) > MOST_LETTERS or "\0" in name:
        raise Wrong("Hãy viết mã kịch bản và đầu số.", "Write the template's code and the hotline.")
    try:
        rule = manual_rule(template, hotline, {"from": opens, "to": closes})
    except BadRule as error:
        raise Wrong(f"{error.where}: {finding_vi(error.problem)}", f"{error.where}: {error.problem}") from None
    named = name.strip() or f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    return Wish(rule, named, hotline, f"{opens}-{closes}", content)


def _head(content: bytes) -> Head:
    try:
        return read_head(as_csv(content)[0])
    except BadSheet as error:
        raise Wrong(*error.texts) from None


def _fields(visit: Visit, template: str) -> list[Json] | None:
    deadline = time.monotonic() + FIELDS_SECONDS
    try:
        found = known_fields(visit.store, _client(visit), template, datetime.now(UTC), deadline, keep=False)
    except Refused as refused:
        raise Wrong(refused.vietnamese, refused.problem) from None
    return found.fields or None


def _choice(head: Head, fields: list[Json] | None) -> Choice:
    """As the form says; where it says nothing yet, as the columns are called. Wrong: it says what cannot be."""
    if "from:phone" not in request.form:
        return Choice(guess_columns(head, fields), {})
    names = {str(place): name for name, place in head.places.items()}
    wanted = {target: request.form.get(f"from:{target}", "") for target in _names(head, fields)}
    if not set(wanted.values()) <= {"", *names}:
        raise Wrong("Biểu mẫu thiếu dữ liệu. Hãy tải tệp lên lại.", "The form is not whole. Upload the file again.")
    columns = {target: names[place] for target, place in wanted.items() if place}
    same = {
        target: said
        for target in wanted
        if target not in PEOPLE
        if (said := request.form.get(f"same:{target}", "").strip())
    }
    both = next((target for target in same if target in columns), None)
    if both is not None:
        raise Wrong(
            f"{both}: hãy chọn một cột hoặc viết một nội dung chung, không cả hai.",
            f"{both}: choose a column, or write one text for all, not both.",
        )
    return Choice(columns, same)


def _names(head: Head, fields: list[Json] | None) -> list[str]:
    """What a list is read for: the person, and each custom field; where these are not known, each column is one."""
    keys = [str(field["cfkey"]) for field in fields] if fields is not None else list(head.places)
    return [*PEOPLE, *(key for key in keys if key not in PEOPLE)]


def _read(wish: Wish, choice: Choice, head: Head, fields: list[Json] | None) -> Read:
    """Errors: BadSheet."""
    if PHONE not in choice.columns:
        raise BadSheet("hãy chọn cột có số điện thoại", "choose the column with the phone numbers")
    ignored = set(head.places) - set(choice.columns.values())
    count = Count(wish.name, wish.rule.template, wish.hotline)
    ready: list[Ready] = []
    sheet = open_list(wish.content, choice.columns, ignored, choice.same, fields)
    for line in ready_lines(sheet, choice.same, fields, count):
        ready += [line] if line is not None else []
        if count.lines > MOST_LINES:
            raise BadSheet(
                f"danh sách dài hơn {MOST_LINES} dòng: hãy dùng lệnh python -m bridge batch",
                f"the list has more than {MOST_LINES} lines: use the command python -m bridge batch",
            )
    return Read(ready, count)


def _store(visit: Visit, wish: Wish, read: Read) -> int:
    """How many calls are new. A list that is cut off is given again: no line is called twice."""
    is_first = True
    for some in list(chunks(read.ready)) or [[]]:
        with visit.store.write() as conn:
            if is_first:
                visit.need_once(conn)
                ahead, is_first = count_ahead(conn, read.ready, wish.name), False
                _need_again(ahead)
                told = f"{ahead.new} number(s), template {wish.rule.template}"
                visit.record(conn, "batch", f"batch:{wish.name}", told)
            at = database_now(conn, datetime.now(UTC))
            store_some(conn, wish.rule, some, read.count, visit.catalogs.read(conn).holidays, at)
    return read.count.new


def _need_again(ahead: Ahead) -> None:
    if ahead.again and not request.form.get("again"):
        raise Wrong(
            f"{ahead.again} người đã có cuộc gọi trong danh sách này: hãy đánh dấu nếu vẫn gọi họ thêm một lần.",
            f"{ahead.again} people have a call of this list already: tick that they are called once more.",
            409,
        )


def _when(conn: Connection, visit: Visit, wish: Wish, new: int) -> Iterator[tuple[str, str]]:
    """When they are called, and what holds them back, as (what, how)."""
    now, rule = visit.now(conn), wish.rule
    holidays = holidays_for(visit.catalogs.read(conn), rule)
    begins, ends = promise(now, now, now, rule.after, rule.within, rule.windows, DEFAULT_ZONE, holidays)
    hours = text("Giờ gọi", "Hours")
    if begins > ends:
        yield hours, sentence("no_window", visit.language, not_after=ends)
        return
    first = text("ngay khi bắt đầu", "at once") if begins <= now else instant(begins)
    yield (
        hours,
        text(
            "{window}; cuộc đầu tiên {first}; đến {last} mà chưa gọi được thì hết hạn",
            "{window}; the first {first}; what has not rung by {last} expires",
            **{"window": wish.window, "first": first, "last": instant(ends)},
        ),
    )
    limits = find_hotline(conn, wish.hotline)
    if limits is not None and limits.per_minute is not None and new:
        long = flask_babel.format_timedelta(timedelta(minutes=ceil(new / limits.per_minute)), threshold=1)
        said = text(
            "nhiều nhất {n} cuộc mỗi phút: ít nhất {long}",
            "at most {n} a minute: {long} at least",
            **{"n": limits.per_minute, "long": long},
        )
        yield text("Tốc độ của đầu số", "The hotline's rate"), said
    held = read_outline(conn).pause(rule=MANUAL, source=None, hotline=wish.hotline)
    if held is not None:
        yield text("Đang tạm dừng", "Paused"), sentence(f"paused_{held}", visit.language, rule=MANUAL)


def _cost(conn: Connection, visit: Visit, wish: Wish, new: int) -> Iterator[tuple[str, str]]:
    """About how much they cost, by what that is said, and what is left at VBot, as (what, how)."""
    known = price_of_call(conn, wish.rule.template, read_terms(read_group(conn, "reports")).rate)
    cost = text("Chi phí", "Cost")
    if known is None:
        yield (
            cost,
            text(
                "chưa biết: VBot không cho biết giá mỗi cuộc gọi, và chưa có cuộc gọi nào để ước tính",
                "not known: VBot tells no price per call, and there is no call yet to go by",
            ),
        )
    else:
        of = (
            text("theo kịch bản này", "of this template")
            if known.template
            else text("theo mọi kịch bản", "of all templates")
        )
        yield (
            cost,
            text(
                "khoảng {total} đồng: {new} × {each} đồng, trung bình của {calls} cuộc gọi gần nhất {of}, "
                "{answered} cuộc có người nghe",
                "about {total} dong: {new} × {each} dong, the average of the last {calls} calls {of}, "
                "of which {answered} were answered",
                **{"total": number(known.of(new)), "each": number(known.of(1)), "new": number(new), "of": of},
                **{"calls": number(known.calls), "answered": number(known.answered)},
            ),
        )
    yield text("Số dư ở VBot", "Balance at VBot"), _balance(conn, visit, known.of(new) if known else None)


def _balance(conn: Connection, visit: Visit, needed: Decimal | None) -> str:
    """What is left at VBot, as a worker read it last."""
    account, client = visit.config.account, _client(visit)
    if not client.has_balance:
        return text(
            "API {generation} của VBot không cho biết số dư",
            "VBot's API {generation} tells no balance",
            generation=account.generation if account else "",
        )
    balance = last_balance(conn, account.id) if account else None
    if balance is None or balance.left is None:
        return text("chưa biết", "not known")
    said = text(
        "{left} đồng, VBot cho biết lúc {at}", "{left} dong, as VBot said at {at}",
        left=number(balance.left), at=instant(balance.read_at),
    )  # fmt: skip
    short = needed is not None and balance.left < needed
    return said + (text("; có thể không đủ", "; this may not do") if short else "")


def _described(head: Head, name: str, choice: Choice) -> dict[str, Any]:
    """A column, how many of the first lines have it, one of its cells so far as a stranger may see it, and its use."""
    cells = head.cells(name)
    used = [target for target, column in choice.columns.items() if column == name]
    shown = ""
    if cells:
        shown = mask_phone(cells[0]) if PHONE in used else f"{cells[0][:2]}…" if len(cells[0]) > 2 else cells[0]
    return {
        "name": name,
        "filled": len(cells),
        "of": len(head.rows),
        "example": shown,
        "used": [_called(target) for target in used],
    }


def _targets(head: Head, fields: list[Json] | None, choice: Choice) -> Iterator[dict[str, Any]]:
    """What is to be read from somewhere, with the place of its column."""
    known = {str(field["cfkey"]): field for field in fields or ()}
    for target in _names(head, fields):
        field = known.get(target, {})
        column = choice.columns.get(target)
        yield {
            "name": target,
            "label": _called(target),
            "title": field.get("cfname") or "",
            "needed": target == PHONE or is_required(field),
            "is_person": target in PERSON,
            "place": head.places[column] if column is not None else None,
            "same": choice.same.get(target, ""),
        }


def _called(target: str) -> str:
    """As a person reads it; a custom field by its key."""
    return text(*PERSON[target]) if target in PERSON else target


def _digest(content: bytes, choice: Choice) -> str:
    """Of what was looked at: the file, and how it is read."""
    chosen = json.dumps([sorted(choice.columns.items()), sorted(choice.same.items())]).encode()
    return hashlib.sha256(hashlib.sha256(content).digest() + chosen).hexdigest()


def _client(visit: Visit) -> Client:
    if visit.posting.client is None:
        raise Wrong("Chưa đặt VBOT_URL: chưa gọi được ai.", "VBOT_URL is not set: nobody can be called.", 503)
    return visit.posting.client


def _unpack(packed: str) -> bytes:
    unzip = zlib.decompressobj()
    try:
        content = unzip.decompress(base64.b64decode(packed, validate=True), MAX_BODY)
    except (binascii.Error, ValueError, zlib.error):
        content = b""
    if not content or unzip.unconsumed_tail:
        raise Wrong("Biểu mẫu thiếu dữ liệu. Hãy tải tệp lên lại.", "The form is not whole. Upload the file again.")
    return content
