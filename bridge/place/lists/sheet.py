"""A CSV file of people to be called, as spreadsheets write it. Read bytes, and report what is wrong where; no I/O.

Commas, semicolons or tabs; UTF-8 with or without its mark, or UTF-16 with one; cells in quotes may hold line breaks.
"""

from __future__ import annotations

import csv
import io
import shlex
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from bridge.core.model import Json
from bridge.core.model.texts import Text
from bridge.core.phone import read_phone
from bridge.core.phone_names import is_phone_name
from bridge.core.reasons import sentence
from bridge.lib.jsonschema import nearest
from bridge.rules.mapping import MAX_SPOKEN

PHONE, NAME, UID = PEOPLE = ("phone", "name", "customer_uid")
DELIMITERS = (",", ";", "\t")
COUNTRY = "VN"
LOOKED = 20  # lines, to see what a column holds
_HINT = "sep="  # Excel's own first line, which names the delimiter


# The cells that hold no value, by line and place (the first line is 1, the first place 0), and why.
Unread = Mapping[tuple[int, int], Text]


class BadSheet(Exception):
    """The file cannot be read as a list, or its columns are not those of one. Its texts say what to do."""

    def __init__(self, vietnamese: str, english: str) -> None:
        super().__init__(english)
        self.texts: Text = (vietnamese, english)


@dataclass(frozen=True, repr=False)
class Line:
    """One person: `number` is the line in the file, `datas` the line's own custom fields, blank ones left out."""

    number: int
    phone: str
    name: str
    customer_uid: str
    datas: Mapping[str, str]


@dataclass(frozen=True)
class Bad:
    """A line that cannot be called; `problem`, and `vietnamese`, never quote it."""

    number: int
    problem: str
    vietnamese: str

    @property
    def texts(self) -> Text:
        return self.vietnamese, self.problem


@dataclass(frozen=True, repr=False)
class Sheet:
    """`columns`: what a line is made of (a name of PEOPLE, or a custom field) -> the place of its cell."""

    text: str
    delimiter: str
    skipped: int
    width: int
    columns: Mapping[str, int]
    named: frozenset[int]
    unread: Unread

    @property
    def fields(self) -> list[str]:
        """The custom fields that have a column."""
        return [name for name in self.columns if name not in PEOPLE]

    def lines(self) -> Iterator[Line | Bad]:
        """Each line that is not blank, in order. BadSheet where the file cannot be read any further."""
        records = _records(self.text, self.delimiter, self.skipped)
        next(records)
        for number, cells in records:
            values = [_clean(cell) for cell in cells]
            if any(values):
                yield self._line(number, values)

    def _line(self, number: int, values: Sequence[str]) -> Line | Bad:
        wrong = next(
            (self.unread[number, place] for place in self.columns.values() if (number, place) in self.unread), None
        )
        if wrong is not None:
            return Bad(number, wrong[1], wrong[0])
        if any(value for place, value in enumerate(values) if place not in self.named):
            columns = len(self.named)
            return Bad(
                number,
                f"has a cell beside the {columns} columns that have a name",
                f"có ô nằm ngoài {columns} cột có tên",
            )
        # Spreadsheets leave out the blank cells at a line's end.
        cells = {name: values[place] for name, place in self.columns.items() if place < len(values) and values[place]}
        if any(len(value) > MAX_SPOKEN for value in cells.values()):
            return Bad(
                number,
                f"has a cell longer than the {MAX_SPOKEN} characters that a call may say",
                f"có ô dài hơn {MAX_SPOKEN} ký tự mà một cuộc gọi đọc được",
            )
        phone = read_phone(cells.get(PHONE), COUNTRY)
        if phone.number is None:
            reason = phone.reason or "phone_missing"
            return Bad(number, sentence(reason, "en"), sentence(reason, "vi"))
        own = {name: value for name, value in cells.items() if name not in PEOPLE}
        return Line(number, phone.number, cells.get(NAME, ""), cells.get(UID, ""), own)


@dataclass(frozen=True, repr=False)
class Head:
    """A file's columns, and its first lines. `places`: each column's name -> the place of its cells."""

    places: Mapping[str, int]
    rows: Sequence[Sequence[str]]

    def cells(self, name: str) -> list[str]:
        """What the first lines hold in this column, blank cells left out."""
        place = self.places[name]
        return [row[place] for row in self.rows if place < len(row) and row[place]]


def read_head(content: bytes) -> Head:
    """The columns of a list, whatever they are called; BadSheet where they have no names, or two have the same."""
    text, delimiter, skipped, header = _opened(content, PHONE)
    records = _records(text, delimiter, skipped)
    next(records)
    cleaned = ([_clean(cell) for cell in cells] for _, cells in records)
    rows = list(islice((cells for cells in cleaned if any(cells)), LOOKED))
    return Head(_places(header), rows)


