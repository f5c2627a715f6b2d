"""An Excel workbook (.xlsx) as the CSV text of its first sheet: each cell as a person reads it there. No I/O.

Phones and ids stay what they are: no exponent, no ".0", and the zeros that a format such as 0000000000 shows. A date is
spoken the Vietnamese way, 30/11/2026.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zipfile import BadZipFile, ZipFile

from bridge.core.model.texts import Text
from bridge.place.lists.sheet import BadSheet, Unread

MOST_DIGITS = 15  # that Excel keeps of a number (learn.microsoft.com, "Excel specifications and limits")
MOST_BYTES = 100_000_000  # unpacked: a file of 1 MB can be made to unpack to a thousand times as much
_UNREAD = "?"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def is_workbook(content: bytes) -> bool:
    """Whether it is an Excel file, of the new kind or the old, whatever it is called."""
    return content.startswith((_ZIP, _OLE))


def workbook_text(content: bytes) -> tuple[str, Unread]:
    """The first sheet as CSV, row by row in its place; and its cells that cannot be read, each a "?" there.

    Errors: BadSheet, also for such a cell among the names of the columns.
    """
    if content.startswith(_OLE):
        raise BadSheet(
            "tệp Excel kiểu cũ (.xls) hoặc có mật khẩu: hãy lưu dạng .xlsx không mật khẩu, hoặc CSV UTF-8",
            "an Excel file of the old kind (.xls), or with a password: save it as .xlsx without one, or as CSV UTF-8",
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    unread: dict[tuple[int, int], Text] = {}
    has_header = False
    rows = zip(_rows(content, values=True), _rows(content, values=False), strict=True)
    for number, (shown, written) in enumerate(rows, 1):
        cells = []
        for place, pair in enumerate(zip(shown, written, strict=True)):
            try:
                cells.append(_cell(*pair))
            except BadSheet as error:
                if not has_header:
                    raise
                unread[number, place] = error.texts
                cells.append(_UNREAD)
        writer.writerow(cells if any(cells) else [])
        has_header = has_header or any(cells)
    return text.getvalue(), unread


def _rows(content: bytes, *, values: bool) -> Any:
    """The rows of the first sheet, with the results of formulas or with the formulas."""
    from openpyxl import load_workbook  # noqa: PLC0415  only who has such a file pays for it

    try:
        with ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                raise BadSheet(
                    "tệp Excel quá lớn khi mở ra: hãy lưu dạng CSV UTF-8",
                    "the Excel file is too large once it is unpacked: save it as CSV UTF-8",
                )
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=values)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write wrong ones
        yield from _even(list(sheet.iter_rows()))
    except (KeyError, ValueError, IndexError, OSError, SyntaxError, BadZipFile, zlib.error) as error:
        raise BadSheet(
            f"không đọc được tệp Excel ({type(error).__name__}): hãy lưu lại dạng .xlsx, hoặc CSV UTF-8",
            f"the Excel file cannot be read ({type(error).__name__}): save it as .xlsx again, or as CSV UTF-8",
        ) from None


def _even(rows: list[Any]) -> list[Any]:
    """Rows of one width: blank cells at a row's end may be left out in the file."""
    width = max((len(row) for row in rows), default=0)
    return [(*row, *[None] * (width - len(row))) for row in rows]


def _cell(shown: Any, written: Any) -> str:
    value = shown.value if shown is not None else None
    if value is None and written is not None and written.data_type == "f":
        raise _bad(
            written,
            "có công thức chưa được tính: hãy mở tệp bằng Excel rồi lưu lại",
            "has a formula without a result: open the file in Excel and save it",
        )
    if value is None:
        return ""
    if shown.data_type == "e":
        raise _bad(shown, f"có lỗi {value}", f"holds the error {value}")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(shown, Decimal(repr(value)))
    return _text(value)


def _number(cell: Any, number: Decimal) -> str:
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    digits = len(re.sub(r"\D", "", text).strip("0"))
    if digits > MOST_DIGITS or (number == number.to_integral_value() and abs(number) >= 10**MOST_DIGITS):
        raise _bad(
            cell,
            f"có số dài hơn {MOST_DIGITS} chữ số, Excel không giữ đủ: hãy định dạng cột là văn bản (Text) rồi nhập lại",
            f"has a number of more than {MOST_DIGITS} digits, which Excel does not keep: format the column as text, "
            "and write it again",
        )
    zeros = re.fullmatch("0+", cell.number_format or "")
    return text.zfill(len(zeros[0])) if zeros and text.isdigit() else text


def _text(value: Any) -> str:
    from openpyxl.utils.escape import unescape  # noqa: PLC0415  only who has such a file pays for it

    match value:
        case datetime() if value.time() == time():
            return f"{value:%d/%m/%Y}"
        case datetime():
            return f"{value:%H:%M %d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case time():
            return f"{value:%H:%M}"
    # The format writes a control character as _x000D_, and openpyxl reads that as text.
    return " ".join(unescape(str(value)).split())


def _bad(cell: Any, vietnamese: str, english: str) -> BadSheet:
    return BadSheet(f"ô {cell.coordinate} {vietnamese}", f"cell {cell.coordinate} {english}")
