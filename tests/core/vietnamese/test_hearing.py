"""What a buyer hears: variables put in, length, cost, and what would jar."""

from __future__ import annotations

import pytest

from bridge.core.model import Json
from bridge.core.reasons import SENTENCES, sentence
from bridge.core.reasons.hearing import HEARING
from bridge.core.vietnamese.hearing import SYLLABLES_PER_SECOND, Rate, cost, hear

CONTENT = "Xin chào {customer_name}, quý khách đặt đơn {order_id} trị giá {total}. Bấm 1 để xác nhận."
DATAS: dict[str, Json] = {
    "customer_name": "Trần Thu Hà",
    "order_id": "đê hát, một không năm ba",
    "total": "một triệu hai trăm năm mươi nghìn đồng",
}


def flaws(content: str | None = CONTENT, **changes: Json) -> list[str]:
    return [flaw.code for flaw in hear(content, {**DATAS, **changes}).flaws]


def test_the_variables_stand_where_the_text_names_them() -> None:
    heard = hear(CONTENT, DATAS)
    assert heard.text == (
        "Xin chào Trần Thu Hà, quý khách đặt đơn đê hát, một không năm ba trị giá một triệu hai trăm năm mươi nghìn "
        "đồng. Bấm 1 để xác nhận."
    )
    assert heard.flaws == ()


@pytest.mark.parametrize("written", ["{name}", "{ name }", "{{name}}", "{{ name }}"])
def test_a_variable_is_found_however_it_is_written(written: str) -> None:
    assert hear(f"Chào {written}!", {"name": "Hà"}).text == "Chào Hà!"


def test_without_a_text_the_variables_are_heard_alone() -> None:
    heard = hear(None, {"a": "một", "b": "hai ba"})
    assert (heard.text, heard.syllables) == ("một, hai ba", 3)


def test_the_length_counts_syllables_and_pauses_at_the_speed_asked() -> None:
    assert hear("một hai ba bốn năm sáu bảy tám", {}).seconds == 8 / SYLLABLES_PER_SECOND
    assert hear("một hai ba bốn năm sáu bảy tám", {}, speed=2).seconds == 4
    assert hear("một, hai. ba", {}, speed=3).seconds == 1.8  # 1 + 0.25 + 0.5
    assert hear("", {}).seconds == 0


@pytest.mark.parametrize(
    ("seconds", "rate", "dong"),
    [(0, Rate(600, 60), 600), (60, Rate(600, 60), 600), (60.1, Rate(600, 60), 1200), (13, Rate(60, 6), 180)],
)
def test_each_started_span_is_paid(seconds: float, rate: Rate, dong: int) -> None:
    assert cost(seconds, rate) == dong


@pytest.mark.parametrize(
    ("content", "changes", "found"),
    [
        (CONTENT, {"total": ""}, ["heard_empty"]),
        (CONTENT, {"extra": "thêm"}, ["heard_unused"]),
        (CONTENT + " {ward}", {}, ["heard_empty"]),
        (CONTENT, {"total": "1.250.000 đồng"}, ["heard_digits"]),
        (CONTENT, {"total": 1250000}, ["heard_digits"]),
        (CONTENT, {"order_id": "#DH-1053"}, ["heard_code"]),
        (CONTENT, {"order_id": "SPXVN045"}, ["heard_code"]),
        (CONTENT, {"order_id": "GHTK"}, ["heard_code"]),
        (CONTENT, {"order_id": "Hà Nội"}, []),
        (CONTENT, {"customer_name": "ÁNH HỒNG"}, []),
        (CONTENT, {"customer_name": "a, b, c, d, e, f"}, ["heard_long_list"]),
        (CONTENT, {"customer_name": "<b>Hà</b>"}, ["heard_markup"]),
        (CONTENT, {"customer_name": "Hà &amp; Lan"}, ["heard_markup"]),
        (CONTENT, {"customer_name": "{{ shipping.name }}"}, ["heard_markup"]),
        ("Xem https://shop.example", {}, ["heard_unused"] * 3 + ["heard_markup"]),
        (CONTENT.replace("{total}", "{total} đồng"), {}, ["heard_doubled_dong"]),
        (CONTENT.replace("{total}", "{total} VNĐ"), {}, ["heard_doubled_dong"]),
        (CONTENT.replace("{total}", "{total}, đồng ý"), {"total": "một trăm"}, []),
        (CONTENT + " và" * 200, {}, ["heard_too_long"]),
    ],
)
def test_what_would_jar_is_found(content: str, changes: dict[str, Json], found: list[str]) -> None:
    assert flaws(content, **changes) == found


def test_no_flaw_holds_a_value_and_each_has_a_sentence_in_both_languages() -> None:
    heard = hear(CONTENT, {**DATAS, "customer_name": "<b>kín0912</b>", "total": ""})
    assert heard.flaws
    for flaw in heard.flaws:
        assert "kín" not in repr(flaw)
    for code in HEARING:
        assert code in SENTENCES
        assert sentence(code, "vi", field="total") != sentence(code, "en", field="total")