def open_sheet(
    content: bytes, moved: Mapping[str, str], ignored: Collection[str], unread: Unread = MappingProxyType({})
) -> Sheet:
    """The file's header, understood; BadSheet where it is not that of a list.

    moved    a custom field, or a name of PEOPLE -> the header of the column that it is read from
    ignored  headers of columns that are not read
    """
    text, delimiter, skipped, header = _opened(content, moved.get(PHONE, PHONE))
    places = _places(header)
    for name in (*moved.values(), *ignored):
        if name not in places:
            known = ", ".join(places)
            raise BadSheet(
                f"không có cột nào tên là {name}; các cột là: {known}",
                f"no column is called {name}{nearest(name, places)}; the columns are: {known}",
            )
    taken = {*moved.values(), *ignored}
    columns = {name: places[name] for name in places if name not in taken and name not in moved}
    columns |= {name: places[column] for name, column in moved.items()}
    if PHONE not in columns:
        known = ", ".join(places)
        meant = next((name for name in places if is_phone_name(name)), "HEADER")
        write = shlex.quote(f"{PHONE}=column:{meant}")
        raise BadSheet(
            f"không có cột nào tên là phone; các cột là: {known or 'không có'}. "
            f"Hãy đặt tên một cột là phone, hoặc viết --set {write}",
            f"no column is called phone; the columns are: {known or 'none'}. Name one phone, or write --set {write}",
        )
    return Sheet(text, delimiter, skipped, len(header), columns, frozenset(places.values()), unread)


def _opened(content: bytes, phone: str) -> tuple[str, str, int, list[str]]:
    """The file's text, its delimiter, how many lines go before its header, and the header. `phone`: that column."""
    text = _decode(content)
    first = text.partition("\n")[0].strip()
    is_hint = first.lower().startswith(_HINT) and len(first) == len(_HINT) + 1
    candidates = (first[-1],) if is_hint else DELIMITERS
    skipped = 1 if is_hint else 0
    header, delimiter = _likeliest(text, candidates, skipped, phone)
    if phone not in header and any(read_phone(name, COUNTRY).number for name in header):
        raise BadSheet(
            "dòng đầu là của một người: dòng đầu phải nêu tên các cột, hãy thêm vào",
            "the first line is that of a person: it must name the columns, so add one",
        )
    return text, delimiter, skipped, header


def _decode(content: bytes) -> str:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadSheet(
            f"dòng {line} không phải văn bản UTF-8: hãy lưu tệp dạng CSV UTF-8",
            f"line {line} is not UTF-8 text: save the file as CSV UTF-8",
        ) from None
    if "\0" in text:
        raise BadSheet("tệp không phải văn bản: hãy lưu dạng CSV UTF-8", "the file is no text: save it as CSV UTF-8")
    if not text.strip():
        raise BadSheet(
            "tệp trống: dòng đầu phải nêu tên các cột, trong đó có phone",
            "the file is empty: its first line names the columns, one of them phone",
        )
    return text


def _likeliest(text: str, delimiters: Sequence[str], skipped: int, phone: str) -> tuple[list[str], str]:
    """The header, and its delimiter: the one that makes a column of phones, then the one that makes most columns."""
    found: list[tuple[list[str], str]] = []
    wrong = None
    for delimiter in delimiters:
        try:
            found.append((_header(text, delimiter, skipped), delimiter))
        except BadSheet as error:
            wrong = wrong or error
    if not found:
        raise wrong or BadSheet("tệp trống", "the file is empty")
    return max(found, key=lambda each: (phone in each[0], any(map(is_phone_name, each[0])), len(each[0])))


def _header(text: str, delimiter: str, skipped: int) -> list[str]:
    """The names of the columns, blank where there is none."""
    header = [_clean(cell) for cell in next(_records(text, delimiter, skipped), (0, []))[1]]
    return [name.lower() if name.lower() in PEOPLE else name for name in header]


def _places(header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        if name in places:
            raise BadSheet(
                f"hai cột cùng tên {name}: hãy đổi tên một cột",
                f"two columns are called {name}: give one of them another name",
            )
        if name:
            places[name] = place
    return places


def _records(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """The line on which each record begins, and its cells."""
    lines = io.StringIO(text, newline="")
    for _ in range(skipped):
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = skipped + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadSheet(
                f"từ dòng {number} trở đi không đọc được tệp: {error}; hãy tìm dấu nháy thừa",
                f"from line {number} on the file cannot be read: {error}; look for a stray quote",
            ) from None
        if cells is None:
            return
        if cells:
            yield number, cells


def _clean(cell: str) -> str:
    """One line, composed, without control characters: a cell is spoken, or compared."""
    text = unicodedata.normalize("NFC", cell)
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split())).strip()


def identity(name: str, template: str, line: Line) -> list[Json]:
    """What makes a line the same line in a mended file: list, template, phone, and `customer_uid` or its fields."""
    own: Json = line.customer_uid or sorted(line.datas.items())
    return [name, template, line.phone, own]
