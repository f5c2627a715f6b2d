"""Lists: a CSV or Excel file of people to be called. Looked at first, then started; its progress; and its end."""

from __future__ import annotations

import base64
import binascii
import time
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for

from bridge.core.call_states import BEFORE_DIALING
from bridge.core.model import BadRule, Json
from bridge.core.reasons.problems import finding_vi
from bridge.core.words import STATES, word
from bridge.lib.compression import MAX_BODY
from bridge.lib.masking import mask_phone
from bridge.place.lists.lines import Count, Ready, chunks, count_ahead, open_list, ready_lines, store_some
from bridge.place.lists.sheet import PEOPLE, BadSheet
from bridge.place.manual import FIELDS_SECONDS, Refused, known_fields, manual_rule
from bridge.rules.rule import Rule
from bridge.store import database_now
from bridge.store.configuration.templates import read_templates
from bridge.store.people.batches import NamedBatch, batch_names, cancel_batch, count_waiting, list_batches
from bridge.vbot import VBotError
from bridge.vbot.client import Client
from bridge.web.console.listing import cursor, older
from bridge.web.console.visit import Page, Visit, Wrong, get, post

ON_A_PAGE = 50
MOST_LINES = 5_000  # of a list that a page takes; the command takes any
MOST_PACKED = 900_000  # letters of the file in the form that starts it, which must stay below 1 MB
SHOWN_LINES, SHOWN_BAD = 5, 50
BALANCE_SECONDS = 5
MOST_LETTERS = 200


@dataclass(frozen=True, repr=False)
class Wish:
    """What the form says: the rule of these calls, the list's name, and the file."""

    rule: Rule
    name: str
    hotline: str
    window: str
    content: bytes


@dataclass(frozen=True, repr=False)
class Read:
    """What the file holds: its columns, the lines that can be called, and what is wrong with the others."""

    columns: Sequence[str]
    ready: Sequence[Ready]
    count: Count


def show(visit: Visit) -> str:
    with visit.store.read() as conn:
        found = list_batches(conn, ON_A_PAGE + 1, cursor())
        templates = sorted(read_templates(conn))
    shown = found[:ON_A_PAGE]
    return visit.live(
        "batches",
        batches=[_row(batch, visit) for batch in shown],
        older=older("batches.show", str(shown[-1].id) if len(found) > ON_A_PAGE else None),
        templates=templates,
        hotline=visit.posting.hotline or "",
        most=MOST_LINES,
        can_call=visit.posting.client is not None,
    )


def preview(visit: Visit) -> str:
    """What the list would lead to. Nothing is stored; the file travels in the form that starts it."""
    upload = request.files.get("file")
    content = upload.read(MAX_BODY) if upload is not None else b""
    if not content:
        raise Wrong("Hãy chọn một tệp CSV hoặc Excel (.xlsx).", "Choose a CSV or Excel file (.xlsx).")
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    if len(packed) > MOST_PACKED:
        raise Wrong(
            "Tệp quá lớn cho trang này: hãy dùng lệnh python -m bridge batch.",
            "The file is too large for this page: use the command python -m bridge batch.",
            413,
        )
    name = request.form.get("name", "").strip() or (upload.filename if upload is not None else "") or ""
    wish = _wish(visit, name, content)
    read = _read(visit, wish)
    with visit.store.read() as conn:
        ahead = count_ahead(conn, read.ready)
    return visit.show(
        "batch_preview.html",
        wish=wish,
        read=read,
        ahead=ahead,
        there=_states(ahead.there, visit),
        lines=[_line(line) for line in read.ready[:SHOWN_LINES]],
        bad=[(bad.number, bad.texts[0 if visit.language == "vi" else 1]) for bad in read.count.bad[:SHOWN_BAD]],
        people=PEOPLE,
        balance=_balance(visit),
        packed=packed,
    )


def start(visit: Visit) -> Response:
    wish = _wish(visit, request.form.get("name", ""), _unpack(request.form.get("packed", "")))
    read = _read(visit, wish)
    if read.count.bad and not request.form.get("skip_bad"):
        raise Wrong(
            "Danh sách còn dòng sai: hãy sửa tệp, hoặc đánh dấu vào ô bỏ qua các dòng đó.",
            "Lines of the list are bad: mend the file, or tick that they are left out.",
        )
    try:
        new = _store(visit, wish, read)
    except Refused as refused:
        raise Wrong(refused.vietnamese, refused.problem, 409) from None
    visit.say(
        "Danh sách {name}: {n} cuộc gọi mới đang chờ.", "The list {name}: {n} new calls wait.", name=wish.name, n=new
    )
    return visit.go(url_for("batches.show"))


