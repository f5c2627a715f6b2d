"""What the filters say, case by case, each with the source of its wording (speech.tsv); where libraries go wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bridge.core.model import BadRule
from bridge.rules.filters import FILTERS
from bridge.rules.liquid import evaluate, parse_text

LINES = (Path(__file__).parent / "speech.tsv").read_text(encoding="utf-8").splitlines()
CASES = [line.split("\t") for line in LINES if not line.startswith("#")]
SOURCES = {line.split()[1] for line in LINES if line.startswith("# ")}


def said(name: str, value: str, arguments: str = "") -> str | None:
    given = Decimal(value) if FILTERS[name].takes == "number" else value
    document = {"raw": {"v": given}, "source": {"timezone": "Asia/Ho_Chi_Minh", "country": "VN"}}
    text = evaluate(parse_text(f"{{{{ raw.v | {name}{': ' if arguments else ''}{arguments} }}}}", "datas.x"), document)
    return None if text is None else str(text)


@pytest.mark.parametrize(("name", "value", "arguments", "spoken", "source"), CASES)
def test_a_voice_says(name: str, value: str, arguments: str, spoken: str, source: str) -> None:
    assert said(name, value, arguments) == (spoken or None)
    assert source in SOURCES


def test_the_table_is_large_and_no_case_stands_twice() -> None:
    assert len(CASES) >= 300
    assert len({tuple(case[:3]) for case in CASES}) == len(CASES)


GOODS = [
    ("Áo thun cổ tròn", "2 chiếc áo thun cổ tròn"),
    ("QUẦN JEAN NAM", "2 chiếc quần jean nam"),
    ("Giày sneaker", "2 đôi giày sneaker"),
    ("Sách Đắc Nhân Tâm", "2 cuốn sách Đắc Nhân Tâm"),
    ("Túi xách da", "2 chiếc túi xách da"),
    ("Combo 3 áo thun", "2 Combo 3 áo thun"),
    ("Hộp sữa 1 lít", "2 Hộp sữa 1 lít"),
    ("iPhone 15 Pro Max", "2 iPhone 15 Pro Max"),
    ("Son môi", "2 cây son môi"),
    ("Nước hoa", "2 Nước hoa"),
]


@pytest.mark.parametrize(("title", "spoken"), GOODS)
def test_goods_have_a_unit_only_where_it_is_beyond_doubt(title: str, spoken: str) -> None:
    document = {"items": [{"title": title, "quantity": Decimal(2)}]}
    assert evaluate(parse_text("{{ items | item_list: 3, units: true }}", "datas.x"), document) == spoken
    plain = evaluate(parse_text("{{ items | item_list }}", "datas.x"), document)
    assert str(plain).startswith("2 ")


# findings/ and their figures: what num2words, ICU, espeak-ng, to-words, LibreOffice and others say of these.
MISREAD = [
    ("15", "mười lăm đồng"),  # vn-num2words: "muời năm"
    ("24", "hai mươi tư đồng"),
    ("105", "một trăm lẻ năm đồng"),  # read-vn-number: "lẻ lăm"; LibreOffice: "một trăm lăm", heard as 150
    ("1005", "một nghìn không trăm lẻ năm đồng"),  # to-words: "Một Nghìn Năm", heard as 1500
    ("1015000", "một triệu không trăm mười lăm nghìn đồng"),  # LibreOffice: "một triệu mười năm ngàn"
    ("1250000", "một triệu hai trăm năm mươi nghìn đồng"),  # espeak-ng: a "không trăm" behind it
    ("1000000000000000", "một triệu tỷ đồng"),  # num2words: ten times too small
    ("-3", "âm ba đồng"),  # vn-num2words: "undefined mươi ba"
]


@pytest.mark.parametrize(("amount", "spoken"), MISREAD)
def test_where_public_libraries_go_wrong_the_words_are_right(amount: str, spoken: str) -> None:
    assert said("vnd_words", amount) == spoken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ 5 | vnd_words: 'trung' }}", '"bắc" or "nam"'),
        ("{{ '25:00' | time_vi }}", "ISO 8601"),
        ("{{ 'chiều mai' | time_vi }}", "ISO 8601"),
        ("{{ '14:00' | span_vi }}", "needs a span such as 14:00-16:00"),
        ("{{ 5 | time_vi }}", "needs a time"),
    ],
)
def test_what_cannot_be_said_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        evaluate(parse_text(text, "datas.x"), {})
    assert words in caught.value.problem
