"""CSV files as spreadsheets write them."""

from __future__ import annotations

import pytest

from bridge.place.lists.sheet import Bad, BadSheet, Line, identity, open_sheet

A, B = "0912345671", "0912345672"


def read(content: bytes | str, moved: dict[str, str] | None = None, ignored: tuple[str, ...] = ()) -> list[Line | Bad]:
    raw = content.encode() if isinstance(content, str) else content
    return list(open_sheet(raw, moved or {}, ignored).lines())


def told(content: bytes | str) -> list[tuple[int, str, str, dict[str, str]]]:
    lines = [line for line in read(content) if isinstance(line, Line)]
    return [(line.number, line.phone, line.name, dict(line.datas)) for line in lines]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_form_that_a_spreadsheet_saves_is_read(delimiter: str, newline: str, encoding: str) -> None:
    rows = [["phone", "name", "mã"], [A, "Trần Thị B", "x, y; z"], [B, "", ""]]
    text = newline.join(delimiter.join(f'"{cell}"' if " " in cell else cell for cell in row) for row in rows)
    assert told(text.encode(encoding)) == [(2, A, "Trần Thị B", {"mã": "x, y; z"}), (3, B, "", {})]


def test_excels_hint_names_the_delimiter() -> None:
    assert told(f"sep=;\r\nphone;a,b\r\n{A};1\r\n") == [(3, A, "", {"a,b": "1"})]


def test_line_numbers_are_those_of_the_file_whatever_lies_between() -> None:
    text = f'phone,a\n\n{A},"one\ntwo"\n,,\n\n{B},x\n'
    assert told(text) == [(3, A, "", {"a": "one two"}), (7, B, "", {"a": "x"})]


@pytest.mark.parametrize("written", ["912345671", "+84912345671", "84912345671", "0912.345.671", "912345671.0"])
def test_a_phone_is_read_as_spreadsheets_spoil_it(written: str) -> None:
    assert told(f"phone\n{written}\n")[0][1] == A


def test_a_phone_in_machine_notation_is_dialled_where_no_digit_is_lost() -> None:
    cells = ["8.49123457E10", "9.1234567E8", "8.4912345678E10", "8.49123E+10", "9.12345671E8"]
    lines = read("phone,name\n" + "".join(f"{cell},Hà\n" for cell in cells))
    dialled = [line.phone if isinstance(line, Line) else None for line in lines]
    assert dialled == ["0912345700", "0912345670", "0912345678", None, A]
    rounded = lines[3]
    assert isinstance(rounded, Bad) and rounded.number == 5
    assert "rounded" in rounded.problem


def test_missing_cells_are_blank_and_a_cell_too_many_is_bad() -> None:
    short, long, blank = read(f"phone,a,b\n{A}\n{A},1,2,3\n{A},1,2,\n")
    assert isinstance(short, Line) and short.datas == {}
    assert isinstance(long, Bad) and long.number == 3
    assert isinstance(blank, Line)


def test_a_column_without_a_name_must_be_blank() -> None:
    good, bad = read(f"phone,,a\n{A},,1\n{A},x,1\n")
    assert isinstance(good, Line) and good.datas == {"a": "1"}
    assert isinstance(bad, Bad)


def test_the_known_columns_are_found_in_any_case_and_others_keep_theirs() -> None:
    (line,) = read(f"Phone,NAME,Customer_UID,Total\n{A},Hoa,kh1,5\n")
    assert isinstance(line, Line)
    assert (line.phone, line.name, line.customer_uid, line.datas) == (A, "Hoa", "kh1", {"Total": "5"})


def test_a_text_is_composed_and_keeps_to_its_line() -> None:
    (line,) = read(f"phone,a\n{A},  e\u0302\t b\u0000".replace("\u0000", "\u0007") + " \n")
    assert isinstance(line, Line) and line.datas == {"a": "ê b"}


def test_what_is_too_long_to_be_said_is_bad() -> None:
    (line,) = read(f"phone,a\n{A},{'x' * 5001}\n")
    assert isinstance(line, Bad)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        ("phone\nTràn\n".encode("cp1258"), "line 2 is not UTF-8 text"),
        (b"PK\x03\x04\0\0", "is no text"),
        (b"name\nx\n", "no column is called phone"),
        (b"phone,a,a\n", "two columns are called a"),
        (b"phone,Phone\n", "two columns are called phone"),
        (b'phone,a\n0912345671,"x\n', "from line 2 on"),
        (b'phone,a\n0912345671,"x"y\n', "from line 2 on"),
    ],
)
def test_what_is_no_list_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(BadSheet, match=says):
        read(content)


def test_a_lines_identity_is_its_phone_with_its_id_or_its_own_fields() -> None:
    with_id, mended, other, fields = read(f"phone,customer_uid,a\n{A},kh1,1\n{A},kh1,2\n{A},kh2,1\n{A},,1\n")
    keys = [identity("list", "T", line) for line in (with_id, mended, other, fields) if isinstance(line, Line)]
    assert keys[0] == keys[1] != keys[2] != keys[3] != keys[0]


def test_an_empty_column_more_does_not_change_who_a_line_is() -> None:
    (before,), (after,) = read(f"phone,a\n{A},1\n"), read(f"b,a,phone\n,1,{A}\n")
    assert isinstance(before, Line) and isinstance(after, Line)
    assert identity("list", "T", before) == identity("list", "T", after)


def test_a_field_may_be_read_from_a_column_of_another_name() -> None:
    (line,) = read(f"SĐT,Họ tên,x\n{A},Hoa,9\n", {"phone": "SĐT", "who": "Họ tên"}, ("x",))
    assert isinstance(line, Line) and (line.phone, line.datas) == (A, {"who": "Hoa"})