def stop(visit: Visit) -> Response:
    name, reason = request.form.get("name", ""), visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        if name not in batch_names(conn):
            raise Wrong("Không có danh sách nào tên như vậy.", "There is no list of this name.", 404)
        if not count_waiting(conn, name):
            raise Wrong("Danh sách này không còn cuộc gọi nào đang chờ.", "No call of this list waits any more.", 409)
        ended = cancel_batch(conn, name, reason, visit.now(conn))
        visit.record(conn, "cancel", f"batch:{name}", reason)
    visit.say("Đã dừng: hủy {n} cuộc gọi đang chờ.", "Stopped: {n} waiting calls are cancelled.", n=ended)
    return visit.go(url_for("batches.show"))


PAGE = Page(
    "batches",
    ("Gọi theo danh sách", "Lists"),
    place=50,
    routes=(
        get("/console/batches", show),
        post("/console/batches/preview", preview, role="operator"),
        post("/console/batches/start", start, role="operator"),
        post("/console/batches/stop", stop, role="operator"),
    ),
)


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


def _read(visit: Visit, wish: Wish) -> Read:
    fields = _fields(visit, _client(visit), wish.rule.template)
    count = Count(wish.name, wish.rule.template, wish.hotline)
    ready: list[Ready] = []
    try:
        sheet = open_list(wish.content, {}, (), {}, fields)
        for line in ready_lines(sheet, {}, fields, count):
            ready += [line] if line is not None else []
            if count.lines > MOST_LINES:
                raise BadSheet(
                    f"danh sách dài hơn {MOST_LINES} dòng: hãy dùng lệnh python -m bridge batch",
                    f"the list has more than {MOST_LINES} lines: use the command python -m bridge batch",
                )
    except BadSheet as error:
        raise Wrong(*error.texts) from None
    return Read(list(sheet.columns), ready, count)


def _store(visit: Visit, wish: Wish, read: Read) -> int:
    """How many calls are new. A list that is cut off is given again: no line is called twice."""
    ahead = None
    for some in list(chunks(read.ready)) or [[]]:
        with visit.store.write() as conn:
            if ahead is None:
                visit.need_once(conn)
                ahead = count_ahead(conn, read.ready)
                told = f"{ahead.new} number(s), template {wish.rule.template}"
                visit.record(conn, "batch", f"batch:{wish.name}", told)
            at = database_now(conn, datetime.now(UTC))
            store_some(conn, wish.rule, some, read.count, visit.catalogs.read(conn).holidays, at)
    return read.count.new


def _client(visit: Visit) -> Client:
    if visit.posting.client is None:
        raise Wrong("Chưa đặt VBOT_URL: chưa gọi được ai.", "VBOT_URL is not set: nobody can be called.", 503)
    return visit.posting.client


def _fields(visit: Visit, client: Client, template: str) -> list[Json] | None:
    deadline = time.monotonic() + FIELDS_SECONDS
    try:
        return known_fields(visit.store, client, template, datetime.now(UTC), deadline, keep=False).fields or None
    except Refused as refused:
        raise Wrong(refused.vietnamese, refused.problem) from None


def _balance(visit: Visit) -> tuple[str | None, str]:
    """VBot's balance in dong; where it is not told, why."""
    try:
        left = _client(visit).balance(time.monotonic() + BALANCE_SECONDS)
    except VBotError as error:
        return None, error.vietnamese if visit.language == "vi" else error.message
    return f"{left:,f}", ""


def _unpack(packed: str) -> bytes:
    unzip = zlib.decompressobj()
    try:
        content = unzip.decompress(base64.b64decode(packed, validate=True), MAX_BODY)
    except (binascii.Error, ValueError, zlib.error):
        content = b""
    if not content or unzip.unconsumed_tail:
        raise Wrong("Biểu mẫu thiếu dữ liệu. Hãy tải tệp lên lại.", "The form is not whole. Upload the file again.")
    return content


def _row(batch: NamedBatch, visit: Visit) -> dict[str, Any]:
    return {
        "name": batch.name,
        "template": batch.template,
        "at": batch.created_at,
        "lines": batch.lines,
        "states": _states(batch.by_state, visit),
        "left": sum(batch.by_state.get(state, 0) for state in BEFORE_DIALING),
    }


def _states(counts: Mapping[str, int] | Counter[str], visit: Visit) -> list[tuple[str, str, int]]:
    return [(code, word(STATES, code, visit.language), count) for code, count in sorted(counts.items())]


def _line(line: Ready) -> dict[str, Any]:
    """One line as the page shows it: whose it is stays masked."""
    return {"number": line.number, "phone": mask_phone(line.phone), "datas": dict.fromkeys(line.datas, "…")}
