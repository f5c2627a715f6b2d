"""Findings of `check` in Vietnamese."""

from __future__ import annotations

import pytest

from bridge.core.model import Json
from bridge.core.reasons.findings import CLAUSES
from bridge.core.reasons.problems import finding_vi
from bridge.lib.jsonschema import schema
from tests.english import english_left


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("there is no order.totl; did you mean order.total?", "không có order.totl; có phải là order.total không?"),
        (
            "order.payment.cod is true or false and 'true' a text: `==` never holds between them; "
            "write order.payment.cod alone, or not order.payment.cod",
            "order.payment.cod là true hoặc false còn 'true' là chữ: `==` không bao giờ đúng; "
            "hãy ghi riêng order.payment.cod, hoặc not order.payment.cod",
        ),
        (
            "the filter vnd needs a number, and what comes before it is a text; write order.number | number | vnd",
            "bộ lọc vnd cần một số, mà phần đứng trước là chữ; hãy ghi order.number | number | vnd",
        ),
        ("'total', 'name' are missing", "thiếu 'total', 'name'"),
        ("'windw' is not a known key; did you mean 'window'?", "không có khóa 'windw'; có phải là 'window' không?"),
        (
            "write 500000: a point stands before decimals here, not between thousands",
            "hãy ghi 500000: ở đây dấu chấm đứng trước phần thập phân, không ngăn hàng nghìn",
        ),
        ("must be one of: 10m, 30s", "phải là một trong: 10m, 30s"),
        ("must be text or a whole number", "phải là chữ hoặc số nguyên"),
        (
            "is not readable here (unexpected '}'); write for example {{ order.number }}, or in a condition "
            "order.total >= 100000",
            "không đọc được ở đây (unexpected '}'); hãy ghi chẳng hạn {{ order.number }}, hoặc trong điều kiện: "
            "order.total >= 100000",
        ),
        ("something that nobody has put into words", "something that nobody has put into words"),
    ],
)
def test_findings_in_vietnamese(english: str, vietnamese: str) -> None:
    assert finding_vi(english) == vietnamese


def test_each_pair_names_as_much_in_both_languages() -> None:
    for english, vietnamese in CLAUSES:
        for place in ("{}", "{kind}"):
            assert english.count(place) == vietnamese.count(place), english


def test_what_a_schema_says_of_itself_is_said_in_vietnamese() -> None:
    told: set[str] = set()

    def look(part: Json) -> None:
        if isinstance(part, dict):
            told.update(text for key, text in part.items() if key in ("errorMessage", "patternErrorMessage"))
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            look(inner)

    look(schema("config"))
    assert len(told) > 20
    assert {text: left for text in told if (left := english_left(text))} == {}
