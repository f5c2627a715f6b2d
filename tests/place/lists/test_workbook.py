"""Excel workbooks as Excel, and what is like it, saves them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from bridge.place.lists.sheet import Bad, BadSheet, Line, open_sheet
from bridge.place.lists.workbook import MOST_BYTES, is_workbook, workbook_text

A, B = "0912345671", "0912345672"


def book(*rows: list[Any], formats: dict[str, str] | None = None) -> bytes:
    made = Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def lines(content: bytes, ignored: Sequence[str] = ()) -> list[Line | Bad]:
    assert is_workbook(content)
    text, unread = workbook_text(content)
    return list(open_sheet(text.encode(), {}, ignored, unread).lines())


def said(value: Any, number_format: str = "General") -> str:
    """How a cell of a custom field is read."""
    (line,) = lines(book(["phone", "x"], [A, value], formats={"B2": number_format}))
    assert isinstance(line, Line)
    return line.datas.get("x", "")


@pytest.mark.parametrize("phone", [A, "0912 345 671", 912345671, 84912345671, 912345671.0, "+84912345671"])
def test_a_phone_is_the_same_as_text_or_as_a_number(phone: Any) -> None:
    (line,) = lines(book(["Phone"], [phone]))
    assert isinstance(line, Line) and line.phone == A


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (495000, "General", "495000"),
        (495000.0, "#,##0", "495000"),
        (1.5, "General", "1.5"),
        (100000000000000, "0.00E+00", "100000000000000"),
        (0.00001, "General", "0.00001"),
        (7, "0000", "0007"),
        ("007", "General", "007"),
        ("12 Lê Lợi_x000D_\nHuế", "General", "12 Lê Lợi Huế"),
        (date(2026, 11, 30), "yyyy-mm-dd", "30/11/2026"),
        (datetime(2026, 11, 30, 8, 5), "yyyy-mm-dd hh:mm", "08:05 30/11/2026"),
        (time(8, 5), "hh:mm", "08:05"),
        ("hai\ndòng, “nháy”", "General", "hai dòng, “nháy”"),
        (True, "General", "TRUE"),
    ],
)
def test_a_cell_is_what_a_person_reads_there(value: Any, number_format: str, text: str) -> None:
    assert said(value, number_format) == text


def test_lines_have_the_numbers_of_their_rows() -> None:
    found = lines(book(["phone", "name"], [A, "Hà"], [], ["12", "Lỗi"], [B]))
    assert [line.number for line in found] == [2, 4, 5]
    assert isinstance(found[1], Bad) and isinstance(found[2], Line) and found[2].phone == B


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (book(["phone", "=1+1"], [A, "x"]), "cell B1 has a formula without a result"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 600, "old kind"),
        (b"PK\x03\x04" + b"0" * 600, "cannot be read"),
        (book(["phone", "x"], [A, "1"])[:900], "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_cell(content: bytes, says: str) -> None:
    with pytest.raises(BadSheet, match=says):
        workbook_text(content)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (12345678901234567, "cell B3 has a number of more than 15 digits"),
        ("=1+1", "cell B3 has a formula without a result"),
        ("#N/A", "cell B3 holds the error #N/A"),
    ],
)
def test_a_cell_that_cannot_be_read_makes_its_line_a_bad_one(cell: Any, says: str) -> None:
    content = book(["phone", "x"], [A, "1"], [A, cell], [None, cell], [B, "2"])
    first, bad, alone, last = lines(content)
    assert isinstance(first, Line) and isinstance(last, Line) and last.phone == B
    assert isinstance(bad, Bad) and bad.problem.startswith(says) and bad.texts[0].startswith("ô B3 có")
    assert isinstance(alone, Bad) and alone.number == 4
    ignored = lines(content, ("x",))
    assert [line.number for line in ignored if isinstance(line, Line)] == [2, 3, 5]


def test_a_file_that_unpacks_to_far_more_than_it_is_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO(book(["phone"], [A]))
    with ZipFile(file, "a", ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/x.bin", bytes(MOST_BYTES))
    assert len(file.getvalue()) < MOST_BYTES / 500
    with pytest.raises(BadSheet, match="too large"):
        workbook_text(file.getvalue())
